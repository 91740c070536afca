#!/bin/sh
# ec2-upload-bundle - bundles go into the store's buckets, and come back
. tests/lib.sh

cd "$TMPDIR"
PATH=$QAMI_BUILD:$PATH
mkdir bundle back
truncate -s 30M disk.raw
head -c 25000000 /dev/urandom | dd of=disk.raw conv=notrunc status=none
ec2-bundle-image -i disk.raw -d bundle -p web >/dev/null
ls bundle/web.part.2 >/dev/null

# there, and back
same my-bucket/web.manifest.xml \
	"$(ec2-upload-bundle -b my-bucket -m bundle/web.manifest.xml 2>err)"
same '' "$(cat err)"
same back/web.manifest.xml \
	"$(ec2-download-bundle -b my-bucket -m web.manifest.xml -d back)"
diff -r bundle back
ec2-unbundle -m back/web.manifest.xml -s back -d . >/dev/null
cmp disk.raw web

# below a prefix, by the bundle's name
same my-bucket/a/b/web.manifest.xml \
	"$(ec2-upload-bundle -b /my-bucket/a/b/ -m bundle/web.manifest.xml)"
mkdir again
ec2-download-bundle -b my-bucket/a/b -p web -d again >/dev/null
diff -r bundle again

# the manifest and its parts may lie apart, and go in parts
mkdir apart
mv bundle/web.manifest.xml apart
ec2-upload-bundle -b my-bucket/c -m apart/web.manifest.xml -d bundle \
	--part 1 --skipmanifest --batch --retry --acl public-read >/dev/null
fails NoSuchKey ec2-download-bundle -b my-bucket/c -p web -d again
ec2-upload-bundle -b my-bucket/c -m apart/web.manifest.xml -d bundle >/dev/null
rm -r again
mkdir again
ec2-download-bundle -b my-bucket/c -p web -d again >/dev/null
cmp again/web.manifest.xml apart/web.manifest.xml
mv apart/web.manifest.xml bundle

# another account cannot have a bucket of that name, a server that nobody has
# set has none, and not everything is a name
fails BucketAlreadyExists as 222222222222 ec2-upload-bundle -b my-bucket \
	-m bundle/web.manifest.xml
fails NoSuchBucket ec2-upload-bundle -b s3://my-bucket \
	-m bundle/web.manifest.xml
has "see: qami s3-server" "$TMPDIR/err"
fails InvalidParameterValue ec2-upload-bundle -b me -m bundle/web.manifest.xml
has "'me' cannot be the name of a bucket: it takes 3 to 63 of a-z" "$TMPDIR/err"

# a bundle with a part that is not the manifest's is not uploaded
cp -r bundle broken
printf x | dd of=broken/web.part.1 conv=notrunc status=none
fails InvalidManifest ec2-upload-bundle -b my-bucket/d -m broken/web.manifest.xml
fails NoSuchKey ec2-download-bundle -b my-bucket/d -p web
fails InvalidManifest ec2-upload-bundle -b my-bucket/d -m disk.raw

# servers without keys, and that are not there; a full store
fails AuthFailure ec2-upload-bundle -b remote -m bundle/web.manifest.xml \
	--url http://127.0.0.1:1
fails Unavailable ec2-upload-bundle -b remote -m bundle/web.manifest.xml \
	--url http://127.0.0.1:1 -a ID -s SECRET
if has_small_disk; then
	fails InsufficientVolumeCapacity small_disk '
		ec2-upload-bundle -b my-bucket \
			-m "$OLDPWD/bundle/web.manifest.xml"'
fi

# a key on the command line is blotted out of it
cat >listener <<'END'
import socket, sys, time
s = socket.create_server(('127.0.0.1', 0))
print(s.getsockname()[1], flush=True)
s.accept()
print("came", flush=True)
time.sleep(60)
END
python3 listener >port &
listener=$!
trap 'kill $listener $upload 2>/dev/null || :' EXIT
upload=
while [ ! -s port ]; do sleep 0.1; done
ec2-upload-bundle -b remote -m bundle/web.manifest.xml -a KEYID --secret-key=QUITESECRET \
	--url "http://127.0.0.1:$(head -n 1 port)" 2>/dev/null &
upload=$!
seen 60 came port
tr '\0' ' ' <"/proc/$upload/cmdline" >words
has "--url" words
same "" "$(grep -E "QUITESECRET|KEYID" words || :)"

# who waits for a server that never answers can be interrupted
kill $upload
code=0
wait $upload || code=$?
same 130 "$code"

# what a killed upload left of a part goes with the next one, or with gc; not
# what somebody writes
drafts=$QAMI_STORE/buckets/.new
head -c 1M /dev/zero >"$drafts/dead"
printf x >"$drafts/alive"
python3 -c '
import fcntl, subprocess, sys
file = open(sys.argv[1], "r+")
fcntl.lockf(file, fcntl.LOCK_EX)
subprocess.run(["qami", "gc"], check=True)' "$drafts/alive" >out
has "freed 1.0 MiB: 0 layers merged, 1 file removed" out
same alive "$(ls "$drafts")"
