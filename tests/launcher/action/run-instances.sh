#!/bin/sh
# run-instances - parameters, mappings, tokens and rights; rows, not guests
# boots guests
. tests/lib.sh
. tests/bundle.sh

guests_here
ami=$(image alpha)
snap=$(qami describe-images |
	get Images.0.BlockDeviceMappings.0.Ebs.SnapshotId)

# run OPTION… - launches; the answer is in $TMPDIR/run
run()
{
	qami run-instances --image-id "$ami" "$@" >"$TMPDIR/run"
}

# first PATH - of the first instance of that answer
first()
{
	get "Instances.0.$1" <"$TMPDIR/run"
}

# quiet - nothing has been made by what failed
quiet()
{
	same 0 "$(qami describe-instances --query 'length(Reservations)')"
	same 0 "$(qami describe-volumes --query 'length(Volumes)')"
	same 2 "$(ls "$QAMI_STORE/layers" | wc -l)"
	same '' "$(ls "$QAMI_STORE/instances" "$QAMI_STORE/scratch" |
		grep -v : || :)"
}

# what is wrong, and makes nothing
fails MissingParameter qami run-instances --cli-input-json '{}'
fails InvalidKeyPair.NotFound run --key-name nobody
fails InvalidAMIID.NotFound qami run-instances --image-id ami-0fedcba9876543210
fails InvalidAMIID.Malformed qami run-instances --image-id ami-12
# the test of run-instances-template has all of templates
template() { fails "$1" qami run-instances --launch-template "$2"; }
template InvalidLaunchTemplateId.NotFound LaunchTemplateId=lt-0fedcba9876543210
template InvalidLaunchTemplateName.NotFoundException LaunchTemplateName=nobody
qami create-launch-template --launch-template-name web --launch-template-data \
	"ImageId=$ami" >"$TMPDIR/made"
template InvalidLaunchTemplateId.VersionNotFound \
	LaunchTemplateName=web,Version=2
fails InvalidParameterValue run --count 0
fails InvalidParameterValue run --iam-instance-profile Name=web
has 'for parameter iamInstanceProfile.name is invalid' "$TMPDIR/err"
fails InvalidParameterValue run --iam-instance-profile Arn=arn:aws:iam::1:a
fails UnsupportedOperation run --hibernation-options Configured=true
fails UnsupportedOperation run --enclave-options Enabled=true
fails InvalidParameterValue run --count 3:2
fails InstanceLimitExceeded run --count 101
fails InvalidParameterValue run --instance-type x9.huge
fails InvalidParameterValue run --instance-initiated-shutdown-behavior explode
fails InvalidParameterValue run --placement AvailabilityZone=eu-west-1a
fails InvalidParameterValue run --placement Tenancy=host
fails InvalidParameterValue run --user-data "$(head -c 16385 /dev/zero |
	tr '\0' a)"
fails InvalidUserData.Malformed qami run-instances --cli-input-json \
	"{\"ImageId\": \"$ami\", \"UserData\": \"?\"}" ||
	fails InvalidParameterValue qami run-instances --cli-input-json \
		"{\"ImageId\": \"$ami\", \"UserData\": \"?\"}"
fails UnknownParameter qami run-instances --cli-input-json \
	"{\"ImageId\": \"$ami\", \"Colour\": \"red\"}" 2>/dev/null || :
fails InvalidParameterValue run --tag-specifications \
	'ResourceType=image,Tags=[{Key=a,Value=b}]'
fails InvalidParameterValue run --tag-specifications \
	'ResourceType=instance,Tags=[{Key=aws:a,Value=b}]'
fails InvalidParameterValue run --client-token "$(printf '%065d' 0)"

# mappings; the unit test of launcher/instance/mapping.c has all of them
map() { fails "$1" run --block-device-mappings "$2"; }
map InvalidBlockDeviceMapping 'DeviceName=/dev/sda1,NoDevice='
map InvalidBlockDeviceMapping 'DeviceName=nonsense,Ebs={VolumeSize=1}'
map InvalidBlockDeviceMapping 'DeviceName=/dev/sdb,VirtualName=ephemeral24'
map InvalidBlockDeviceMapping \
	'DeviceName=/dev/sdb,VirtualName=ephemeral0,Ebs={VolumeSize=1}'
map MissingParameter 'DeviceName=/dev/sdf,Ebs={VolumeType=gp3}'
map MissingParameter 'Ebs={VolumeSize=1}'
map InvalidParameterValue 'DeviceName=/dev/sdf,Ebs={VolumeSize=0}'
map InvalidParameterValue 'DeviceName=/dev/sdf,Ebs={VolumeSize=20000}'
map InvalidParameterValue \
	'DeviceName=/dev/sdf,Ebs={VolumeSize=9,VolumeType=st1,Iops=100}'
