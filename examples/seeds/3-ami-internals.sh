#!/bin/sh
# 3-ami-internals.sh - "AWS AMI Internals and Storage Backing Mechanisms",
# walked: what an AMI is made of, how both kinds are stored and launched, how
# fast their disks are, who may use them, and how they go again
#
# 3-ami-internals.sh [DISK-IMAGE]
set -eu
cd "$(dirname "$0")/../.."
. examples/seeds/walk.sh
disk=${1:-$(tests/guest/build disk)}

# one QUERY COMMAND… - a single word of an answer
one()
{
	local query

	query=$1
	shift
	qami "$@" --output text --query "$query"
}

# in_guest NAME LINE - runs a line of shell in a machine
in_guest()
{
	typed qami ssh "$1" -- sh -c "$2"
	qami ssh "$1" -- sh -c "$2" 2>/dev/null
}

# reads DISK - a line of shell that measures 400 small reads
reads()
{
	echo "up() { cut -d' ' -f1 /proc/uptime; }; begun=\$(up)
	dd if=$1 of=/dev/null bs=4k count=400 iflag=direct 2>/dev/null
	echo \"400 reads in \$(echo \"\$begun \$(up)\" |
		awk '{ print \$2 - \$1 }') seconds\""
}

section 'What is an AMI: a template of a configured system'
qami import "$disk" --name linux >/dev/null
show qami run linux --name web --user-data 'the user data' --ssh -- sh -c '
	mkdir -p /etc/nginx /srv/www
	echo "listen 80;" >/etc/nginx/nginx.conf
	echo "hello" >/srv/www/index.html
	sync'
show qami commit web web-server
show qami run web-server --name copy --ssh -- cat /etc/nginx/nginx.conf
note 'a second machine, configured as the first one, and nothing was installed'
instance=$(one 'Reservations[0].Instances[0].InstanceId' describe-instances \
	--filters Name=tag:Name,Values=web)
zone=$(one 'AvailabilityZones[0].ZoneName' describe-availability-zones)

section 'Block storage: the foundation layer'
note 'blocks have addresses: one is written at 7 MiB, and read back'
volume=$(one VolumeId create-volume --size 100 --availability-zone "$zone")
show qami attach-volume --volume-id "$volume" --instance-id "$instance" \
	--device /dev/sdf --output text
in_guest web 'echo "block 1792" | dd of=/dev/vdb bs=4096 seek=1792 conv=fsync
	dd if=/dev/vdb bs=4096 skip=1792 count=1 | head -n 1'

section 'What an AMI captures'
note '1. the MBR or GPT, and what lies in the partitions'
show qami describe-image-layout web-server
note '2. all the data blocks, of 512 KiB here'
image=$(one 'Images[0].ImageId' describe-images \
	--filters Name=name,Values=web-server)
snapshot=$(one 'Images[0].BlockDeviceMappings[0].Ebs.SnapshotId' \
	describe-images --image-ids "$image")
show qami map "$snapshot"
note '3. metadata'
show qami describe-images --image-ids "$image" --output table --query \
	'Images[].[ImageId,Name,Architecture,RootDeviceName,RootDeviceType]'

section 'EBS: storage that outlives the compute'
show qami create-tags --resources "$volume" --tags Key=Name,Value=data
show qami rm copy
show qami detach-volume --volume-id "$volume" --output text
qami wait volume-available --volume-ids "$volume"
show qami describe-volumes --volume-ids "$volume" --output text \
	--query 'Volumes[].[VolumeId,State,Size,VolumeType]'

section 'EBS-backed AMI creation: snapshots, metadata, registration'
note 'step 1 and 2: a snapshot of each volume, and what is known of them'
night=$(one SnapshotId create-snapshot --volume-id "$volume")
note 'step 3: the AMI that refers to them'
show qami register-image --name by-hand --architecture x86_64 \
	--root-device-name /dev/sda1 --block-device-mappings \
	"DeviceName=/dev/sda1,Ebs={SnapshotId=$snapshot}" \
	"DeviceName=/dev/sdf,Ebs={SnapshotId=$night}"

section 'The snapshot mechanism: copy-on-write'
note 'a volume of 100 GB, of which 5 MB change; the snapshot of it holds those'
show qami attach-volume --volume-id "$volume" --instance-id "$instance" \
	--device /dev/sdf --output text
in_guest web 'dd if=/dev/urandom of=/dev/vdb bs=1M count=5 seek=50 conv=fsync'
changed=$(one SnapshotId create-snapshot --volume-id "$volume")
show qami list-changed-blocks --first-snapshot-id "$night" \
	--second-snapshot-id "$changed" --output text \
	--query 'length(ChangedBlocks)'
show qami snaps --tree
note 'the volume reads through to blocks that it has not written since, and the'
note 'snapshot keeps what it showed: nothing is copied when it is taken'

