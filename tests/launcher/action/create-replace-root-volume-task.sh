#!/bin/sh
# create-replace-root-volume-task - what the new root is made of, what stays,
# and what is refused; what a guest finds is in tests/launcher/cli/verb/reset.sh
# (machines run, but nothing boots in them: no need to be alone)
. tests/lib.sh
. tests/bundle.sh
. tests/snapshot.sh

guests_here
# nobody in there hears that it is to power off
QAMI_STOP_TIMEOUT=0
export QAMI_STOP_TIMEOUT
ami=$(image one)
first=$(qami describe-snapshots | get Snapshots.0.SnapshotId)
i=$(launch "$ami" --instance-type t3.nano --block-device-mappings \
	'DeviceName=/dev/sda1,Ebs={VolumeSize=8,VolumeType=gp3,Iops=3100}' \
	'DeviceName=/dev/sdf,Ebs={VolumeSize=1}')

# root - the volume that is the instance's root
root()
{
	sql "SELECT volume FROM attachment WHERE instance = '$i'
		AND device = '/dev/sda1'"
}

# replace [OPTION…] - the answer is in $TMPDIR/answer
replace()
{
	qami create-replace-root-volume-task --instance-id "$i" "$@" \
		>"$TMPDIR/answer"
	tests/shape CreateReplaceRootVolumeTask "$TMPDIR/answer"
}

# task MEMBER - of the answer
task()
{
	get "ReplaceRootVolumeTask.$1" <"$TMPDIR/answer"
}

# kept - what an instance keeps whatever its root is
kept()
{
	qami describe-instances --instance-ids "$i" --output text --query '
		Reservations[0].Instances[0].[InstanceId,PrivateIpAddress,
		State.Name,ImageId,NetworkInterfaces[0].NetworkInterfaceId,
		BlockDeviceMappings[?DeviceName==`/dev/sdf`].Ebs.VolumeId]'
}
launched()
{
	qami describe-instances --instance-ids "$i" |
		get Reservations.0.Instances.0.LaunchTime
}
before=$(kept)
time=$(launched)
old=$(root)

dry qami create-replace-root-volume-task --instance-id "$i"
hidden "$i" create-replace-root-volume-task --instance-id "$i"
fails InvalidInstanceID.NotFound qami create-replace-root-volume-task \
	--instance-id i-0fedcba9876543210
same "$old" "$(root)"
same 0 "$(sql 'SELECT count(*) FROM root_task')"

# to what it was launched from: the old volume is free and as it was
replace --tag-specifications \
	'ResourceType=replace-root-volume-task,Tags=[{Key=why,Value=test}]' \
	--client-token one
same succeeded "$(task TaskState)"
same "$i $first False test" "$(task InstanceId) $(task SnapshotId) \
$(task DeleteReplacedRootVolume) $(task Tags.0.Value)"
new=$(root)
[ "$new" != "$old" ]
same "$before" "$(kept)"
same "$time" "$(launched)"
same '8 gp3 3100 in-use' "$(sql "SELECT size || ' ' || type || ' ' || iops ||
	' ' || state FROM volume WHERE id = '$new'")"
same "available $first" "$(sql "SELECT state || ' ' || snapshot FROM volume
	WHERE id = '$old'")"
same True "$(qami describe-instances --output text --query 'Reservations[0].
	Instances[0].BlockDeviceMappings[?DeviceName==`/dev/sda1`].
	Ebs.DeleteOnTermination')"

# the same token is the same task
id=$(task ReplaceRootVolumeTaskId)
replace --client-token one --tag-specifications \
	'ResourceType=replace-root-volume-task,Tags=[{Key=why,Value=test}]'
same "$id $new" "$(task ReplaceRootVolumeTaskId) $(root)"
fails IdempotentParameterMismatch replace --client-token one
qami create-tags --resources "$id" --tags Key=more,Value=tags
fails InvalidReplaceRootVolumeTaskId.NotFound as 222222222222 create-tags \
	--resources "$id" --tags Key=more,Value=tags

# to snapshots of roots that it has or had, and to nothing else
qami stop -f "$i"
fails IncorrectInstanceState replace
put "$new" 0x55 3
qami start "$i"
snap=$(snap "$new")
replace --snapshot-id "$snap" --delete-replaced-root-volume
same "$snap True" "$(task SnapshotId) $(task DeleteReplacedRootVolume)"
fails InvalidVolume.NotFound qami describe-volumes --volume-ids "$new"
qami stop -f "$i"
look "$(root)" 0x55 3
qami start "$i"
replace --snapshot-id "$(snap "$old")" --delete-replaced-root-volume
other=$(snap "$(sql "SELECT volume FROM attachment WHERE instance = '$i'
	AND device = '/dev/sdf'")")
