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
mkdir "$QAMI_STORE/buckets/my-bucket/sub"
echo junk >"$QAMI_STORE/buckets/my-bucket/sub/far.manifest.xml"
fails InvalidManifest ec2-register my-bucket/sub/far.manifest.xml -K me.pem
ec2-register my-bucket/far.manifest.xml -n far -K me.pem -C me.crt || :
mkdir back
ec2-download-bundle -b my-bucket -p far -d back >/dev/null
if cmp -s bundle/far.manifest.xml back/far.manifest.xml; then exit 1; fi
ec2-unbundle -m back/far.manifest.xml -s back -d . -c me.crt >/dev/null
cmp disk.raw far
rm far
ec2-unbundle -m back/far.manifest.xml -s back -d . -k me.pem >/dev/null
cmp disk.raw far
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

fails InvalidAMIName.Duplicate ec2-register -s "$snap" -n snapped
fails InvalidAMIName.Malformed ec2-register -s "$snap" -n 'a;b'
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
