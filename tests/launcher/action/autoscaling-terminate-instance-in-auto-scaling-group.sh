#!/bin/sh
# autoscaling terminate-instance-in-auto-scaling-group - with and without
# another one in its place
# boots guests
. tests/lib.sh
. tests/scaling.sh

groups_here
template "ImageId=$(image alpha),InstanceType=t2.nano"
new_group 1 1
grows 60 1
end() { qami autoscaling terminate-instance-in-auto-scaling-group "$@"; }
more=--no-should-decrement-desired-capacity
less=--should-decrement-desired-capacity
fails ValidationError end --instance-id i-0fedcba9876543210 $more
fails ValidationError end --instance-id i-1 $more
one=$(members)
fails ValidationError as 222222222222 autoscaling \
	terminate-instance-in-auto-scaling-group --instance-id "$one" $more
hidden "$one" autoscaling terminate-instance-in-auto-scaling-group $more \
	--instance-id "$one"

as_group suspend-processes --scaling-processes Launch
# one that is on its way out cannot be asked twice
sql "UPDATE scaling_member SET state = 'Terminating'"
fails ScalingActivityInProgress end --instance-id "$one" $more
sql "UPDATE scaling_member SET state = 'InService'"
end --instance-id "$one" $more >"$TMPDIR/activity"
same "Terminating EC2 instance: $one" \
	"$(get Activity.Description <"$TMPDIR/activity")"
same InProgress "$(get Activity.StatusCode <"$TMPDIR/activity")"
grows 60 0
as_group resume-processes
grows 60 1
two=$(members)
[ "$one" != "$two" ]
end --instance-id "$two" $less >"$TMPDIR/activity"
grows 60 0
same 0 "$(qami autoscaling describe-auto-scaling-groups |
	get AutoScalingGroups.0.DesiredCapacity)"
as_group update-auto-scaling-group --min-size 1
grows 60 1
fails ValidationError end --instance-id "$(members)" $less
