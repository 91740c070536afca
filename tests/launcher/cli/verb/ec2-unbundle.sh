#!/bin/sh
# ec2-unbundle - a bundle becomes its disk again, or nothing is there
. tests/lib.sh

cd "$TMPDIR"
PATH=$QAMI_BUILD:$PATH
mkdir bundle disks
disk disk.raw 8M
head -c 5000000 /dev/urandom | dd of=disk.raw bs=1M seek=1 conv=notrunc \
	status=none
ec2-bundle-image -i disk.raw -d bundle -p web >/dev/null
manifest=bundle/web.manifest.xml

# by the account's own keys, the store's, and a key of the caller's choice
same disks/web "$(ec2-unbundle -m $manifest -s bundle -d disks)"
cmp disk.raw disks/web
fails InvalidParameterValue ec2-unbundle -m $manifest -s bundle -d disks
has 'web is there already' err
rm disks/web
qami bundle-cert --own >cert.pem
same ./web "$(ec2-unbundle -m $manifest -s bundle -c cert.pem \
	-k "$QAMI_STORE/keys/123456789012.pem")"
cmp disk.raw web

# other keys, another signer, another bundle
openssl req -x509 -newkey rsa:2048 -nodes -keyout other.pem -out other.crt \
	-subj /CN=other -days 9 2>/dev/null
rm disks/* 2>/dev/null || :
fails AuthFailure ec2-unbundle -m $manifest -s bundle -d disks -k other.pem
fails InvalidManifest ec2-unbundle -m $manifest -s bundle -d disks -c other.crt
fails InvalidParameterValue ec2-unbundle -m $manifest -s bundle -d nowhere
fails InvalidParameterValue ec2-unbundle -m $manifest -s nowhere -d disks
fails InvalidParameterValue ec2-unbundle -m nothing -s bundle -d disks
fails InvalidManifest ec2-unbundle -m bundle -s bundle -d disks
fails InvalidManifest ec2-unbundle -m disk.raw -s bundle -d disks
cp -r bundle broken
printf x | dd of=broken/web.part.0 conv=notrunc status=none
fails InvalidManifest ec2-unbundle -m $manifest -s broken -d disks
rm broken/web.part.0
fails InvalidManifest ec2-unbundle -m $manifest -s broken -d disks
same '' "$(ls -A disks)"

# a bundle of another account's is opened by the store's key
as 222222222222 ec2-unbundle -m $manifest -s bundle -d disks >/dev/null
cmp disk.raw disks/web
rm disks/web

# two at once: one makes it
ec2-unbundle -m $manifest -s bundle -d disks >out.1 2>&1 &
ec2-unbundle -m $manifest -s bundle -d disks >out.2 2>&1 || :
wait
cmp disk.raw disks/web
same 'disks/web' "$(grep -hx disks/web out.1 out.2)"

# no room
has_small_disk || exit 0
fails InsufficientVolumeCapacity small_disk '
	QAMI_STORE=$OLDPWD/store
	mkdir to
	ec2-unbundle -m "$OLDPWD/bundle/web.manifest.xml" -s "$OLDPWD/bundle" \
		-d to || code=$?
	find to -type f | grep . && exit 9
	exit "${code:-0}"'
