#!/bin/sh
# create-snapshot - what an idle volume holds at the call, whatever is written
# afterwards, of whatever size, by its owner alone
. tests/lib.sh
. tests/snapshot.sh

vol=$(volume --size 1 --tag-specifications \
	'ResourceType=volume,Tags=[{Key=Name,Value=data}]')
put "$vol" 0x11 0
qami create-snapshot --volume-id "$vol" --description nightly \
	--tag-specifications \
	'ResourceType=snapshot,Tags=[{Key=Name,Value=one}]' >"$TMPDIR/answer"
one=$(get SnapshotId <"$TMPDIR/answer")
for pair in VolumeId="$vol" State=completed Progress=100% VolumeSize=1 \
	Description=nightly Encrypted=False StorageTier=standard \
	OwnerId=123456789012 Tags.0.Value=one; do
	same "$pair" "${pair%%=*}=$(get "${pair%%=*}" <"$TMPDIR/answer")"
done
put "$vol" 0x22 0
put "$vol" 0x33 5
two=$(snap "$vol")
same '[]' "$(qami create-snapshot --volume-id "$vol" --query Tags)"
put "$vol" 0x44 0

# three different points in time, and the volume went on
holds "$one" 0x11 0
holds "$one" 0 5
holds "$two" 0x22 0
holds "$two" 0x33 5
look "$vol" 0x44 0
look "$vol" 0x33 5
qami describe-snapshots --snapshot-ids "$one" >"$TMPDIR/listed"
same one "$(get Snapshots.0.Tags.0.Value <"$TMPDIR/listed")"
finds 3 describe-snapshots "volume-id=$vol"
finds 1 describe-snapshots description=nightly tag:Name=one
same available "$(qami describe-volumes --volume-ids "$vol" |
	get Volumes.0.State)"

# a volume larger than its snapshot, and a snapshot of that
big=$(volume --snapshot-id "$one" --size 2)
put "$big" 0x55 1030
three=$(snap "$big")
same 2 "$(qami describe-snapshots --snapshot-ids "$three" |
	get Snapshots.0.VolumeSize)"
holds "$three" 0x11 0
holds "$three" 0x55 1030
holds "$one" 0x11 0

# what is wrong, and what is not seen
before=$(ls "$QAMI_STORE/layers" | wc -l)
fails InvalidVolume.NotFound qami create-snapshot \
	--volume-id vol-0fedcba9876543210
fails InvalidVolumeID.Malformed qami create-snapshot --volume-id vol-1
fails InvalidParameterValue qami create-snapshot --volume-id "$vol" \
	--tag-specifications 'ResourceType=volume,Tags=[{Key=a,Value=b}]'
fails TagLimitExceeded qami create-snapshot --volume-id "$vol" \
	--tag-specifications "ResourceType=snapshot,Tags=[$(seq 51 |
	sed 's/.*/{Key=k&,Value=v},/' | tr -d '\n' | sed 's/,$//')]"
hidden "$vol" create-snapshot --volume-id "$vol"
dry qami create-snapshot --volume-id "$vol"
same "$before" "$(ls "$QAMI_STORE/layers" | wc -l)"

# one that somebody is still making
sql "UPDATE volume SET state = 'creating' WHERE id = '$vol'"
fails IncorrectState qami create-snapshot --volume-id "$vol"
sql "UPDATE volume SET state = 'available' WHERE id = '$vol'"
same "$before" "$(ls "$QAMI_STORE/layers" | wc -l)"

snap "$vol" >/dev/null
settled

# a full disk
has_small_disk || skip "unprivileged namespaces"
small_disk '
	. "$OLDPWD/tests/lib.sh"
	vol=$(qami create-volume --availability-zone us-east-1a --size 1 \
		--output text --query VolumeId)
	before=$(ls "$QAMI_STORE/layers")
	fill
	fails InsufficientVolumeCapacity qami create-snapshot \
		--volume-id "$vol"
	drain
	qami images
	same "$before" "$(ls "$QAMI_STORE/layers")"
	qami create-snapshot --volume-id "$vol" >/dev/null
'

# beyond what the account may have
qami quota set --snapshots "$(sql "SELECT count(*) FROM snapshot
	WHERE owner = '123456789012'")"
layers=$(ls "$QAMI_STORE/layers" | wc -l)
fails SnapshotLimitExceeded qami create-snapshot --volume-id "$vol"
same "$layers" "$(ls "$QAMI_STORE/layers" | wc -l)"
