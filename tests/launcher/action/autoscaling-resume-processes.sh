#!/bin/sh
# autoscaling resume-processes - what was suspended is done again
# boots guests
. tests/lib.sh
. tests/scaling.sh

groups_here
template "ImageId=$(image alpha),InstanceType=t2.nano"
new_group 1 0
as_group suspend-processes
as_group set-desired-capacity --desired-capacity 1
fails ValidationError as_group resume-processes --scaling-processes Sleep
fails ValidationError qami autoscaling resume-processes \
	--auto-scaling-group-name nobody
fails ValidationError as 222222222222 autoscaling resume-processes $group
as_group resume-processes --scaling-processes Terminate AZRebalance
same 7 "$(qami autoscaling describe-auto-scaling-groups \
	--query 'length(AutoScalingGroups[0].SuspendedProcesses)')"
sleep 3
is_at 0
as_group resume-processes
grows 60 1
