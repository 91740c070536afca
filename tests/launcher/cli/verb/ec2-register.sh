#!/bin/sh
# ec2-register - images of bundles and snapshots, by the old tool's arguments
. tests/lib.sh

cd "$TMPDIR"
PATH=$QAMI_BUILD:$PATH
disk disk.raw
mkdir bundle
cat >as_json <<'END'
import json, sys
print(json.dumps(json.load(sys.stdin)["Images"][0]))
END

# of a bundle in a bucket, called by where it is unless said
ec2-bundle-image -i disk.raw -d bundle -p web >/dev/null
ec2-upload-bundle -b my-bucket -m bundle/web.manifest.xml >/dev/null
ec2-register my-bucket/web.manifest.xml >line
grep -qE '^IMAGE	ami-[0-9a-f]{17}$' line
ami=$(cut -f 2 line)
qami describe-images --image-ids "$ami" | python3 as_json >image
same "my-bucket/web" "$(get Name <image)"
same "my-bucket/web.manifest.xml" \
	"$(get ImageLocation <image | sed 's|^[0-9]*/||')"
same instance-store "$(get RootDeviceType <image)"
ami=$(ec2-register my-bucket/web.manifest.xml -n named -d 'for people' \
	-a x86_64 -b /dev/sdb=ephemeral0 | cut -f 2)
qami describe-images --image-ids "$ami" | python3 as_json >image
same "named for people" "$(get Name <image) $(get Description <image)"
has '"VirtualName": "ephemeral0"' image
fails InvalidAMIName.Duplicate ec2-register my-bucket/web.manifest.xml -n named
fails InvalidManifest ec2-register other-bucket/web.manifest.xml -n none
fails InvalidManifest ec2-register my-bucket/nothing.manifest.xml -n none
fails InvalidManifest as 222222222222 ec2-register my-bucket/web.manifest.xml

fails InvalidAMIName.Malformed ec2-register my-bucket/web.manifest.xml -n no
fails InvalidAMIName.Malformed ec2-register my-bucket/web.manifest.xml -n 'a;b'
qami ec2-upload-bundle -b my-bucket/sub -m bundle/web.manifest.xml >/dev/null
echo junk >"$QAMI_STORE/buckets/my-bucket/sub/web.manifest.xml"
fails InvalidManifest ec2-register my-bucket/sub/web.manifest.xml -n junk

# of a bundle for another cloud, by the key of whoever made it
for who in me cloud other; do
	openssl req -x509 -newkey rsa:2048 -nodes -keyout $who.pem \
		-out $who.crt -subj /CN=$who -days 9 2>/dev/null
done
ec2-bundle-image -i disk.raw -d bundle -p far -k me.pem -c me.crt \
	--ec2cert cloud.crt >/dev/null
ec2-upload-bundle -b my-bucket -m bundle/far.manifest.xml >/dev/null
fails AuthFailure ec2-register my-bucket/far.manifest.xml -n far -K other.pem
fails NoSuchBucket ec2-register other-bucket/far.manifest.xml -K me.pem
fails NoSuchBucket as 222222222222 ec2-register my-bucket/far.manifest.xml \
	-K me.pem
fails NoSuchKey ec2-register my-bucket/nothing.manifest.xml -K me.pem
ec2-register my-bucket/far.manifest.xml -n far -K me.pem -C me.crt >/dev/null
mkdir back
ec2-download-bundle -b my-bucket -p far -d back >/dev/null
if cmp -s bundle/far.manifest.xml back/far.manifest.xml; then exit 1; fi
ec2-unbundle -m back/far.manifest.xml -s back -d . -c me.crt >/dev/null
cmp disk.raw far
rm far
ec2-unbundle -m back/far.manifest.xml -s back -d . -k me.pem >/dev/null
cmp disk.raw far
# the store's own manifest is not touched by that
ec2-download-bundle -b my-bucket -p web -d back >/dev/null
cmp bundle/web.manifest.xml back/web.manifest.xml

# of a snapshot
other=$(qami import disk.raw --name other)
snap=$(qami describe-images --image-ids "$other" |
	get Images.0.BlockDeviceMappings.0.Ebs.SnapshotId)
ami=$(ec2-register -s "$snap" -n snapped --root-device-name /dev/sda1 \
	-b /dev/sdf="$snap:4:false:gp3" -b /dev/sdg=:2 -b /dev/sdh=ephemeral0 |
	cut -f 2)
qami describe-images --image-ids "$ami" | python3 as_json >image
same "ebs /dev/sda1" "$(get RootDeviceType <image) $(get RootDeviceName <image)"
same "/dev/sdf 4 False gp3" "$(for key in DeviceName Ebs.VolumeSize \
	Ebs.DeleteOnTermination Ebs.VolumeType; do
	get BlockDeviceMappings.1.$key <image
done | xargs)"
same "/dev/sdg 2" "$(get BlockDeviceMappings.2.DeviceName <image) $(
	get BlockDeviceMappings.2.Ebs.VolumeSize <image)"

fails MissingParameter ec2-register
fails MissingParameter ec2-register -s "$snap"
fails InvalidParameterCombination ec2-register -s "$snap" my-bucket/web.manifest.xml
fails InvalidBlockDeviceMapping ec2-register -s "$snap" -n none -b /dev/sdf
fails InvalidSnapshot.NotFound ec2-register -s snap-0fedcba9876543210 -n none

# the certificate of the store is nobody's secret, and one
qami bundle-cert >one.crt
as 222222222222 bundle-cert >two.crt
cmp one.crt two.crt
openssl x509 -in one.crt -noout
as 222222222222 bundle-cert --own >two.crt
if cmp -s one.crt two.crt; then exit 1; fi
