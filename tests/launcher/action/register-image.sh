#!/bin/sh
# register-image - images of snapshots: names, mappings, kernels, tags
. tests/lib.sh

disk "$TMPDIR/two.raw" 1025M
base=$(image base)
snap=$(qami describe-images |
	get Images.0.BlockDeviceMappings.0.Ebs.SnapshotId)
big=$(qami import-snapshot --disk-container "File=$TMPDIR/two.raw" |
	get SnapshotTaskDetail.SnapshotId)
aki=$(image kernel --kind kernel)
ari=$(image ramdisk --kind ramdisk)
root="DeviceName=/dev/sda1,Ebs={SnapshotId=$snap}"

# register NAME OPTION… - prints the image's id
register()
{
	name=$1
	shift
	qami register-image --name "$name" "$@" --query ImageId --output text
}

# entry ID N PATH - of an image's mapping
entry()
{
	qami describe-images --image-ids "$1" |
		get "Images.0.BlockDeviceMappings.$2.$3"
}

ami=$(register full --description 'a b' --root-device-name /dev/xvda \
	--architecture x86_64 --boot-mode uefi --imds-support v2.0 \
	--kernel-id "$aki" --ramdisk-id "$ari" --virtualization-type hvm \
	--ena-support --sriov-net-support simple --tag-specifications \
	'ResourceType=image,Tags=[{Key=stage,Value=test}]' \
	--block-device-mappings \
	"DeviceName=/dev/xvda,Ebs={SnapshotId=$snap,VolumeSize=3,VolumeType=gp3}" \
	"DeviceName=/dev/sdf,Ebs={SnapshotId=$big}" \
	'DeviceName=/dev/sdg,Ebs={VolumeSize=10,VolumeType=io1,Iops=100,DeleteOnTermination=true}' \
	DeviceName=/dev/sdb,VirtualName=ephemeral0 DeviceName=/dev/sdc,NoDevice=)
qami describe-images --image-ids "$ami" >"$TMPDIR/full"
for pair in Name=full Description='a b' RootDeviceName=/dev/xvda BootMode=uefi \
	ImdsSupport=v2.0 KernelId="$aki" RamdiskId="$ari" EnaSupport=True \
	State=available Tags.0.Key=stage Tags.0.Value=test; do
	same "$pair" "${pair%%=*}=$(get "Images.0.${pair%%=*}" <"$TMPDIR/full")"
done
same 3 "$(entry "$ami" 0 Ebs.VolumeSize)"
same gp3 "$(entry "$ami" 0 Ebs.VolumeType)"
same 3000 "$(entry "$ami" 0 Ebs.Iops)"
same 125 "$(entry "$ami" 0 Ebs.Throughput)"
same True "$(entry "$ami" 0 Ebs.DeleteOnTermination)"
same 2 "$(entry "$ami" 1 Ebs.VolumeSize)"
same False "$(entry "$ami" 1 Ebs.DeleteOnTermination)"
same 100 "$(entry "$ami" 2 Ebs.Iops)"
same True "$(entry "$ami" 2 Ebs.DeleteOnTermination)"
same ephemeral0 "$(entry "$ami" 3 VirtualName)"
same '' "$(entry "$ami" 4 NoDevice)"
same /dev/sda1 "$(qami describe-images --image-ids "$(register least \
	--block-device-mappings "$root")" | get Images.0.RootDeviceName)"
register "a-Z09()[] ./-'@_" --block-device-mappings "$root" >/dev/null

count=$(qami describe-images --query 'length(Images)')

# names
for name in ab "$(printf '%0129d' 0)" 'a*b' 'ünï' "$(printf 'a\nb')"; do
	fails InvalidAMIName.Malformed register "$name" \
		--block-device-mappings "$root"
done
fails InvalidAMIName.Duplicate register full --block-device-mappings "$root"

# wrong CODE OPTION… - registering fails
wrong()
{
	code=$1
	shift
	fails "$code" register wrong "$@"
}

# map CODE ENTRY… - so does registering with that mapping
map()
{
	code=$1
	shift
	wrong "$code" --block-device-mappings "$@"
}

