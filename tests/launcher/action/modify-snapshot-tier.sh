#!/bin/sh
# modify-snapshot-tier - what may be archived, what becomes of it, and that its
# neighbours keep what they need
. tests/lib.sh
. tests/stored.sh
. tests/tier.sh

modify='modify-snapshot-tier --storage-tier archive --snapshot-id'
vol=$(qami create-volume --availability-zone us-east-1a --size 1 --snapshot-id \
	"$(snapshot_with a b)" | get VolumeId)
one=$(qami create-snapshot --volume-id "$vol" | get SnapshotId)
two=$(qami create-snapshot --volume-id "$vol" | get SnapshotId)
qami modify-snapshot-attribute --snapshot-id "$one" \
	--create-volume-permission 'Add=[{UserId=222222222222}]'
before=$(blocks "$one")
full=$(qami describe-snapshots --snapshot-ids "$one" |
	get Snapshots.0.FullSnapshotSizeInBytes)

# who may not, and what is refused
fails InvalidSnapshot.NotFound qami $modify snap-0fedcba9876543210
fails AuthFailure as 222222222222 $modify "$one"
hidden "$two" $modify "$two"
fails InvalidParameterValue qami modify-snapshot-tier --snapshot-id "$one" \
	--storage-tier standard
fails MissingParameter qami modify-snapshot-tier --cli-input-json '{}'
pending=$(qami ebs start-snapshot --volume-size 1 --query SnapshotId \
	--output text)
fails IncorrectState qami $modify "$pending"
key=$(qami kms create-key --query KeyMetadata.KeyId --output text)
sealed=$(qami copy-snapshot --source-snapshot-id "$one" --encrypted \
	--kms-key-id "$key" --source-region us-east-1 | get SnapshotId)
qami wait snapshot-completed --snapshot-ids "$sealed"
qami kms disable --key-id "$key"
fails InvalidKMSKey.InvalidState qami $modify "$sealed"
qami delete-snapshot --snapshot-id "$sealed"
dry qami $modify "$one"
same - "$(tier_says "$one" LastTieringOperationStatus)"
ami=$(qami register-image --name over --root-device-name /dev/sda1 \
	--block-device-mappings \
	"DeviceName=/dev/sda1,Ebs={SnapshotId=$one}" | get ImageId)
fails InvalidSnapshot.InUse qami $modify "$one"
qami disable-image --image-id "$ami" >"$TMPDIR/out"

# a disabled image's may be
qami $modify "$one" >"$TMPDIR/out"
same "$one" "$(get SnapshotId <"$TMPDIR/out")"
grep -q '"TieringStartTime": "20' "$TMPDIR/out"
tests/shape ModifySnapshotTier "$TMPDIR/out"
# how a restore goes is no thing of this one
same 1 "$(sql "SELECT payload NOT LIKE '%way%' FROM op WHERE kind = 'archive'")"
tiered "$one" archival-completed
same archive "$(tier_says "$one" StorageTier)"
same 100 "$(tier_says "$one" LastTieringProgress)"
qami describe-snapshots --snapshot-ids "$one" >"$TMPDIR/snapshot"
same "archive completed $full" "$(get Snapshots.0.StorageTier \
	<"$TMPDIR/snapshot") $(get Snapshots.0.State <"$TMPDIR/snapshot") $(get \
	Snapshots.0.FullSnapshotSizeInBytes <"$TMPDIR/snapshot")"
finds 1 describe-snapshots storage-tier=archive
[ "$(stat -c '%a %h' "$(object_of "$one")")" = '600 1' ]
same qamiimg "$(head -c 7 "$(object_of "$one")")"

# nothing can be made of it, and nobody else sees it
fails IncorrectState qami $modify "$one"
fails IncorrectState qami create-volume --availability-zone us-east-1a \
	--snapshot-id "$one"
fails IncorrectState qami copy-snapshot --source-snapshot-id "$one" \
	--source-region us-east-1
fails IncorrectState qami modify-snapshot-attribute --snapshot-id "$one" \
	--create-volume-permission 'Add=[{UserId=333333333333}]'
