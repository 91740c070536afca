#!/bin/sh
# autoscaling set-desired-capacity - more, fewer, and not while it cools down
# boots guests
. tests/lib.sh
. tests/scaling.sh

groups_here
template "ImageId=$(image alpha),InstanceType=t2.nano"
new_group 2 0
desire() { as_group set-desired-capacity --desired-capacity "$@"; }
fails ValidationError desire 3
fails ValidationError desire -1
fails ValidationError qami autoscaling set-desired-capacity \
	--auto-scaling-group-name nobody --desired-capacity 0
fails ValidationError as 222222222222 autoscaling set-desired-capacity $group \
	--desired-capacity 1

desire 2 --honor-cooldown
grows 60 2
fails ScalingActivityInProgress desire 1 --honor-cooldown
qami clock freeze >"$TMPDIR/clock"
qami clock forward 250s >"$TMPDIR/clock"
fails ScalingActivityInProgress desire 1 --honor-cooldown
qami clock forward 50s >"$TMPDIR/clock"
first=$(members | head -n 1)
desire 1 --honor-cooldown
grows 60 1
# a wait is over when the clock is set back to before it began
fails ScalingActivityInProgress desire 2 --honor-cooldown
qami clock set "$(date -d '1 year ago' +%FT%TZ)" >"$TMPDIR/clock"
qami autoscaling describe-auto-scaling-groups >"$TMPDIR/clock"
desire 1 --honor-cooldown
# the oldest has gone, and really
[ "$(members)" != "$first" ]
same terminated "$(state "$first")"
same 'shrinking the capacity.' "$(qami autoscaling describe-scaling-activities \
	--query 'Activities[0].Cause' --output text | grep -o 'shrinking.*')"
