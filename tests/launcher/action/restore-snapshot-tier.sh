#!/bin/sh
# takes long
# restore-snapshot-tier - for some days and for good, after a while, with a key;
# and what comes of an object that is not what it was
. tests/lib.sh
. tests/stored.sh
. tests/tier.sh

restore='restore-snapshot-tier --snapshot-id'

snap=$(snapshot_with a b)
before=$(blocks "$snap")
fails IncorrectState qami $restore "$snap"
archive "$snap"
object=$(object_of "$snap")

# who may not, and what is refused
fails InvalidSnapshot.NotFound qami $restore snap-0fedcba9876543210
hidden "$snap" $restore "$snap"
for days in 0 -1 181; do
	fails InvalidParameterValue qami $restore "$snap" \
		--temporary-restore-days=$days
done
fails InvalidParameterCombination qami $restore "$snap" --permanent-restore \
	--temporary-restore-days 1
QAMI_ARCHIVE_DELAY=73 fails Unavailable qami $restore "$snap"
QAMI_ARCHIVE_DELAY=2h fails Unavailable qami $restore "$snap"
dry qami $restore "$snap"
same archival-completed "$(tier_says "$snap" LastTieringOperationStatus)"

# for a day, when nothing is said
qami $restore "$snap" >"$TMPDIR/out"
same 1 "$(get RestoreDuration <"$TMPDIR/out")"
same False "$(get IsPermanentRestore <"$TMPDIR/out")"
grep -q '"RestoreStartTime": "20' "$TMPDIR/out"
tests/shape RestoreSnapshotTier "$TMPDIR/out"
tiered "$snap" temporary-restore-completed
same standard "$(tier_says "$snap" StorageTier)"
same "$(tier_says "$snap" RestoreExpiryTime)" "$(qami describe-snapshots \
	--snapshot-ids "$snap" | get Snapshots.0.RestoreExpiryTime)"
qami describe-snapshots --snapshot-ids "$snap" >"$TMPDIR/out"
tests/shape DescribeSnapshots "$TMPDIR/out" CompletionTime \
	FullSnapshotSizeInBytes
same "$before" "$(blocks "$snap")"
[ -e "$object" ]
qami fsck --deep >"$TMPDIR/out"
grep -q 'not hashed' "$TMPDIR/out" && exit 1
qami modify-snapshot-attribute --snapshot-id "$snap" \
	--create-volume-permission 'Add=[{UserId=222222222222}]'
fails AuthFailure as 222222222222 $restore "$snap"

# longer, or shorter, from now on
left()
{
	sql "SELECT (expires - started) / 86400000000 FROM snapshot_tier
		WHERE snapshot = '$snap'"
}
qami $restore "$snap" --temporary-restore-days 180 >"$TMPDIR/out"
same 180 "$(left)"
qami $restore "$snap" --temporary-restore-days 2 >"$TMPDIR/out"
same 2 "$(left)"

# when the days are over it goes back; a volume of it stays, an image keeps it
vol=$(qami create-volume --availability-zone us-east-1a \
	--snapshot-id "$snap" | get VolumeId)
ami=$(qami register-image --name over --root-device-name /dev/sda1 \
	--block-device-mappings \
	"DeviceName=/dev/sda1,Ebs={SnapshotId=$snap}" | get ImageId)
qami clock forward 47h >"$TMPDIR/out"
same standard "$(tier_says "$snap" StorageTier)"
qami clock forward 1h >"$TMPDIR/out"
qami create-tags --resources "$snap" --tags Key=a,Value=b
same standard "$(tier_says "$snap" StorageTier)"
qami disable-image --image-id "$ami" >"$TMPDIR/out"
qami create-tags --resources "$snap" --tags Key=a,Value=c
same archive "$(tier_says "$snap" StorageTier)"
same archival-completed "$(tier_says "$snap" LastTieringOperationStatus)"
same - "$(tier_says "$snap" RestoreExpiryTime)"
same 0 "$(sql "SELECT count(*) FROM snapshot_permission")"
fails IncorrectState qami create-volume --availability-zone us-east-1a \
	--snapshot-id "$snap"