section 'EBS performance'
note 'configured by type, from the tables of EC2 that this system enforces:'
for type in gp3 io2; do
	iops=
	[ $type = gp3 ] || iops='--iops 5000'
	qami create-volume --size 10 --availability-zone "$zone" \
		--volume-type $type $iops --output text \
		--query '[VolumeType,Size,Iops,Throughput]'
done
refused InvalidParameterValue qami create-volume --size 100 \
	--availability-zone "$zone" --volume-type gp3 --iops 90000
note 'measured in the guest, at 200 IOPS: 400 reads of 4 KiB'
slow=$(one VolumeId create-volume --size 4 --availability-zone "$zone" \
	--volume-type io1 --iops 200)
show qami attach-volume --volume-id "$slow" --instance-id "$instance" \
	--device /dev/sdg --output text
in_guest web "$(reads /dev/vdc)"

section 'Instance store: an AMI as a compressed archive in a bucket'
note 'the running system is bundled from outside, as ec2-bundle-vol does inside'
openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=walk \
	-keyout "$walk/private-key.pem" -out "$walk/cert.pem" 2>/dev/null
account=$(one Account sts-get-caller-identity)
show qami ec2-bundle-vol -k "$walk/private-key.pem" -c "$walk/cert.pem" \
	-u "$account" -d "$walk" -r x86_64 --batch --instance "$instance"
show qami ec2-upload-bundle -b my-bucket -m "$walk/image.manifest.xml"
show qami ec2-register my-bucket/image.manifest.xml -n web-bundle

section 'When you launch it: download, decompress onto the disk, boot'
show qami run web-bundle --name ephemeral --ssh -- cat /srv/www/index.html

section 'Instance store performance: nothing is between the guest and the disk'
note 'measured in the guest, on a disk without a limit: 400 reads of 4 KiB'
in_guest ephemeral "$(reads /dev/vda)"

section 'Instance store: a reboot preserves data, a stop does not'
in_guest ephemeral 'echo kept >/srv/here; sync'
show qami reboot ephemeral
until_it_says kept qami ssh ephemeral -- cat /srv/here
note 'after the reboot: kept'
refused UnsupportedOperation qami stop ephemeral
show qami rm ephemeral
note 'and what it had on its disks is gone with it:'
show ls "$QAMI_STORE/scratch"

section 'Sharing: public, or by account'
student=$(one Account account create student)
refused InvalidAMIID.NotFound qami --account student run web-server
show qami modify-image-attribute --image-id "$image" \
	--launch-permission "Add=[{UserId=$student}]"
show qami --account student run web-server --name theirs --ssh -- \
	cat /srv/www/index.html
qami --account student rm theirs
note 'before it becomes public it is looked through for secrets'
show qami ssh web -- sh -c 'mkdir -p /root/.aws
	echo "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" \
		>/root/.aws/credentials; sync'
leaky=$(qami commit web leaky)
refused OperationNotPermitted qami modify-image-attribute \
	--image-id "$leaky" --launch-permission 'Add=[{Group=all}]'

section 'Cross-region AMI copying'
there="qami --store $walk/there"
$there region add here --store "$QAMI_STORE"
note 'step 1: all of its snapshots are copied; step 2: a new AMI of the copies'
copied=$($there copy-image --source-region here --source-image-id "$image" \
	--name web-server --output text --query ImageId)
show $there wait image-available --image-ids "$copied"
show $there images

section 'Choosing between EBS and instance store'
show qami advise --persistence yes
show qami advise --performance high
show qami advise --budget tight

section 'AMI lifecycle management: 7 daily, 4 weekly, 12 monthly'
cat >"$walk/nightly.json" <<END
{ "PolicyDetails": {
    "PolicyType": "IMAGE_MANAGEMENT", "ResourceTypes": ["INSTANCE"],
    "TargetTags": [{ "Key": "Name", "Value": "web" }],
    "Schedules": [{ "Name": "nightly",
      "CreateRule": { "Interval": 24, "IntervalUnit": "HOURS",
                      "Times": ["03:00"] },
      "RetainRule": { "Daily": 7, "Weekly": 4, "Monthly": 12 } }] } }
END
show qami lifecycle put nightly "$walk/nightly.json"
note 'forty nights pass, on a clock that can be moved'
show qami stop web
qami clock set 2027-03-01T12:00:00Z >/dev/null
for night in $(seq 40); do
	qami clock forward 24h >/dev/null
	qami lifecycle run >/dev/null
done
show qami describe-images --filters 'Name=tag-key,Values=aws:dlm:*' \
	--output text --query 'sort_by(Images,&CreationDate)[].[CreationDate,Name]'
kept=$(one 'length(Images)' describe-images \
	--filters 'Name=tag-key,Values=aws:dlm:lifecycle-policy-id')
equal 10 "$kept" 'images that are left'
note 'those that went were deregistered, and their snapshots deleted with them'
show qami costs --by account
