#!/bin/sh
# ec2-download-bundle - a bundle comes out of its bucket, whole or not at all
. tests/lib.sh

cd "$TMPDIR"
PATH=$QAMI_BUILD:$PATH
mkdir bundle back
disk disk.raw 8M
head -c 5000000 /dev/urandom | dd of=disk.raw bs=1M seek=1 conv=notrunc \
	status=none
ec2-bundle-image -i disk.raw -d bundle -p web >/dev/null

# what is not there, and what is another account's
fails NoSuchBucket ec2-download-bundle -b my-bucket -p web -d back
fails NoSuchBucket ec2-download-bundle -b s3://my-bucket -p web -d back
ec2-upload-bundle -b my-bucket/deep -m bundle/web.manifest.xml >/dev/null
fails NoSuchBucket as 222222222222 ec2-download-bundle -b my-bucket/deep -p web
fails NoSuchKey ec2-download-bundle -b my-bucket -p web -d back
fails NoSuchKey ec2-download-bundle -b my-bucket/deep -d back
fails InvalidParameterCombination ec2-download-bundle -b my-bucket/deep -p web \
	-m web.manifest.xml -d back
fails InvalidParameterValue ec2-download-bundle -b my-bucket/deep -p web \
	-d nowhere
same '' "$(ls -A back)"

# by its name, by its manifest's, going on with what is there already
same back/web.manifest.xml \
	"$(ec2-download-bundle -b my-bucket/deep -p web -d back)"
diff -r bundle back
rm back/web.manifest.xml
ec2-download-bundle -b my-bucket/deep/ -m web.manifest.xml -d back >/dev/null
diff -r bundle back
echo mine >back/web.part.0
fails InvalidParameterValue ec2-download-bundle -b my-bucket/deep -p web -d back
same mine "$(cat back/web.part.0)"
(cd back && rm -- * && ec2-download-bundle -b my-bucket/deep -p web >../out)
same ./web.manifest.xml "$(cat out)"
diff -r bundle back

# two at once: one brings it, and the other one too or says why not
for round in 1 2 3 4; do
	rm back/*
	ec2-download-bundle -b my-bucket/deep -p web -d back >out.1 2>&1 &
	ec2-download-bundle -b my-bucket/deep -p web -d back >out.2 2>&1 || :
	wait
	diff -r bundle back
	grep -q 'back/web.manifest.xml' out.1 out.2
	same '' "$(cat out.? | grep -v -e '^back/web' -e '(Unavailable)' \
		-e 'already (InvalidParameterValue)' || :)"
done

# a bundle that was touched leaves no manifest, and so no bundle
rm back/*
stored=$QAMI_STORE/buckets/my-bucket/deep
printf x | dd of="$stored/web.part.0" conv=notrunc status=none
fails InvalidManifest ec2-download-bundle -b my-bucket/deep -p web -d back
[ ! -e back/web.manifest.xml ]
rm "$stored/web.part.0"
fails NoSuchKey ec2-download-bundle -b my-bucket/deep -p web -d back
[ ! -e back/web.manifest.xml ]
echo '<manifest>' >"$stored/web.manifest.xml"
fails InvalidManifest ec2-download-bundle -b my-bucket/deep -p web -d back

# servers without keys, and that are not there; no room
fails AuthFailure ec2-download-bundle -b remote -p web \
	--url http://127.0.0.1:1
fails Unavailable ec2-download-bundle -b remote -p web -a ID -s SECRET \
	--url http://127.0.0.1:1
has_small_disk || exit 0
ec2-upload-bundle -b my-bucket -m bundle/web.manifest.xml >/dev/null
fails InsufficientVolumeCapacity small_disk '
	QAMI_STORE=$OLDPWD/store
	mkdir to
	ec2-download-bundle -b my-bucket -p web -d to || code=$?
	find to -type f -name "*manifest*" | grep . && exit 9
	find to -type f | grep -v "/web\.part\.0$" && exit 9
	exit "${code:-0}"'