again=$(qami create-snapshot --volume-id "$vol" | get SnapshotId)
same "$before" "$(blocks "$again")"
qami delete-volume --volume-id "$vol"
qami delete-snapshot --snapshot-id "$again"

# an image takes one that is restored for good; then nothing is in the archive
unarchive "$snap" 5
fails IncorrectState qami enable-image --image-id "$ami"
qami $restore "$snap" --permanent-restore >"$TMPDIR/out"
same True "$(get IsPermanentRestore <"$TMPDIR/out")"
same permanent-restore-completed \
	"$(tier_says "$snap" LastTieringOperationStatus)"
gone "$object"
qami enable-image --image-id "$ami" >"$TMPDIR/out"
same "$before" "$(blocks "$snap")"
qami deregister-image --image-id "$ami"

# back by hand, at once
archive "$snap"
object=$(object_of "$snap")
unarchive "$snap" 5
archive "$snap"
same "$object" "$(object_of "$snap")"

# it takes a while where that is wanted: then it is on its way
QAMI_ARCHIVE_DELAY=48 qami $restore "$snap" --permanent-restore >"$TMPDIR/out"
same permanent-restore-in-progress \
	"$(tier_says "$snap" LastTieringOperationStatus)"
fails IncorrectState qami $restore "$snap"
fails IncorrectState qami modify-snapshot-tier --snapshot-id "$snap"
same 172800 "$(sql "SELECT (date - started) / 1000000 FROM op,
	snapshot_tier WHERE kind = 'unarchive' AND state = 'intent'")"
qami clock forward 48h >/dev/null
tiered "$snap" permanent-restore-completed
gone "$object"
same "$before" "$(blocks "$snap")"

# of an object that was cut short, altered, replaced or taken away nothing is
# restored, and the snapshot stays archived
archive "$snap"
object=$(object_of "$snap")
cp "$object" "$TMPDIR/object"
# not_restored TEXT - what is said of it
not_restored()
{
	qami $restore "$snap" --permanent-restore >"$TMPDIR/out"
	tiered "$snap" permanent-restore-failed
	tier_says "$snap" LastTieringOperationStatusDetail >"$TMPDIR/why"
	has "$1" "$TMPDIR/why"
	same archive "$(tier_says "$snap" StorageTier)"
	qami fsck --deep >"$TMPDIR/out" && exit 1
	same '' "$(ls "$QAMI_STORE/layers")$(ls "$QAMI_STORE/digests")"
	cp "$TMPDIR/object" "$object"
}
truncate -s -1 "$object"
not_restored 'is not what was archived'
printf x | dd of="$object" bs=1 seek=180 conv=notrunc status=none
not_restored 'InvalidParameterValue: '
rm "$object"
not_restored 'cannot be opened'
unarchive "$(snapshot_with z)" 2>"$TMPDIR/err" && exit 1
other=$(qami snaps -q | tail -n 1)
archive "$other"
cp "$(object_of "$other")" "$object"
qami $restore "$snap" >"$TMPDIR/out"
tiered "$snap" temporary-restore-failed
cp "$TMPDIR/object" "$object"
qami delete-snapshot --snapshot-id "$other"
unarchive "$snap"
same "$before" "$(blocks "$snap")"

# a store that is moved has its archive along
archive "$snap"
mv "$QAMI_STORE" "$TMPDIR/moved"
QAMI_STORE=$TMPDIR/moved
export QAMI_STORE
unarchive "$snap"
same "$before" "$(blocks "$snap")"

# sealed: no byte in clear, and no key, no snapshot
key=$(qami kms create-key --query KeyMetadata.KeyId --output text)
sealed=$(qami copy-snapshot --source-snapshot-id "$snap" --encrypted \
	--kms-key-id "$key" --source-region us-east-1 | get SnapshotId)
