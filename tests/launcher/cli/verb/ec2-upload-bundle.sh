#!/bin/sh
# ec2-upload-bundle - bundles go into the store's buckets, come back and go
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
fails NoSuchKey ec2-download-bundle -b my-bucket -p nothing -d again
fails NoSuchBucket ec2-download-bundle -b other-bucket -p web -d again
fails InvalidParameterCombination ec2-download-bundle -b my-bucket -p web \
	-m web.manifest.xml

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

# another account has nothing to do with it
fails NoSuchBucket as 222222222222 ec2-download-bundle -b my-bucket -p web
fails NoSuchBucket as 222222222222 ec2-delete-bundle -b my-bucket -p web

# a bundle with a part that is not the manifest's is not uploaded
cp -r bundle broken
printf x | dd of=broken/web.part.1 conv=notrunc status=none
fails InvalidManifest ec2-upload-bundle -b my-bucket/d -m broken/web.manifest.xml
fails NoSuchKey ec2-download-bundle -b my-bucket/d -p web
fails InvalidManifest ec2-upload-bundle -b my-bucket/d -m disk.raw

# gone by its manifest, by its name, and with the bucket
fails MissingParameter ec2-delete-bundle -b my-bucket
ec2-delete-bundle -b my-bucket -m bundle/web.manifest.xml
fails NoSuchKey ec2-download-bundle -b my-bucket -p web
ec2-delete-bundle -b my-bucket/a/b -p web --yes
fails NoSuchKey ec2-delete-bundle -b my-bucket/a/b -p web
# an upload that was cut short has no manifest
ec2-upload-bundle -b my-bucket/a -m bundle/web.manifest.xml --skipmanifest \
	>/dev/null
ec2-delete-bundle -b my-bucket/a -p web
fails BucketNotEmpty ec2-delete-bundle -b my-bucket/c -p web --clear
ec2-delete-bundle -b my-bucket/d -p web --batch --clear
fails NoSuchBucket ec2-download-bundle -b my-bucket -p web

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

# at a terminal one is asked, unless --batch or --yes says not to
cat >ask <<'END'
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
os.write(fd, (sys.argv[1] + '\n').encode())
data = b''
while True:
    try:
        got = os.read(fd, 65536)
    except OSError:
        break
    if not got:
        break
    data += got
sys.stdout.write(data.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
END
ec2-upload-bundle -b asked -m bundle/web.manifest.xml >/dev/null
code=0
python3 ask n ec2-delete-bundle -b asked -p web >out || code=$?
same 254 "$code"
has "Remove the bundle web from asked (y or n)? [n]" out
has "nothing was removed" out
python3 ask y ec2-delete-bundle -b asked -p web >out
has "y or n" out
ec2-upload-bundle -b asked -m bundle/web.manifest.xml >/dev/null
python3 ask n ec2-delete-bundle -b asked -p web --batch >out
same "" "$(grep -E "y or n" out || :)"
python3 ask i386 ec2-bundle-image -i disk.raw -d bundle -p asked >out
has "Architecture" out
has "<architecture>i386</architecture>" bundle/asked.manifest.xml
python3 ask i386 ec2-bundle-image -i disk.raw -d bundle -p batch --batch >out
same "" "$(grep -E "Architecture" out || :)"
has "<architecture>x86_64</architecture>" bundle/batch.manifest.xml

# a key on the command line is blotted out of it
cat >listener <<'END'
import socket, sys, time
s = socket.create_server(('127.0.0.1', 0))
print(s.getsockname()[1], flush=True)
time.sleep(60)
END
python3 listener >port &
listener=$!
trap 'kill $listener $upload 2>/dev/null || :' EXIT
upload=
while [ ! -s port ]; do sleep 0.1; done
ec2-upload-bundle -b remote -m bundle/web.manifest.xml -a KEYID --secret-key=QUITESECRET \
	--url "http://127.0.0.1:$(cat port)" 2>/dev/null &
upload=$!
sleep 1
tr '\0' ' ' <"/proc/$upload/cmdline" >words
has "--url" words
same "" "$(grep -E "QUITESECRET|KEYID" words || :)"

# who waits for a server that never answers can be interrupted
kill $upload
code=0
wait $upload || code=$?
same 130 "$code"
