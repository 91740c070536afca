#!/bin/sh
# describe-locked-snapshots - one's own that are or were locked, by their states
. tests/lib.sh
. tests/snapshot.sh

vol=$(volume --size 1)
for n in 1 2 3 4 5 6; do
	eval "s$n=$(snap "$vol")"
	eval "id=\$s$n"
	set -- governance
	[ "$n" -lt 3 ] || set -- compliance --cool-off-period 5
	[ "$n" -lt 4 ] || set -- compliance
	qami lock-snapshot --snapshot-id "$id" --lock-duration "$n" \
		--lock-mode "$@" >"$TMPDIR/answer"
done
snap "$vol" >"$TMPDIR/answer"
sql "UPDATE snapshot_lock SET created = 1 WHERE snapshot = '$s2';
	UPDATE snapshot SET completed = 1 WHERE id = '$s2'"

qami describe-locked-snapshots >"$TMPDIR/all"
same 'governance expired compliance-cooloff compliance compliance compliance' \
	"$(qami describe-locked-snapshots --output text \
	--query 'Snapshots[].LockState' | tr '\t' ' ')"
for pair in OwnerId=123456789012 SnapshotId="$s3" LockDuration=3 \
	CoolOffPeriod=5; do
	same "$pair" \
		"${pair%%=*}=$(get "Snapshots.2.${pair%%=*}" <"$TMPDIR/all")"
done
for name in CoolOffPeriodExpiresOn LockCreatedOn LockDurationStartTime \
	LockExpiresOn; do
	get "Snapshots.2.$name" <"$TMPDIR/all" | grep -q ^20
done
finds 3 describe-locked-snapshots lock-state=compliance
finds 4 describe-locked-snapshots 'lock-state=compliance*'
finds 2 describe-locked-snapshots lock-state=governance,expired
fails InvalidParameterValue qami describe-locked-snapshots --filters \
	Name=colour,Values=red

# pages, ids, strangers
token=$(qami describe-locked-snapshots --max-results 5 | get NextToken)
same "$s6" "$(qami describe-locked-snapshots --max-results 5 \
	--next-token "$token" --output text --query 'Snapshots[].SnapshotId')"
fails InvalidNextToken qami describe-locked-snapshots --next-token "$token" \
	--filters Name=lock-state,Values=expired
same "$s1" "$(qami describe-locked-snapshots --snapshot-ids "$s1" |
	get Snapshots.0.SnapshotId)"
fails InvalidSnapshot.NotFound qami describe-locked-snapshots \
	--snapshot-ids "$s1" snap-0fedcba9876543210
hidden "$s1" describe-locked-snapshots --snapshot-ids "$s1"
qami modify-snapshot-attribute --snapshot-id "$s1" --user-ids 222222222222
same '[]' "$(as 222222222222 describe-locked-snapshots --query Snapshots)"
dry qami describe-locked-snapshots
fails AuthFailure as 222222222222 describe-locked-snapshots \
	--snapshot-ids "$s1"

# one that has expired and is in the recycle bin is hidden there
qami rbin create-rule --resource-type EBS_SNAPSHOT --retention-period \
	RetentionPeriodValue=1,RetentionPeriodUnit=DAYS >"$TMPDIR/answer"
qami delete-snapshot --snapshot-id "$s2"
finds 0 describe-locked-snapshots lock-state=expired
fails InvalidSnapshot.NotFound qami describe-locked-snapshots \
	--snapshot-ids "$s2"
qami restore-snapshot-from-recycle-bin --snapshot-id "$s2" >"$TMPDIR/answer"
finds 1 describe-locked-snapshots lock-state=expired
