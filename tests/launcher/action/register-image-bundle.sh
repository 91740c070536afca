#!/bin/sh
# register-image - of a bundle: what its manifest says, what overrides it, and
# what is refused
. tests/lib.sh
. tests/bundle.sh

disk "$TMPDIR/disk.raw"
aki=$(image kernel --kind kernel)
ari=$(image ramdisk --kind ramdisk)
big=$(qami import-snapshot --disk-container "File=$TMPDIR/disk.raw" |
	get SnapshotTaskDetail.SnapshotId)

# map VIRTUAL DEVICE … - a block device mapping for a manifest
map()
{
	printf '<block_device_mapping>'
	while [ $# -gt 0 ]; do
		printf '<mapping><virtual>%s</virtual><device>%s</device></mapping>' \
			"$1" "$2"
		shift 2
	done
	printf '</block_device_mapping>'
}

# all that a manifest can say
stored "$TMPDIR/disk.raw" images/a full machine \
	"$(map ami sda1 ephemeral0 sdb ephemeral1 /dev/sdc root /dev/xvda swap sda3)<kernel_id>$aki</kernel_id><ramdisk_id>$ari</ramdisk_id>" i386
ami=$(registered images/a/full.manifest.xml full --description words \
	--tag-specifications 'ResourceType=image,Tags=[{Key=stage,Value=test}]')
for pair in ImageLocation=images/a/full.manifest.xml Architecture=i386 \
	KernelId="$aki" RamdiskId="$ari" RootDeviceType=instance-store \
	RootDeviceName=/dev/xvda ImageType=machine State=available Name=full \
	Description=words Tags.0.Key=stage VirtualizationType=hvm \
	BlockDeviceMappings.0.DeviceName=/dev/sdb \
	BlockDeviceMappings.0.VirtualName=ephemeral0 \
	BlockDeviceMappings.1.DeviceName=/dev/sdc \
	BlockDeviceMappings.1.VirtualName=ephemeral1; do
	image_is "$ami" "${pair%%=*}" "${pair#*=}"
done
finds 1 describe-images root-device-type=instance-store \
	manifest-location=images/a/full.manifest.xml

# the caller's word goes before the manifest's
ami=$(registered /images/a/full.manifest.xml over --architecture x86_64 \
	--root-device-name /dev/sda1 --kernel-id "$(image other --kind kernel)" \
	--block-device-mappings DeviceName=/dev/sdb,NoDevice= \
	DeviceName=/dev/sdd,VirtualName=ephemeral1 \
	"DeviceName=/dev/sdf,Ebs={SnapshotId=$big}" \
	'DeviceName=/dev/sdg,Ebs={VolumeSize=2}')
for pair in ImageLocation=images/a/full.manifest.xml Architecture=x86_64 \
	RamdiskId="$ari" RootDeviceName=/dev/sda1 \
	BlockDeviceMappings.1.DeviceName=/dev/sdd \
	BlockDeviceMappings.2.Ebs.SnapshotId="$big" \
	BlockDeviceMappings.3.Ebs.VolumeSize=2; do
	image_is "$ami" "${pair%%=*}" "${pair#*=}"
done
same 4 "$(qami describe-images --image-ids "$ami" \
	--query 'length(Images[0].BlockDeviceMappings)')"
[ "$(qami describe-images --image-ids "$ami" | get Images.0.KernelId)" != \
	"$aki" ]

# kernels and ramdisks, by their type or by the older way
stored "$TMPDIR/disk.raw" images/k vmlinux kernel
stored "$TMPDIR/disk.raw" images/k initrd machine \
	'<ramdisk_id>true</ramdisk_id>'
stored "$TMPDIR/disk.raw" images/k kernel machine '<kernel_id>true</kernel_id>'
for name in vmlinux:aki initrd:ari kernel:aki; do
	id=$(registered "images/k/${name%:*}.manifest.xml" "as-${name%:*}")
	same "${name#*:}" "${id%%-*}"
	image_is "$id" ImageLocation "images/k/${name%:*}.manifest.xml"
	image_is "$id" RootDeviceType instance-store
done
# they are the store's own: their bucket may go
rm -r "$QAMI_STORE/buckets/images/k"
with=$(registered images/a/full.manifest.xml with --kernel-id "$id")
image_is "$with" KernelId "$id"
qami rmi as-kernel as-vmlinux as-initrd

count=$(qami describe-images --query 'length(Images)')

# refused CODE LOCATION [OPTION…]
refused()
{
	code=$1
	shift
	fails "$code" registered "$1" refused ${2:+"$2"} ${3:+"$3"} ${4:+"$4"}
}
at=images/a/full.manifest.xml
dry registered "$at" dry
refused InvalidAMIName.Duplicate "$at" --name full
refused InvalidManifest nowhere/full.manifest.xml
refused InvalidManifest images/a/none.manifest.xml
refused InvalidManifest s3://images/a/full.manifest.xml
refused InvalidManifest images/a/full.part.00
refused InvalidParameterValue images
refused InvalidParameterValue ../a/full.manifest.xml
refused InvalidParameterValue 'images/../../full.manifest.xml'
refused InvalidBlockDeviceMapping "$at" --block-device-mappings \
	"DeviceName=/dev/xvda,Ebs={SnapshotId=$big}"
refused InvalidBlockDeviceMapping "$at" --block-device-mappings \
	'DeviceName=xvda,VirtualName=ephemeral3'
refused InvalidBlockDeviceMapping "$at" --block-device-mappings \
	DeviceName=/dev/sdd,VirtualName=swap
refused InvalidParameterValue "$at" --root-device-name nonsense
refused InvalidAMIID.NotFound "$at" --kernel-id aki-0fedcba9876543210
refused InvalidParameterValue "$at" --architecture sparc
refused InvalidParameterValue "$at" --virtualization-type paravirtual

# manifest NAME SED… - a changed manifest is refused
manifest()
{
	name=$1
	shift
	sed "$@" "$QAMI_STORE/buckets/images/a/full.manifest.xml" \
		>"$QAMI_STORE/buckets/images/a/$name.manifest.xml"
	refused InvalidManifest "images/a/$name.manifest.xml"
}
manifest cut 's|</image>.*||'
manifest entity "s|<manifest>|<!DOCTYPE m [<!ENTITY e 'x'>]><manifest>|"
manifest arch 's|i386|ppc64le|'
manifest windows "s|$aki|windows|"
manifest kernel "s|$aki|aki-0fedcba9876543210|"
manifest nokernel "s|$aki|$ari|"
manifest both "s|$aki|true|; s|$ari|true|"
manifest device 's|<device>sdb|<device>xvdal/x|'
manifest huge 's|<size>[0-9]*<|<size>10737418752<|'
manifest key 's|<ec2_encrypted_key algorithm=.AES-128-CBC.>[0-9a-f]*|<ec2_encrypted_key algorithm='"'AES-128-CBC'"'>00|; s|<user_encrypted_key algorithm=.AES-128-CBC.>[0-9a-f]*|<user_encrypted_key algorithm='"'AES-128-CBC'"'>00|'
manifest path 's|full.part.00|../full.part.00|'

# a kernel has no disks, and what it unpacks to is checked at once
stored "$TMPDIR/disk.raw" images/k vmlinux kernel
refused InvalidParameterCombination images/k/vmlinux.manifest.xml \
	--block-device-mappings DeviceName=/dev/sdb,VirtualName=ephemeral0
refused InvalidParameterCombination images/k/vmlinux.manifest.xml \
	--kernel-id "$aki"
printf x >>"$QAMI_STORE/buckets/images/k/vmlinux.part.00"
refused InvalidManifest images/k/vmlinux.manifest.xml
same "$count" "$(qami describe-images --query 'length(Images)')"

# another account's bucket is not there, nor is what it holds told
fails InvalidManifest as 222222222222 register-image --name mine \
	--image-location "$at"
cp "$TMPDIR/err" "$TMPDIR/real"
fails InvalidManifest as 222222222222 register-image --name mine \
	--image-location images/a/none.manifest.xml
sed 's/none/full/' "$TMPDIR/err" | cmp - "$TMPDIR/real"
same '' "$(scratch_left)"
tests/audit --jobs