map InvalidParameterCombination \
	'DeviceName=/dev/sdf,Ebs={VolumeSize=9,VolumeType=gp2,Iops=100}'
map InvalidSnapshot.NotFound \
	'DeviceName=/dev/sdf,Ebs={SnapshotId=snap-0fedcba9876543210}'
map InvalidSnapshotID.Malformed 'DeviceName=/dev/sdf,Ebs={SnapshotId=snap-1}'
pending=$(qami ebs start-snapshot --volume-size 1 --output text \
	--query SnapshotId)
map IncorrectState "DeviceName=/dev/sdf,Ebs={SnapshotId=$pending}"
qami ebs complete-snapshot --snapshot-id "$pending" --changed-blocks-count 0
qami delete-snapshot --snapshot-id "$pending"
map InvalidKMSKey.NotFound \
	'DeviceName=/dev/sdf,Ebs={VolumeSize=1,Encrypted=true,KmsKeyId=alias/x}'
map InvalidParameterDependency \
	'DeviceName=/dev/sdf,Ebs={VolumeSize=1,KmsKeyId=alias/x}'
disk "$TMPDIR/two.raw" 1025M
big=$(qami import-snapshot --disk-container "File=$TMPDIR/two.raw" |
	get SnapshotTaskDetail.SnapshotId)
map InvalidBlockDeviceMapping \
	"DeviceName=/dev/sdf,Ebs={SnapshotId=$big,VolumeSize=1}"
bigami=$(qami register-image --name big --query ImageId --output text \
	--block-device-mappings "DeviceName=/dev/sda1,Ebs={SnapshotId=$big}")
fails InvalidBlockDeviceMapping qami run-instances --image-id "$bigami" \
	--block-device-mappings 'DeviceName=/dev/sda1,Ebs={VolumeSize=1}'
qami deregister-image --image-id "$bigami"

# kernels
aki=$(image kernel --kind kernel)
fails InvalidAMIID.NotFound run --kernel-id aki-0fedcba9876543210
fails InvalidParameterCombination run --ramdisk-id \
	"$(image ramdisk --kind ramdisk)"
fails InvalidID run --kernel-id "$ami" || fails InvalidAMIID.Malformed run \
	--kernel-id "$ami"
qami rmi kernel ramdisk
fails InvalidAMIID.Unavailable run --kernel-id "$aki"

# where in the network; groups and addresses have tests of their own
fails InvalidGroup.NotFound run --security-groups nobody
fails InvalidGroup.NotFound run --security-group-ids sg-0fedcba9876543210
fails InvalidGroupId.Malformed run --security-group-ids sg-1
for i in 1 2 3 4 5 6; do
	sql "INSERT INTO security_group (id, owner, name, description, created)
		VALUES ('sg-0000000000000000$i', '123456789012', 'g$i', '', 0)"
done
fails SecurityGroupsPerInterfaceLimitExceeded run --security-groups \
	g1 g2 g3 g4 g5 g6
fails InvalidSubnetID.NotFound run --subnet-id subnet-0fedcba9876543210
subnet=$(sql "SELECT subnet FROM vpc WHERE owner = '123456789012'")
fails InvalidParameterValue run --private-ip-address 172.31.16.1
fails InvalidParameterValue run --private-ip-address 172.31.0.3
fails InvalidParameterCombination run --private-ip-address 172.31.0.9 --count 2
card() { fails "$1" run --network-interfaces "$2"; }
card MissingParameter "SubnetId=$subnet"
card UnsupportedOperation DeviceIndex=1
card UnsupportedOperation DeviceIndex=0,DeleteOnTermination=false
card UnsupportedOperation DeviceIndex=0,SecondaryPrivateIpAddressCount=1
card UnsupportedOperation DeviceIndex=0,NetworkInterfaceId=eni-0fedcba9876543210
fails UnsupportedOperation run --network-interfaces DeviceIndex=0 DeviceIndex=1
fails UnsupportedOperation run --secondary-private-ip-addresses 172.31.0.8
card InvalidGroup.NotFound DeviceIndex=0,Groups=sg-0fedcba9876543210
for option in '--security-groups g1' "--subnet-id $subnet" \
	'--security-group-ids sg-00000000000000001' \
	'--private-ip-address 172.31.0.9'; do
	# shellcheck disable=SC2086 # it is two words
	fails InvalidParameterCombination run $option \
		--network-interfaces DeviceIndex=0
done
dry run --network-interfaces "DeviceIndex=0,SubnetId=$subnet,\
AssociatePublicIpAddress=true,DeleteOnTermination=true,\
Groups=sg-00000000000000001,PrivateIpAddress=172.31.0.9,Description=d"
dry run --associate-public-ip-address --subnet-id "$subnet" \
	--security-group-ids sg-00000000000000001 \
	--private-ip-address 172.31.0.9