qami wait snapshot-completed --snapshot-ids "$sealed"
archive "$sealed"
object=$(object_of "$sealed")
! grep -qaF aaaaaaaaaaaaaaaa "$object" || exit 1
same "$(printf '\0\0\0\4')" "$(dd if="$object" bs=1 skip=8 count=4 status=none)"
qami kms disable --key-id "$key"
fails InvalidKMSKey.InvalidState qami $restore "$sealed"
qami kms enable --key-id "$key"
qami gc >"$TMPDIR/out" # its disk key stays
unarchive "$sealed" 1
same "$before" "$(blocks "$sealed")"
same True "$(qami describe-snapshots --snapshot-ids "$sealed" |
	get Snapshots.0.Encrypted)"
qami fsck --deep >"$TMPDIR/out"
! grep -rqaF aaaaaaaaaaaaaaaa "$object" "$QAMI_STORE/layers/$(sql "SELECT layer
	FROM snapshot WHERE id = '$sealed'")" || exit 1
archive "$sealed"
qami $restore "$sealed" >"$TMPDIR/out"
tiered "$sealed" temporary-restore-completed
archive "$sealed"

# in the recycle bin it stays archived, and comes back so; for good its object
# goes, and the disk key with it
qami rbin create-rule --resource-type EBS_SNAPSHOT --retention-period \
	RetentionPeriodValue=1,RetentionPeriodUnit=DAYS --query Identifier \
	--output text >"$TMPDIR/rule"
object=$(object_of "$sealed")
qami delete-snapshot --snapshot-id "$sealed"
fails InvalidSnapshot.NotFound qami $restore "$sealed"
qami restore-snapshot-from-recycle-bin --snapshot-id "$sealed" >"$TMPDIR/out"
same archive "$(tier_says "$sealed" StorageTier)"
qami snaps | grep "$sealed" | grep -q archived
QAMI_ARCHIVE_DELAY=1 qami $restore "$sealed" --permanent-restore >"$TMPDIR/out"
qami delete-snapshot --snapshot-id "$sealed"
qami clock forward 1h >"$TMPDIR/out"
qami snaps >"$TMPDIR/out"
gone "$object"
qami restore-snapshot-from-recycle-bin --snapshot-id "$sealed" >"$TMPDIR/out"
same "$before" "$(blocks "$sealed")"
archive "$sealed"
object=$(object_of "$sealed")
qami delete-snapshot --snapshot-id "$sealed"
qami clock forward 25h >"$TMPDIR/out"
qami snaps >"$TMPDIR/out"
gone "$object"
same 0 "$(sql 'SELECT count(*) FROM disk_key WHERE id NOT IN
	(SELECT disk_key FROM layer WHERE disk_key NOT NULL)')"
qami fsck --deep >"$TMPDIR/out"
qami rbin delete-rule --identifier "$(cat "$TMPDIR/rule")"
sealed=$snap
[ "$(tier_says "$snap" StorageTier)" = archive ] || archive "$snap"
two=$(snapshot_with x)
archive "$two"

# the quota: five at a time
sql "UPDATE snapshot_tier SET status = 'permanent-restore-in-progress'
	WHERE snapshot <> '$sealed'"
sql "WITH RECURSIVE n (i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n
	WHERE i < 13) INSERT INTO snapshot (id, owner, layer, volume, size,
	description, state, created, tier) SELECT 'snap-000000000000000' || i,
	owner, NULL, 'vol-00000000000000001', 1, '', 'completed', 1, 'archive'
	FROM snapshot, n WHERE id = '$sealed'"
sql "INSERT INTO snapshot_tier (snapshot, status, started)
	SELECT id, 'temporary-restore-in-progress', 1 FROM snapshot
	WHERE volume = 'vol-00000000000000001'"
fails ResourceLimitExceeded qami $restore "$sealed"
sql "DELETE FROM snapshot_tier WHERE snapshot = 'snap-00000000000000010'"
unarchive "$sealed"
