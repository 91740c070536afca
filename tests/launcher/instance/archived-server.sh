#!/bin/sh
# An archive on an S3 server: there and back, sealed; while the server is away
# what is under way waits for it, and fsck says so without a fault
. tests/lib.sh
. tests/stored.sh
. tests/tier.sh
. tests/server.sh
s3_setup
s3_start

export QAMI_ARCHIVE=s3://cold/deep
plain=$(snapshot_with a b)
before=$(blocks "$plain")
snap=$(qami copy-snapshot --source-snapshot-id "$plain" --encrypted \
	--source-region us-east-1 | get SnapshotId)
qami wait snapshot-completed --snapshot-ids "$snap"
archive "$plain"
archive "$snap"
same '' "$(ls "$QAMI_STORE/layers")$(ls "$QAMI_STORE/archive")"
qami fsck --deep >"$TMPDIR/out"
! grep -raqF aaaaaaaaaaaaaaaa "$TMPDIR/s3" "$QAMI_STORE" || exit 1

s3_stop
qami fsck --deep >"$TMPDIR/out"
grep -q '^arc-' "$TMPDIR/out"
has ' 0 faults' "$TMPDIR/out"
qami restore-snapshot-tier --snapshot-id "$snap" >"$TMPDIR/out"
three=$(snapshot_with c)
qami modify-snapshot-tier --snapshot-id "$three" >"$TMPDIR/out"
sleep 1
same temporary-restore-in-progress \
	"$(tier_says "$snap" LastTieringOperationStatus)"
same standard "$(tier_says "$three" StorageTier)"

s3_start
tiered "$snap" temporary-restore-completed
tiered "$three" archival-completed
same '' "$(ls "$QAMI_STORE/archive")"
unset QAMI_ARCHIVE
unarchive "$snap"
unarchive "$plain"
unarchive "$three"
same "$before" "$(blocks "$snap")"
same "$before" "$(blocks "$plain")"
s3_stop