fails IncorrectState qami register-image --name again \
	--root-device-name /dev/sda1 --block-device-mappings \
	"DeviceName=/dev/sda1,Ebs={SnapshotId=$one}"
fails IncorrectState qami enable-image --image-id "$ami"
fails ValidationException qami ebs list-snapshot-blocks --snapshot-id "$one"
fails InvalidSnapshot.NotFound as 222222222222 describe-snapshots \
	--snapshot-ids "$one"
fails InvalidSnapshot.InUse qami delete-snapshot --snapshot-id "$one"

# its neighbour has all it had, also when nothing else is left of the chain
same "$before" "$(blocks "$two")"
qami delete-volume --volume-id "$vol"
qami gc >"$TMPDIR/out"
same "$before" "$(blocks "$two")"
qami fsck --deep >"$TMPDIR/out"

# an image that is registered meanwhile keeps it where it is
three=$(snapshot_with c)
begun sh -euc "
	. tests/lib.sh
	qami $modify $three
	fails IncorrectState qami $modify $three
	qami register-image --name meanwhile --root-device-name /dev/sda1 \
		--block-device-mappings \
		'DeviceName=/dev/sda1,Ebs={SnapshotId=$three}'" >"$TMPDIR/out"
qami snaps >"$TMPDIR/out"
tiered "$three" archival-failed
tier_says "$three" LastTieringOperationStatusDetail >"$TMPDIR/why"
has InvalidSnapshot.InUse "$TMPDIR/why"
same standard "$(tier_says "$three" StorageTier)"
same 1 "$(ls "$QAMI_STORE/archive" | wc -l)"

