#!/bin/sh
# create-volume - every type, from nothing and from snapshots, once per token,
# and nothing left behind when it is refused or the disk is full
. tests/lib.sh
. tests/snapshot.sh

image alpha >/dev/null
snap=$(qami describe-images |
	get Images.0.BlockDeviceMappings.0.Ebs.SnapshotId)

# shows ID FIELD=VALUE… - what describe-volumes says
shows()
{
	local id pair

	id=$1
	shift
	qami describe-volumes --volume-ids "$id" >"$TMPDIR/volume"
	for pair do
		same "$pair" "${pair%%=*}=$(get "Volumes.0.${pair%%=*}" \
			<"$TMPDIR/volume")"
	done
}

# virtual ID - the size that its file shows
virtual()
{
	qemu-img info --output=json "$QAMI_STORE/layers/$(sql \
		"SELECT layer FROM volume WHERE id = '$1'")" |
		get virtual-size
}

qami create-volume --availability-zone us-east-1a --size 5 \
	--tag-specifications 'ResourceType=volume,Tags=[{Key=Name,Value=one}]' \
	>"$TMPDIR/answer"
one=$(get VolumeId <"$TMPDIR/answer")
for pair in Size=5 VolumeType=gp2 Iops=100 State=available SnapshotId= \
	Encrypted=False AvailabilityZone=us-east-1a Tags.0.Value=one \
	MultiAttachEnabled=False Attachments='[]'; do
	same "$pair" "${pair%%=*}=$(get "${pair%%=*}" <"$TMPDIR/answer")"
done
shows "$one" Size=5 State=available Attachments='[]'
same $((5 << 30)) "$(virtual "$one")"

# every type
shows "$(volume --size 100 --volume-type gp3 --iops 4000 --throughput 500)" \
	VolumeType=gp3 Iops=4000 Throughput=500
shows "$(volume --size 4 --volume-type io1 --iops 100)" VolumeType=io1 Iops=100
shows "$(volume --size 4 --volume-type io2 --iops 200)" VolumeType=io2 Iops=200
for type in st1 sc1; do
	big=$(volume --size 125 --volume-type $type)
	shows "$big" VolumeType=$type Size=125
	fails InvalidParameterValue volume --size 124 --volume-type $type
done
shows "$(volume --size 1 --volume-type standard)" VolumeType=standard
fails InvalidParameterValue volume --size 16385
fails InvalidParameterValue volume --size 0
fails InvalidParameterValue volume --size 8 --volume-type gp9
fails InvalidParameterCombination volume --size 8 --iops 100
fails InvalidParameterValue volume --size 4 --volume-type io1 --iops 201
fails MissingParameter volume --size 4 --volume-type io1
fails MissingParameter volume --volume-type gp2
fails MissingParameter qami create-volume --size 1
fails InvalidZone.NotFound qami create-volume --size 1 \
	--availability-zone us-east-1b
fails InvalidParameterDependency volume --size 1 --kms-key-id alias/mine
fails InvalidKMSKey.NotFound volume --size 1 --encrypted --kms-key-id alias/mine
fails UnsupportedOperation volume --size 4 --volume-type io2 --iops 100 \
	--multi-attach-enabled
fails InvalidParameterValue volume --size 1 \
	--tag-specifications 'ResourceType=instance,Tags=[{Key=a,Value=b}]'
fails TagLimitExceeded volume --size 1 --tag-specifications \
	"ResourceType=volume,Tags=[$(seq -s , -f '{Key=k%g,Value=v}' 51)]"

# from a snapshot: its size, a bigger one, never a smaller one
same 1 "$(qami describe-snapshots | get Snapshots.0.VolumeSize)"
copy=$(volume --snapshot-id "$snap" --volume-initialization-rate 200)
shows "$copy" Size=1 SnapshotId="$snap" VolumeInitializationRate=200
bigger=$(volume --snapshot-id "$snap" --size 3)
shows "$bigger" Size=3 SnapshotId="$snap"
same $((3 << 30)) "$(virtual "$bigger")"
qemu-img convert -O raw "$QAMI_STORE/layers/$(sql \
	"SELECT layer FROM volume WHERE id = '$bigger'")" "$TMPDIR/bigger.raw"
cmp -n $((1 << 20)) "$TMPDIR/disk.raw" "$TMPDIR/bigger.raw"
fails InvalidSnapshot.NotFound volume --snapshot-id snap-0fedcba9876543210
fails InvalidSnapshotID.Malformed volume --snapshot-id snap-
fails InvalidParameterCombination volume --size 1 \
	--volume-initialization-rate 200
for rate in 99 301; do
	fails InvalidParameterValue volume --snapshot-id "$snap" \
		--volume-initialization-rate $rate
done
hidden "$snap" create-volume --availability-zone us-east-1a \
	--snapshot-id "$snap"
sql "UPDATE snapshot SET state = 'pending'"
fails IncorrectState volume --snapshot-id "$snap"
sql "UPDATE snapshot SET state = 'completed'"

# a shared snapshot is as good as one's own, and the volume is the borrower's
sql "INSERT INTO snapshot_permission VALUES ('$snap', '222222222222')"
lent=$(as 222222222222 create-volume --availability-zone us-east-1a \
	--snapshot-id "$snap" --output text --query VolumeId)
same "$lent" "$(as 222222222222 describe-volumes --output text \
	--query 'Volumes[].VolumeId')"
fails InvalidVolume.NotFound qami describe-volumes --volume-ids "$lent"

# a token makes one volume, and only one
first=$(volume --size 2 --client-token once)
same "$first" "$(volume --size 2 --client-token once)"
fails IdempotentParameterMismatch volume --size 3 --client-token once
for i in 1 2 3 4; do
	volume --size 2 --client-token together >>"$TMPDIR/together" \
		2>>"$TMPDIR/err" &
done
wait
same 1 "$(sort -u "$TMPDIR/together" | wc -l)"
finds 2 describe-volumes size=2

# nothing is there that should not be
count=$(qami describe-volumes --query 'length(Volumes)')
dry qami create-volume --availability-zone us-east-1a --size 1
same "$count" "$(qami describe-volumes --query 'length(Volumes)')"
same "$(sql 'SELECT count(*) FROM layer')" \
	"$(find "$QAMI_STORE/layers" -type f | wc -l)"

if has_small_disk; then
	fails InsufficientVolumeCapacity small_disk '
		qami describe-volumes
		fill
		set -- create-volume --availability-zone us-east-1a --size 1
		qami "$@" && exit
		drain
		[ "$(qami describe-volumes --query "length(Volumes)")" = 0 ] ||
			echo "a volume stayed" >&2
		[ -z "$(ls store/layers)" ] || echo "files stayed" >&2
		qami "$@" || echo "nothing stayed possible" >&2
		exit 1'
	if grep stayed "$TMPDIR/err" >&2; then exit 1; fi
fi

# beyond what the account may have
qami quota set --storage "$(sql "SELECT sum(size) FROM volume
	WHERE owner = '123456789012'")"
fails VolumeLimitExceeded volume --size 1
qami quota set --storage none
qami delete-volume --volume-id "$(volume --size 1)"

# a key that is disabled encrypts nothing
key=$(qami kms create-key --query KeyMetadata.KeyId --output text)
qami kms disable --key-id "$key"
fails InvalidKMSKey.InvalidState qami create-volume --encrypted --size 1 \
	--availability-zone us-east-1a --kms-key-id "$key"
