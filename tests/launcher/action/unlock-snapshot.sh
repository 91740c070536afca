#!/bin/sh
# unlock-snapshot - a lock in governance mode, or one that cools off yet
. tests/lib.sh
. tests/snapshot.sh

snap=$(snap "$(volume --size 1)")
lock()
{
	qami lock-snapshot --snapshot-id "$snap" --lock-duration 3 \
		--lock-mode "$@" >"$TMPDIR/answer"
}

fails IncorrectState qami unlock-snapshot --snapshot-id "$snap"
lock governance
dry qami unlock-snapshot --snapshot-id "$snap"
hidden "$snap" unlock-snapshot --snapshot-id "$snap"
qami modify-snapshot-attribute --snapshot-id "$snap" --user-ids 222222222222
fails AuthFailure as 222222222222 unlock-snapshot --snapshot-id "$snap"
fails OperationNotPermitted qami delete-snapshot --snapshot-id "$snap"
same "$snap" "$(qami unlock-snapshot --snapshot-id "$snap" | get SnapshotId)"
same '[]' "$(qami describe-locked-snapshots --query Snapshots)"
dry qami delete-snapshot --snapshot-id "$snap"

lock compliance --cool-off-period 1
qami unlock-snapshot --snapshot-id "$snap" >"$TMPDIR/answer"
dry qami delete-snapshot --snapshot-id "$snap"
lock compliance --cool-off-period 1
qami clock forward 1h >"$TMPDIR/clock"
fails OperationNotPermitted qami unlock-snapshot --snapshot-id "$snap"
fails OperationNotPermitted qami unlock-snapshot --snapshot-id "$snap" \
	--dry-run
fails OperationNotPermitted qami delete-snapshot --snapshot-id "$snap"

# what has expired may go from the list
qami clock forward 71h >"$TMPDIR/clock"
dry qami delete-snapshot --snapshot-id "$snap"
qami unlock-snapshot --snapshot-id "$snap" >"$TMPDIR/answer"
fails IncorrectState qami unlock-snapshot --snapshot-id "$snap"
fails InvalidSnapshot.NotFound qami unlock-snapshot \
	--snapshot-id snap-0fedcba9876543210
