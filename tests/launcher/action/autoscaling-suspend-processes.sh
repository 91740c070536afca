#!/bin/sh
# autoscaling suspend-processes - by name, or all
. tests/lib.sh
. tests/scaling.sh

template "ImageId=$(image alpha),InstanceType=t2.nano"
new_group 1 0
suspend() { as_group suspend-processes "$@"; }
fails ValidationError suspend --scaling-processes Sleep
fails ValidationError qami autoscaling suspend-processes \
	--auto-scaling-group-name nobody
fails ValidationError as 222222222222 autoscaling suspend-processes $group

# are - the names of what is suspended
are()
{
	qami autoscaling describe-auto-scaling-groups --output text --query \
		'AutoScalingGroups[0].SuspendedProcesses[].ProcessName' |
		tr '\t' ' '
}
same '' "$(are)"
suspend --scaling-processes Launch HealthCheck
same 'Launch HealthCheck' "$(are)"
suspend --scaling-processes Terminate Launch
same 'Launch Terminate HealthCheck' "$(are)"
suspend
same 9 "$(are | wc -w)"
as_group delete-auto-scaling-group
