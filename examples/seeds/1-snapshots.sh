#!/bin/sh
# 1-snapshots.sh - "What is a Snapshot in AWS?", walked: a database server's
# disk is backed up, spoiled, brought back, enlarged and carried elsewhere
#
# 1-snapshots.sh [DISK-IMAGE]
set -eu
cd "$(dirname "$0")/../.."
. examples/seeds/walk.sh
disk=${1:-$(tests/guest/build disk)}

# in_guest COMMAND… - runs it in the database server, by ssh
in_guest()
{
	qami ssh db -- "$@"
}

# put TEXT DEVICE / got DEVICE - the database, which is one line on a disk
put()
{
	note "the database on $2 says '$1' now"
	in_guest sh -c "echo '$1' | dd of=$2 bs=4k seek=25600 conv=fsync 2>/dev/null"
}
got()
{
	in_guest sh -c "dd if=$1 bs=4k skip=25600 count=1 2>/dev/null | head -n 1"
}

# one QUERY COMMAND… - a single word of an answer
one()
{
	local query

	query=$1
	shift
	qami "$@" --output text --query "$query"
}

section 'Example: a database server with a 200 GB volume'
qami import "$disk" --name linux >/dev/null
show qami run linux --name db --ssh -- uname -s
zone=$(one 'AvailabilityZones[0].ZoneName' describe-availability-zones)
volume=$(one VolumeId create-volume --size 200 --availability-zone "$zone")
instance=$(qami ps -q)
show qami attach-volume --volume-id "$volume" --instance-id "$instance" \
	--device /dev/sdf --output text
put 'orders: 1000' /dev/vdb

section 'What is a snapshot: a point-in-time copy of a volume'
first=$(one SnapshotId create-snapshot --volume-id "$volume" \
	--description 'the first night')
show qami describe-snapshots --snapshot-ids "$first" --output table \
	--query 'Snapshots[].[SnapshotId,VolumeId,VolumeSize,State,Description]'
put 'orders: 2000' /dev/vdb
second=$(one SnapshotId create-snapshot --volume-id "$volume" \
	--description 'the second night')
note 'AWS keeps it in S3, where nobody sees it; here it is a frozen layer of'
note 'the store, and no bucket has it'
show ls -l "$QAMI_STORE/layers"

section 'Restore or duplicate a volume from it'
copy=$(one VolumeId create-volume --snapshot-id "$first" \
	--availability-zone "$zone")
qami attach-volume --volume-id "$copy" --instance-id "$instance" \
	--device /dev/sdg >/dev/null
equal 'orders: 1000' "$(got /dev/vdc)" 'the duplicate, as it was that night'
equal 'orders: 2000' "$(got /dev/vdb)" 'the volume itself'

section 'The analogy: a photo of the disk, or the blueprint of a server'
image=$(one ImageId create-image --instance-id "$instance" --name db-server)
qami wait image-available --image-ids "$image"
show qami describe-snapshots --snapshot-ids "$first"
show qami describe-images --image-ids "$image"

section 'Key property: incremental'
note 'of the second night only what changed: the blocks, and their bytes'
show qami list-changed-blocks --first-snapshot-id "$first" \
	--second-snapshot-id "$second" --query 'ChangedBlocks[].BlockIndex'
show qami snaps --tree

section 'Key property: bound to its region, but it can be copied to another'
there="qami --store $walk/there"
refused InvalidSnapshot.NotFound $there describe-snapshots \
	--snapshot-ids "$second"
show $there region add here --store "$QAMI_STORE"
carried=$($there copy-snapshot --source-region here \
	--source-snapshot-id "$second" --output text --query SnapshotId)
show $there wait snapshot-completed --snapshot-ids "$carried"
show $there snaps

section 'Key property: restore it when the server crashes'
put 'garbage' /dev/vdb
show qami detach-volume --volume-id "$volume" --force --output text
show qami wait volume-available --volume-ids "$volume"
back=$(one VolumeId create-volume --snapshot-id "$second" \
	--availability-zone "$zone")
show qami attach-volume --volume-id "$back" --instance-id "$instance" \
	--device /dev/sdf --output text
until_it_says vdb qami ssh db -- cat /proc/partitions
equal 'orders: 2000' "$(got /dev/vdb)" 'the data is back'

section 'Relation between snapshot and AMI'
note 'creating the image took a snapshot of each volume and added settings'
show qami describe-images --image-ids "$image" --output table --query \
	'Images[0].BlockDeviceMappings[].[DeviceName,Ebs.SnapshotId,Ebs.VolumeSize]'
show qami describe-images --image-ids "$image" --query 'Images[0].{
	Architecture: Architecture, RootDeviceName: RootDeviceName,
	BootMode: BootMode, LaunchPermissions: Public}'

section 'When to use a snapshot: a bigger volume'
bigger=$(one VolumeId create-volume --snapshot-id "$second" --size 300 \
	--availability-zone "$zone")
show qami describe-volumes --volume-ids "$bigger" --output text \
	--query 'Volumes[].[VolumeId,SnapshotId,Size]'

section 'When to use an AMI: a new, identical server'
show qami run db-server --name db-2 --ssh -- sh -c \
	'grep vd /proc/partitions'

section 'When to use an AMI: auto scaling'
show qami create-launch-template --launch-template-name db-fleet \
	--launch-template-data "ImageId=$image,InstanceType=t2.nano" \
	--output text --query LaunchTemplate.LaunchTemplateId
show qami autoscaling create-auto-scaling-group \
	--auto-scaling-group-name fleet --min-size 1 --max-size 2 \
	--desired-capacity 1 --launch-template LaunchTemplateName=db-fleet
members='autoscaling describe-auto-scaling-instances --output text --query
	AutoScalingInstances[].InstanceId'
until_it_says i- qami $members
member=$(qami $members)
until_it_says running qami describe-instances --instance-ids "$member"
show qami rm "$member"
other()
{
	qami $members | grep -vx "$member"
}
until_it_says i- other
note "$(other) is there instead of $member"
show qami autoscaling delete-auto-scaling-group \
	--auto-scaling-group-name fleet --force-delete
no_member()
{
	[ -n "$(qami $members)" ] || echo none
}
until_it_says none no_member

section 'When to use an AMI: disaster recovery, a full server clone'
note 'stored as one object in a bucket of the other region, which is an S3'
note 'server to this one; then this one is lost, and the other restores it'
serve "$walk/there"
printf %s "$AWS_SECRET_ACCESS_KEY" >"$walk/secret"
qami s3-server --url "$AWS_ENDPOINT_URL" --access-key "$AWS_ACCESS_KEY_ID" \
	--secret-file "$walk/secret" >/dev/null
unset AWS_ENDPOINT_URL
show qami create-store-image-task --image-id "$image" --bucket s3://backup
until_it_says Completed qami describe-store-image-tasks
qami rm db db-2 >/dev/null
rm -r "$QAMI_STORE"
note 'the first region is gone'
show $there create-restore-image-task --bucket backup \
	--object-key "$image.bin" --name db-server
until_it_says available $there describe-images
show $there run db-server --name db --ssh -- sh -c 'grep vd /proc/partitions'