# every address is somebody's
sql "WITH RECURSIVE n (i) AS (SELECT 4 UNION ALL SELECT i + 1 FROM n
	WHERE i < 4094) INSERT INTO instance (id, owner, reservation,
	launch_index, image, type, state, architecture, zone, root_device_name,
	root_device_type, boot_mode, shutdown_behavior, uuid, mac, address, uri,
	accel, boot_id, launched, changed, network) SELECT 'i-n' || i,
	'123456789012', 'r-n', 0, 'ami-n', 't3.nano', 'stopped', 'x86_64',
	'us-east-1a', '/dev/sda1', 'ebs', 'uefi', 'stop', i, i,
	'172.31.' || (i / 256) || '.' || (i % 256), '', 'tcg', '', 0, 0, 'user'
	FROM n"
fails InvalidIPAddress.InUse run --private-ip-address 172.31.15.254
fails InsufficientFreeAddressesInSubnet env QAMI_METADATA=service \
	qami run-instances --image-id "$ami"
same 0 "$(qami describe-subnets | get Subnets.0.AvailableIpAddressCount)"
sql "DELETE FROM instance WHERE reservation = 'r-n'"

# there is no memory for the machine, no room for its files, no libvirt:
# nothing stays
without_memory InsufficientInstanceCapacity \
	qami run-instances --image-id "$ami" --instance-type c3.large
quiet
if has_small_disk; then
	fails InsufficientVolumeCapacity small_disk '
		qami import ../disk.raw --name full
		fill
		qami run full && exit
		drain
		[ -z "$(qami ps -qa)" ] || echo "an instance stayed" >&2
		qami rmi full
		[ -z "$(ls store/layers store/scratch | grep -v :)" ] ||
			echo "files stayed" >&2
		exit 1'
	if grep stayed "$TMPDIR/err" >&2; then exit 1; fi
fi
# and none is asked for in a dry run
dry qami run-instances --image-id "$ami"
fails InvalidParameterValue qami run-instances --image-id "$ami" --dry-run \
	--instance-type x9.huge
quiet

# strangers
hidden "$ami" run-instances --image-id "$ami"
hidden "$ami" run-instances --image-id "$ami" --dry-run
quiet

# one launch with everything
run --count 2 --instance-type c3.large --client-token one \
	--instance-initiated-shutdown-behavior terminate \
	--disable-api-termination --disable-api-stop --ebs-optimized \
	--placement AvailabilityZone=us-east-1a,Tenancy=default \
	--tag-specifications \
	'[{"ResourceType": "instance", "Tags": [{"Key": "Name",
	"Value": "a \"b\" ünï"}, {"Key": "e", "Value": ""}]},
	{"ResourceType": "volume", "Tags": [{"Key": "for",
	"Value": "disk"}]}]' \
	--block-device-mappings \
	'DeviceName=/dev/sda1,Ebs={VolumeSize=3,VolumeType=gp3,DeleteOnTermination=false}' \
	'DeviceName=/dev/sdf,Ebs={VolumeSize=5,DeleteOnTermination=true}' \
	"DeviceName=/dev/sdg,Ebs={SnapshotId=$big,VolumeType=io1,Iops=100,VolumeSize=4}" \
	DeviceName=/dev/sdb,VirtualName=ephemeral1
get ReservationId <"$TMPDIR/run" | grep -qE '^r-[0-9a-f]{17}$'
same 123456789012 "$(get OwnerId <"$TMPDIR/run")"
for pair in State.Name=running State.Code=16 ImageId="$ami" \
	InstanceType=c3.large AmiLaunchIndex=0 ClientToken=one \
	Placement.AvailabilityZone=us-east-1a Architecture=x86_64 \
	RootDeviceName=/dev/sda1 RootDeviceType=ebs VirtualizationType=hvm \
	EbsOptimized=True SourceDestCheck=True NetworkInterfaces.0.Status=in-use \
	SecurityGroups.0.GroupName=default MetadataOptions.State=applied \
	CpuOptions.CoreCount=1 CpuOptions.ThreadsPerCore=2 \
	'Tags.0.Value=a "b" ünï' Tags.1.Value=; do
	same "$pair" "${pair%%=*}=$(first "${pair%%=*}")"
done
same 1 "$(get Instances.1.AmiLaunchIndex <"$TMPDIR/run")"
one=$(first InstanceId)
same '/dev/sda1 /dev/sdf /dev/sdg' "$(get Instances.0.BlockDeviceMappings \
	<"$TMPDIR/run" | python3 -c '