# what is damaged is not archived in the place of what it was
four=$(snapshot_with d)
qami gc >"$TMPDIR/out" # makes its digest list
layer=$QAMI_STORE/layers/$(sql "SELECT layer FROM snapshot
	WHERE id = '$four'")
chmod 600 "$layer"
printf x | dd of="$layer" bs=1 seek=4200000 conv=notrunc status=none
chmod 400 "$layer"
qami $modify "$four" >"$TMPDIR/out"
tiered "$four" archival-failed
tier_says "$four" LastTieringOperationStatusDetail >"$TMPDIR/why"
has 'block 8 of' "$TMPDIR/why"
same 1 "$(ls "$QAMI_STORE/archive" | wc -l)"
chmod 600 "$layer"
printf d | dd of="$layer" bs=1 seek=4200000 conv=notrunc status=none
chmod 400 "$layer"
archive "$four"

# deleted, it is gone from the archive as well
file=$(object_of "$four")
[ -e "$file" ]
qami delete-snapshot --snapshot-id "$four"
gone "$file"
qami deregister-image --image-id "$ami"
file=$(object_of "$one")
qami delete-snapshot --snapshot-id "$one"
gone "$file"
same '' "$(ls "$QAMI_STORE/archive")"
qami fsck --deep >"$TMPDIR/out"

# how hard it is packed: what lies there twice once, and so in a quarter of what
# it takes in the standard tier
for level in 0 20 fast 6x; do
	QAMI_ARCHIVE_LEVEL=$level fails Unavailable qami $modify "$two"
done
head -c 6M "$(command -v qami)" >"$TMPDIR/twice"
dd if="$TMPDIR/twice" of="$TMPDIR/twice" bs=1M count=6 seek=32 conv=notrunc \
	status=none
twice=$(qami import-snapshot --disk-container \
	"File=$TMPDIR/twice,Format=raw" --output text \
	--query SnapshotTaskDetail.SnapshotId)
were=$(blocks "$twice")
dense=
for level in 1 '' 19; do
	QAMI_ARCHIVE_LEVEL=$level archive "$twice"
	file=$(object_of "$twice")
	dense="$dense $(stat -c %s "$file")"
	unarchive "$twice"
	gone "$file"
done
echo "$dense" | awk '{ exit !($1 > $2 && $2 > $3 && $2 < 3 * 2 ^ 20) }'
same "$were" "$(blocks "$twice")"
qami delete-snapshot --snapshot-id "$twice"

# places: another directory, which has to be there; a bucket
export QAMI_ARCHIVE=$TMPDIR/cheap
fails Unavailable qami $modify "$two"
qami doctor >"$TMPDIR/out" || :
has 'FAIL  archive: QAMI_ARCHIVE: ' "$TMPDIR/out"
mkdir "$QAMI_ARCHIVE"
qami doctor >"$TMPDIR/out" || :
has "snapshots go to $QAMI_ARCHIVE" "$TMPDIR/out"
archive "$two"
same 1 "$(ls "$QAMI_ARCHIVE" | wc -l)"
qami deregister-image --image-id "$(qami images -q)"
QAMI_ARCHIVE=no/../bucket fails Unavailable qami $modify "$three"
QAMI_ARCHIVE=cold/deep archive "$three"
same 1 "$(ls "$QAMI_STORE/buckets/cold/deep" | wc -l)"
qami fsck --deep >"$TMPDIR/out"
# one whose disk is not mounted is waited for: what is in it is not forgotten
postponed()
{
	until [ "$(sql "SELECT due > 1000000 * (unixepoch() + 1) FROM op
		WHERE kind = '$1' AND state = 'intent'")" = 1 ]; do
		sleep 0.1
	done
}
away=$(snapshot_with d)
archive "$away"
file=$QAMI_ARCHIVE/$(basename "$(object_of "$away")")
mv "$QAMI_ARCHIVE" "$TMPDIR/unmounted"
mkdir "$QAMI_ARCHIVE"
qami fsck >"$TMPDIR/out"
has 'is its disk mounted?' "$TMPDIR/out"
qami restore-snapshot-tier --snapshot-id "$two" --permanent-restore \
	>"$TMPDIR/out"
postponed unarchive
same permanent-restore-in-progress \
	"$(tier_says "$two" LastTieringOperationStatus)"
qami delete-snapshot --snapshot-id "$away"
postponed archive-remove
rmdir "$QAMI_ARCHIVE"
mv "$TMPDIR/unmounted" "$QAMI_ARCHIVE"
unset QAMI_ARCHIVE
tiered "$two" permanent-restore-completed
gone "$file"
unarchive "$three"
# one whose bucket is gone goes as well
QAMI_ARCHIVE=cold2 archive "$three"
rm -r "$QAMI_STORE/buckets/cold2"
sql "DELETE FROM bucket WHERE name = 'cold2'"
! qami fsck >"$TMPDIR/out" || exit 1
has 'it is not in the archive' "$TMPDIR/out"
[ ! -e "$QAMI_STORE/buckets/cold2" ]
qami delete-snapshot --snapshot-id "$three"
gone "$QAMI_STORE/buckets/cold2"
qami fsck >"$TMPDIR/out"
same "$before" "$(blocks "$two")"

# AWS's quotas: 25 of a volume, 25 at a time
archive "$two"
five=$(snapshot_with e)
sql "WITH RECURSIVE n (i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n
	WHERE i < 34) INSERT INTO snapshot (id, owner, layer, volume, size,
	description, state, created, tier) SELECT 'snap-000000000000000' || i,
	owner, layer, 'vol-00000000000000001', 1, '', 'completed', 1, 'standard'
	FROM snapshot, n WHERE id = '$five'"
sql "INSERT INTO snapshot_tier (snapshot, status, started)
	SELECT id, 'archival-in-progress', 1 FROM snapshot
	WHERE volume = 'vol-00000000000000001'"
fails ResourceLimitExceeded qami $modify "$five"
has '25 snapshots are being archived' "$TMPDIR/err"
sql "UPDATE snapshot_tier SET status = 'archival-completed',
	object = (SELECT id FROM archive_object LIMIT 1)
	WHERE status = 'archival-in-progress';
	UPDATE snapshot SET volume = 'vol-00000000000000001'
	WHERE id = '$five'"
fails ResourceLimitExceeded qami $modify "$five"
has "25 snapshots of the volume 'vol-00000000000000001'" "$TMPDIR/err"
sql "DELETE FROM snapshot_tier WHERE snapshot LIKE 'snap-0000000000000001%'"
archive "$five"
