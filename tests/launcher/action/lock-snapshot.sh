#!/bin/sh
# lock-snapshot - what is locked is not deleted on any way, until its time is
# over; and what may be changed of a lock in which of its states
. tests/lib.sh
. tests/snapshot.sh

vol=$(volume --size 1)
snap=$(snap "$vol")
lock()
{
	qami lock-snapshot --snapshot-id "$snap" --lock-mode "$@"
}

# hours HOURS - as much later
hours()
{
	qami clock forward "$1h" >"$TMPDIR/clock"
}

# after DURATION - what time it will be then
after()
{
	date -u -d "$(qami clock show -o json | get Time) + $1" +%FT%TZ
}

# one MEMBER - of the lock as it is listed
one()
{
	qami describe-locked-snapshots --snapshot-ids "$snap" |
		get "Snapshots.0.$1"
}

# what is out of range, and what does not go together
fails InvalidParameterCombination lock governance
fails InvalidParameterCombination lock governance --lock-duration 1 \
	--expiration-date 2099-01-01T00:00:00Z
fails InvalidParameterCombination lock governance --lock-duration 1 \
	--cool-off-period 1
fails InvalidParameterValue lock lenient --lock-duration 1
for days in 0 -1 36501; do
	fails InvalidParameterValue lock governance --lock-duration $days
done
for hours in 0 -1 73; do
	fails InvalidParameterValue lock compliance --lock-duration 1 \
		--cool-off-period $hours
done
for date in 2020-01-01T00:00:00Z 2199-01-01T00:00:00Z; do
	fails InvalidParameterValue lock governance --expiration-date $date
done
hidden "$snap" lock-snapshot --snapshot-id "$snap" --lock-mode governance \
	--lock-duration 1
qami modify-snapshot-attribute --snapshot-id "$snap" --user-ids 222222222222
fails AuthFailure as 222222222222 lock-snapshot --snapshot-id "$snap" \
	--lock-mode governance --lock-duration 1
dry lock governance --lock-duration 1
same '[]' "$(qami describe-locked-snapshots --query Snapshots)"

# governance: deleted on no way, but else of use
lock governance --lock-duration 3 >"$TMPDIR/answer"
for pair in SnapshotId="$snap" LockState=governance LockDuration=3; do
	same "$pair" "${pair%%=*}=$(get "${pair%%=*}" <"$TMPDIR/answer")"
done
same "$(get LockExpiresOn <"$TMPDIR/answer" | cut -c 1-19)" "$(date -u -d "$(
	get LockDurationStartTime <"$TMPDIR/answer") + 3 days" +%FT%T)"
fails OperationNotPermitted qami delete-snapshot --snapshot-id "$snap"
has "The snapshot '$snap' is locked in governance mode until 20" "$TMPDIR/err"
fails OperationNotPermitted qami delete-snapshot --snapshot-id "$snap" \
	--dry-run
qami delete-volume --volume-id "$(volume --snapshot-id "$snap")"
ami=$(qami register-image --name two --output text --block-device-mappings \
	"DeviceName=/dev/sda1,Ebs={SnapshotId=$snap}")
qami deregister-image --image-id "$ami" --delete-associated-snapshots \
	>"$TMPDIR/answer"
same '[{"SnapshotId": "'"$snap"'", "ReturnCode": "client-error"}]' \
	"$(get DeleteSnapshotResults <"$TMPDIR/answer")"
qami register-image --name two --block-device-mappings \
	"DeviceName=/dev/sda1,Ebs={SnapshotId=$snap}" >"$TMPDIR/answer"
qami rmi two
same completed "$(qami describe-snapshots --snapshot-ids "$snap" |
	get Snapshots.0.State)"

# it becomes shorter and longer, and a date instead; what would be over is none
lock governance --lock-duration 1 >"$TMPDIR/answer"
hours 23
same governance "$(one LockState)"
hours 1
same expired "$(one LockState)"
dry qami delete-snapshot --snapshot-id "$snap"
lock governance --lock-duration 2 >"$TMPDIR/answer"
hours 30
fails InvalidParameterValue lock governance --lock-duration 1
lock governance --expiration-date "$(after '36 hours')" >"$TMPDIR/answer"
same 3 "$(get LockDuration <"$TMPDIR/answer")"
hours 35
fails OperationNotPermitted qami delete-snapshot --snapshot-id "$snap"

# compliance that cools off: all may be changed yet, for 72 hours at the most
lock compliance --lock-duration 10 --cool-off-period 2 >"$TMPDIR/answer"
for pair in LockState=compliance-cooloff CoolOffPeriod=2; do
	same "$pair" "${pair%%=*}=$(get "${pair%%=*}" <"$TMPDIR/answer")"
done
fails OperationNotPermitted qami delete-snapshot --snapshot-id "$snap"
hours 1
same compliance-cooloff "$(one LockState)"
lock governance --lock-duration 9 >"$TMPDIR/answer"
same governance "$(one LockState)"
lock compliance --lock-duration 9 --cool-off-period 72 >"$TMPDIR/answer"
hours 71
lock compliance --lock-duration 8 --cool-off-period 72 >"$TMPDIR/answer"
same compliance-cooloff "$(one LockState)"
hours 1
same compliance "$(one LockState)"

# and then only for longer
fails OperationNotPermitted lock governance --lock-duration 80
fails OperationNotPermitted lock compliance --lock-duration 7
fails OperationNotPermitted lock compliance --lock-duration 80 \
	--cool-off-period 1
fails OperationNotPermitted lock compliance --expiration-date \
	"$(after '1 day')"
fails OperationNotPermitted lock compliance --lock-duration 7 --dry-run
lock compliance --lock-duration 12 >"$TMPDIR/answer"
for pair in LockState=compliance LockDuration=12 CoolOffPeriod=72; do
	same "$pair" "${pair%%=*}=$(get "${pair%%=*}" <"$TMPDIR/answer")"
done
hours $((12 * 24 - 140))
fails OperationNotPermitted qami delete-snapshot --snapshot-id "$snap"
hours 140
same expired "$(one LockState)"
qami delete-snapshot --snapshot-id "$snap"
same 0 "$(sql 'SELECT count(*) FROM snapshot_lock')"

# compliance at once
snap=$(snap "$vol")
lock compliance --lock-duration 1 >"$TMPDIR/answer"
same compliance "$(get LockState <"$TMPDIR/answer")"

# a pending one is locked, and its time begins when it completes
snap=$(snap "$vol")
sql "UPDATE snapshot SET state = 'pending', completed = NULL
	WHERE id = '$snap'"
lock governance --lock-duration 1 >"$TMPDIR/answer"
same 0 "$(grep -c 'LockExpiresOn\|StartTime' "$TMPDIR/answer")"
hours 48
same governance "$(one LockState)"
fails OperationNotPermitted qami delete-snapshot --snapshot-id "$snap"
sql "UPDATE snapshot SET state = 'completed', completed =
	1000000 * unixepoch('$(after '0 days')') WHERE id = '$snap'"
same governance "$(one LockState)"
hours 24
same expired "$(one LockState)"
sql "UPDATE snapshot SET state = 'pending', deleting = 1 WHERE id = '$snap'"
fails IncorrectState lock governance --lock-duration 1
sql "UPDATE snapshot SET state = 'error', deleting = 0 WHERE id = '$snap'"
fails IncorrectState lock governance --lock-duration 1
fails InvalidSnapshot.NotFound qami lock-snapshot --lock-mode governance \
	--snapshot-id snap-0fedcba9876543210 --lock-duration 1