fails InvalidParameterValue replace --snapshot-id "$other"
fails InvalidSnapshot.NotFound replace --snapshot-id snap-0fedcba9876543210
foreign=$(as 222222222222 import "$TMPDIR/disk.raw" --name theirs)
theirs=$(as 222222222222 describe-snapshots --owner-ids self |
	get Snapshots.0.SnapshotId)
fails InvalidSnapshot.NotFound replace --snapshot-id "$theirs"

# to an image that the caller may launch: as large as it has to be
fails InvalidAMIID.NotFound replace --image-id "$foreign"
as 222222222222 modify-image-attribute --image-id "$foreign" \
	--launch-permission 'Add=[{UserId=123456789012}]'
fails InvalidParameterCombination replace --image-id "$foreign" \
	--snapshot-id "$snap"
replace --image-id "$foreign" --delete-replaced-root-volume
same "$foreign $theirs" "$(task ImageId) $(task SnapshotId)"
same "8 $theirs" "$(sql "SELECT size || ' ' || snapshot FROM volume
	WHERE id = '$(root)'")"
same "$before" "$(kept)"
large=$(qami register-image --name large --output text --block-device-mappings \
	"DeviceName=/dev/sda1,Ebs={SnapshotId=$snap,VolumeSize=9}")
replace --image-id "$large" --delete-replaced-root-volume
same 9 "$(sql "SELECT size FROM volume WHERE id = '$(root)'")"
uefi=$(qami register-image --name uefi --boot-mode uefi --output text \
	--block-device-mappings "DeviceName=/dev/sda1,Ebs={SnapshotId=$snap}")
fails InvalidParameterValue replace --image-id "$uefi"
qami disable-image --image-id "$large" >/dev/null
fails InvalidAMIID.Unavailable replace --image-id "$large"

# a quota that is used up lets a root be replaced that goes
qami quota set --storage "$(sql "SELECT sum(size) FROM volume
	WHERE owner = '123456789012'")"
fails VolumeLimitExceeded replace
replace --delete-replaced-root-volume
same "$first 9" "$(task SnapshotId) $(sql "SELECT size FROM volume
	WHERE id = '$(root)'")"
qami quota set --storage none

# one that cannot be carried out is undone, and says so
sql "INSERT INTO op (id, kind, account, action, request, state, payload, owner,
	boot_id, due, created, updated) VALUES ('op-x', 'snapshot', '', '', '',
	'intent', '{\"instance\":\"$i\"}', '', '', 9e15, 0, 0)"
was=$(root)
volumes=$(sql 'SELECT count(*) FROM volume')
fails Unavailable replace
sql "DELETE FROM op WHERE id = 'op-x'"
reaches 60 "$i" running
same "$was $volumes" "$(root) $(sql 'SELECT count(*) FROM volume')"
same failed "$(sql 'SELECT state FROM root_task ORDER BY seq DESC LIMIT 1')"
sql "INSERT INTO root_task (id, owner, instance, state, snapshot, launched,
	volume, replaced, remove, started) VALUES ('replacevol-x',
	'123456789012', '$i', 'pending', '', '', '', '', 0, 0)"
fails IncorrectState replace
sql "DELETE FROM root_task WHERE id = 'replacevol-x'"

# what is encrypted stays so, under another account's key as well
key=arn:aws:kms:us-east-1:222222222222:key/$(as 222222222222 kms create-key \
	--output text --query KeyMetadata.KeyId)
as 222222222222 kms grant --key-id "$key" --grantee-principal 123456789012 \
	--operations Decrypt GenerateDataKeyWithoutPlaintext >"$TMPDIR/grant"
sealed=$(launch "$ami" --instance-type t3.nano --block-device-mappings \
	"DeviceName=/dev/sda1,Ebs={Encrypted=true,KmsKeyId=$key}")
qami create-replace-root-volume-task --instance-id "$sealed" >"$TMPDIR/answer"
same "$key" "$(qami describe-volumes --output text --query Volumes[0].KmsKeyId \
	--filters Name=attachment.instance-id,Values="$sealed")"
as 222222222222 kms revoke --key-id "$key" \
	--grant-id "$(get GrantId <"$TMPDIR/grant")"
fails InvalidKMSKey.NotFound qami create-replace-root-volume-task \
	--instance-id "$sealed"
qami rm "$sealed"

# what it was launched from may be gone
qami deregister-image --image-id "$ami"
qami delete-snapshot --snapshot-id "$first"
fails InvalidSnapshot.NotFound replace
same "$was" "$(root)"
qami rm "$i"
store=$(launch "$(store_image store)")
fails UnsupportedOperation qami create-replace-root-volume-task \
	--instance-id "$store"
