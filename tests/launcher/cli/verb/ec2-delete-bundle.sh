#!/bin/sh
# ec2-delete-bundle - a bundle goes from its bucket, and nothing else does
. tests/lib.sh

cd "$TMPDIR"
PATH=$QAMI_BUILD:$PATH
mkdir bundle
disk disk.raw 4M
ec2-bundle-image -i disk.raw -d bundle -p web >/dev/null

# up WHERE [OPTION…] - uploads it
up()
{
	ec2-upload-bundle -b "$@" -m bundle/web.manifest.xml >/dev/null
}

# what is not there, and what is another account's
fails NoSuchBucket ec2-delete-bundle -b my-bucket -p web
fails NoSuchBucket ec2-delete-bundle -b s3://my-bucket -p web
up my-bucket
fails NoSuchBucket as 222222222222 ec2-delete-bundle -b my-bucket -p web
fails NoSuchKey ec2-delete-bundle -b my-bucket -p we
fails NoSuchKey ec2-delete-bundle -b my-bucket/a -m bundle/web.manifest.xml
fails MissingParameter ec2-delete-bundle -b my-bucket
fails InvalidParameterCombination ec2-delete-bundle -b my-bucket -p web \
	-m bundle/web.manifest.xml
fails InvalidParameterValue ec2-delete-bundle -b my-bucket -p ../web

# gone by its manifest, by its name, and with the bucket
up my-bucket/a/b
up my-bucket/c
ec2-delete-bundle -b my-bucket -m bundle/web.manifest.xml
fails NoSuchKey ec2-download-bundle -b my-bucket -p web
ec2-delete-bundle -b my-bucket/a/b -p web --yes
fails NoSuchKey ec2-delete-bundle -b my-bucket/a/b -p web
up my-bucket/a
fails BucketNotEmpty ec2-delete-bundle -b my-bucket/a -p web --clear
ec2-delete-bundle -b my-bucket/c -p web --batch --clear
fails NoSuchBucket ec2-delete-bundle -b my-bucket -p web

# an upload that was cut short has no manifest, or half of one
up my-bucket --skipmanifest
ec2-delete-bundle -b my-bucket -p web
up my-bucket
echo '<manifest>' >"$QAMI_STORE/buckets/my-bucket/web.manifest.xml"
fails InvalidManifest ec2-delete-bundle -b my-bucket -m bundle/web.manifest.xml
ec2-delete-bundle -b my-bucket -p web --clear
same '' "$(ls "$QAMI_STORE/buckets")"

# servers without keys, and that are not there
fails AuthFailure ec2-delete-bundle -b remote -p web --url http://127.0.0.1:1
fails Unavailable ec2-delete-bundle -b remote -p web -a ID -s SECRET \
	--url http://127.0.0.1:1

# at a terminal one is asked, unless --batch or --yes says not to
up asked
code=0
answers n ec2-delete-bundle -b asked -p web >out || code=$?
same 254 "$code"
has "Remove the bundle web from asked (y or n)? [n]" out
has "nothing was removed" out
answers y ec2-delete-bundle -b asked -p web >out
has "y or n" out
for option in --batch --yes; do
	up asked
	answers n ec2-delete-bundle -b asked -p web $option >out
	same "" "$(grep "y or n" out || :)"
	fails NoSuchKey ec2-delete-bundle -b asked -p web
done
