#!/bin/sh
# restore-snapshot-from-recycle-bin - with its bytes, its tags and its shares
. tests/lib.sh
. tests/snapshot.sh
. tests/stored.sh
. tests/tier.sh
. tests/rbin.sh

rule EBS_SNAPSHOT 7 >"$TMPDIR/id"
vol=$(volume --size 1)
put "$vol" 0x11 1
snap=$(snap "$vol" --description first)
put "$vol" 0x22 1
qami create-tags --resources "$snap" --tags Key=Name,Value=n
qami modify-snapshot-attribute --snapshot-id "$snap" --user-ids 222222222222
qami modify-snapshot-attribute --snapshot-id "$snap" --group-names all --force
qami describe-snapshots --snapshot-ids "$snap" >"$TMPDIR/before"
qami delete-snapshot --snapshot-id "$snap"
fails InvalidSnapshot.NotFound qami restore-snapshot-from-recycle-bin \
	--snapshot-id snap-0fedcba9876543210
dry qami restore-snapshot-from-recycle-bin --snapshot-id "$snap"
hidden "$snap" restore-snapshot-from-recycle-bin --snapshot-id "$snap"
same "$snap" "$(binned snapshots)"

# nothing of it went meanwhile
settled
qami gc >"$TMPDIR/gc"
qami restore-snapshot-from-recycle-bin --snapshot-id "$snap" >"$TMPDIR/answer"
for pair in SnapshotId="$snap" Description=first Encrypted=False \
	OwnerId=123456789012 State=completed Progress=100% VolumeId="$vol" \
	VolumeSize=1; do
	same "$pair" "${pair%%=*}=$(get "${pair%%=*}" <"$TMPDIR/answer")"
done
same '' "$(binned snapshots)"
qami describe-snapshots --snapshot-ids "$snap" >"$TMPDIR/after"
cmp "$TMPDIR/before" "$TMPDIR/after"
same 1 "$(qami describe-tags --query 'length(Tags)')"
same '[{"UserId": "222222222222"}, {"Group": "all"}]' "$(
	qami describe-snapshot-attribute --snapshot-id "$snap" \
	--attribute createVolumePermission | get CreateVolumePermissions)"
holds "$snap" 0x11 1
fails InvalidSnapshot.NotFound qami restore-snapshot-from-recycle-bin \
	--snapshot-id "$snap"

# the public is not let in again where the account has ruled that out
qami delete-snapshot --snapshot-id "$snap"
qami enable-snapshot-block-public-access --state block-new-sharing \
	>"$TMPDIR/answer"
qami restore-snapshot-from-recycle-bin --snapshot-id "$snap" >"$TMPDIR/answer"
same '[{"UserId": "222222222222"}]' "$(
	qami describe-snapshot-attribute --snapshot-id "$snap" \
	--attribute createVolumePermission | get CreateVolumePermissions)"

# an archived one is there as such, and one that was restored for some days goes
# back on its day, in the bin or not
cold=$(snapshot_with a)
bin_and_back()
{
	qami delete-snapshot --snapshot-id "$cold"
	same '[]' "$(qami describe-snapshot-tier-status --query SnapshotTierStatuses \
		--filters "Name=snapshot-id,Values=$cold")"
	[ $# -eq 0 ] || qami clock forward "$@" >"$TMPDIR/clock"
	qami gc >"$TMPDIR/gc"
	qami restore-snapshot-from-recycle-bin --snapshot-id "$cold" \
		>"$TMPDIR/answer"
}
before=$(blocks "$cold")
archive "$cold"
bin_and_back
same archive "$(tier_says "$cold" StorageTier)"
qami restore-snapshot-tier --snapshot-id "$cold" >"$TMPDIR/answer"
tiered "$cold" temporary-restore-completed
bin_and_back 25h
same archive "$(tier_says "$cold" StorageTier)"
qami restore-snapshot-tier --snapshot-id "$cold" --permanent-restore \
	>"$TMPDIR/answer"
tiered "$cold" permanent-restore-completed
same "$before" "$(blocks "$cold")"

# not when its time is over, even if nobody came to delete it
qami delete-snapshot --snapshot-id "$snap"
sql 'UPDATE snapshot SET bin_until = 1 WHERE bin_until IS NOT NULL'
fails InvalidSnapshot.NotFound qami restore-snapshot-from-recycle-bin \
	--snapshot-id "$snap"