import json, sys; print(*(m["DeviceName"] for m in json.load(sys.stdin)))')"
same False "$(first BlockDeviceMappings.0.Ebs.DeleteOnTermination)"
same True "$(first BlockDeviceMappings.1.Ebs.DeleteOnTermination)"
same False "$(first BlockDeviceMappings.2.Ebs.DeleteOnTermination)"
same attached "$(first BlockDeviceMappings.0.Ebs.Status)"
volume=$(first BlockDeviceMappings.2.Ebs.VolumeId)
qami describe-volumes --volume-ids "$volume" >"$TMPDIR/volume"
same 4 "$(get Volumes.0.Size <"$TMPDIR/volume")"
same 100 "$(get Volumes.0.Iops <"$TMPDIR/volume")"
same "$big" "$(get Volumes.0.SnapshotId <"$TMPDIR/volume")"
same disk "$(get Volumes.0.Tags.0.Value <"$TMPDIR/volume")"

# the token again: the same answer, and no more machines
reservation=$(get ReservationId <"$TMPDIR/run")
again()
{
	qami run-instances --image-id "$ami" --client-token "$@"
}
fails IdempotentParameterMismatch again one
fails IdempotentParameterMismatch again one --count 2
run --client-token two
two=$(first InstanceId)
same "$two" "$(again two | get Instances.0.InstanceId)"
same "$two" "$(again two --count 1 | get Instances.0.InstanceId)"
same 3 "$(qami ps -q | wc -l)"
# for as long as the instance is there, however long ago it was launched
sql "UPDATE op SET updated = 1 WHERE state = 'done'"
qami delete-volume --volume-id "$(qami create-volume --size 1 --output text \
	--availability-zone us-east-1a --query VolumeId)"
same 'RunInstances two' "$(sql "SELECT action, client_token FROM op WHERE
	updated = 1 AND client_token = 'two'" | tr '|' ' ')"
same 0 "$(sql "SELECT count(*) FROM op WHERE updated = 1 AND
	client_token IS NULL")"
same "$two" "$(again two | get Instances.0.InstanceId)"
run --client-token TWO
# eight at the same moment with one token are one: those that come too early
# are asked to try again
for i in 1 2 3 4 5 6 7 8; do
	again eight >"$TMPDIR/eight.$i" 2>"$TMPDIR/refused.$i" &
done
wait
cat "$TMPDIR"/eight.? | grep '"InstanceId"' | sort -u >"$TMPDIR/eight"
same 1 "$(wc -l <"$TMPDIR/eight")"
same 5 "$(qami ps -q | wc -l)"
if grep -h . "$TMPDIR"/refused.? | grep -v '(Unavailable)' >&2; then
	exit 1
fi
same "$reservation" "$(qami describe-instances --instance-ids "$one" |
	get Reservations.0.ReservationId)"
# it is the account's own
qami modify-image-attribute --image-id "$ami" --user-ids 222222222222
other=$(as 222222222222 run-instances --image-id "$ami" --client-token two |
	get Instances.0.InstanceId)
[ "$other" != "$two" ]
as 222222222222 rm "$other"
# even when the image is gone
qami modify-image-attribute --image-id "$ami" --operation-type remove \
	--user-ids 222222222222
hidden "$ami" run-instances --image-id "$ami"
# the snapshot itself was never shared
qami modify-image-attribute --image-id "$ami" --user-groups all
hidden "$big" run-instances --image-id "$ami" --block-device-mappings \
	"DeviceName=/dev/sdf,Ebs={SnapshotId=$big}"
as 222222222222 run-instances --dry-run --image-id "$ami" 2>"$TMPDIR/err" || :
has DryRunOperation "$TMPDIR/err"

# beyond what the account may have
end_guests
volumes=$(sql 'SELECT count(*) FROM volume')
qami quota set --instances 1
fails InstanceLimitExceeded run --count 2
qami quota set --instances none --vcpus 1
fails VcpuLimitExceeded run --instance-type t3.nano
qami quota set --vcpus none --memory 511
fails ResourceLimitExceeded run --instance-type t3.nano
qami quota set --memory none --storage 0
fails VolumeLimitExceeded run --instance-type t3.nano
same "$volumes 0" "$(sql 'SELECT count(*) FROM volume') $(qami ps -q | wc -l)"
qami quota set --storage none --memory 512 --vcpus 2 --instances 1
run --instance-type t3.nano
fails InstanceLimitExceeded run --instance-type t3.nano
qami quota set --memory none --vcpus none --instances none

end_guests
qami deregister-image --image-id "$ami"
fails InvalidAMIID.Unavailable run
hidden "$ami" run-instances --image-id "$ami"

# a bundle whose manifest has gone since it was registered
ami=$(store_image store)
rm "$QAMI_STORE/buckets/images/store/store.manifest.xml"
fails InvalidManifest qami run-instances --image-id "$ami"
same '' "$(qami ps -q)"