fails MissingParameter qami register-image --cli-input-json '{}'
wrong InvalidBlockDeviceMapping
map InvalidBlockDeviceMapping 'DeviceName=/dev/sda1,Ebs={VolumeSize=1}'
map InvalidBlockDeviceMapping "$root" "$root"
map InvalidBlockDeviceMapping \
	"DeviceName=/dev/sda1,Ebs={SnapshotId=$big,VolumeSize=1}"
map InvalidBlockDeviceMapping "$root" DeviceName=/dev/sdb,VirtualName=swap
map InvalidBlockDeviceMapping "$root" DeviceName=/dev/sdb,VirtualName=ephemeral24
map InvalidBlockDeviceMapping "$root" 'DeviceName=nonsense,Ebs={VolumeSize=1}'
map InvalidBlockDeviceMapping "$root" \
	'DeviceName=/dev/sdb,VirtualName=ephemeral0,Ebs={VolumeSize=1}'
map InvalidBlockDeviceMapping "$root" \
	'DeviceName=/dev/sdb,NoDevice=,Ebs={VolumeSize=1}'
wrong InvalidBlockDeviceMapping --root-device-name /dev/sdb \
	--block-device-mappings "$root"
map MissingParameter "$root" 'DeviceName=/dev/sdb,Ebs={VolumeType=gp3}'
map MissingParameter "Ebs={SnapshotId=$snap}"
map MissingParameter "$root" 'DeviceName=/dev/sdb,Ebs={VolumeSize=4,VolumeType=io1}'
map InvalidParameterCombination \
	"$root" 'DeviceName=/dev/sdb,Ebs={VolumeSize=9,VolumeType=gp2,Iops=100}'
map InvalidParameterValue "$root" 'DeviceName=/dev/sdb,Ebs={VolumeSize=0}'
map InvalidParameterValue "$root" 'DeviceName=/dev/sdb,Ebs={VolumeSize=-1}'
map InvalidParameterValue "$root" \
	'DeviceName=/dev/sdb,Ebs={VolumeSize=1,VolumeType=gp9}'
map InvalidParameterValue "$root" 'DeviceName=/dev/sdb,Ebs={VolumeSize=99999}'
map InvalidSnapshot.NotFound \
	'DeviceName=/dev/sda1,Ebs={SnapshotId=snap-0fedcba9876543210}'
map InvalidSnapshotID.Malformed 'DeviceName=/dev/sda1,Ebs={SnapshotId=snap-x}'
map UnsupportedOperation "$root" 'DeviceName=/dev/sdb,Ebs={VolumeSize=1,Encrypted=true}'
wrong InvalidManifest --image-location bucket/image.manifest.xml

# kernels
wrong InvalidAMIID.NotFound --kernel-id aki-0fedcba9876543210 \
	--block-device-mappings "$root"
wrong InvalidID --kernel-id "$ari" --block-device-mappings "$root"
wrong InvalidID --ramdisk-id "$aki" --block-device-mappings "$root"
wrong InvalidParameterValue --architecture sparc --block-device-mappings "$root"
wrong InvalidParameterValue --boot-mode floppy --block-device-mappings "$root"
wrong InvalidParameterValue --virtualization-type paravirtual \
	--block-device-mappings "$root"

# tags
wrong InvalidParameterValue --block-device-mappings "$root" \
	--tag-specifications 'ResourceType=instance,Tags=[{Key=a,Value=b}]'
wrong InvalidParameterValue --block-device-mappings "$root" \
	--tag-specifications 'ResourceType=image,Tags=[{Key=aws:a,Value=b}]'
wrong InvalidParameterValue --block-device-mappings "$root" \
	--tag-specifications \
	'ResourceType=image,Tags=[{Key=a,Value=b},{Key=a,Value=c}]'

dry qami register-image --name dry --block-device-mappings "$root"
fails InvalidAMIName.Duplicate qami register-image --name full --dry-run \
	--block-device-mappings "$root"
same "$count" "$(qami describe-images --query 'length(Images)')"

# other people's snapshots are not there
hidden "$snap" register-image --name mine --block-device-mappings "$root"
qami modify-image-attribute --image-id "$base" --user-groups all
hidden "$snap" register-image --name mine --block-device-mappings "$root"
