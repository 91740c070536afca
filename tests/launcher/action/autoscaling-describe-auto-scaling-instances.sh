#!/bin/sh
# autoscaling describe-auto-scaling-instances - whose, and how they are
# boots guests
. tests/lib.sh
. tests/scaling.sh

groups_here
ami=$(image alpha)
template "ImageId=$ami,InstanceType=t2.nano"
new_group 2 2
grows 60 2
list() { qami autoscaling describe-auto-scaling-instances "$@"; }
one=$(members | head -n 1)
alone=$(launch "$ami" --instance-type t2.nano)
same "$(members)" "$(list --output text \
	--query 'AutoScalingInstances[].[InstanceId]')"
list --instance-ids "$one" "$alone" i-0fedcba9876543210 >"$TMPDIR/one"
same "$one" "$(get AutoScalingInstances.0.InstanceId <"$TMPDIR/one")"
same 1 "$(grep -c InstanceId "$TMPDIR/one")"
for pair in AutoScalingGroupName=web LifecycleState=InService \
	HealthStatus=HEALTHY LaunchTemplate.Version=1 \
	InstanceType=t2.nano AvailabilityZone=us-east-1a; do
	same "${pair#*=}" \
		"$(get "AutoScalingInstances.0.${pair%%=*}" <"$TMPDIR/one")"
done
same '[]' "$(as 222222222222 autoscaling describe-auto-scaling-instances |
	get AutoScalingInstances)"
token=$(list --max-records 1 | get NextToken)
same "$(members | tail -n 1)" "$(list --max-records 1 --next-token "$token" |
	get AutoScalingInstances.0.InstanceId)"
fails InvalidNextToken list --next-token "$token" --instance-ids "$one"
fails ValidationError list --instance-ids nonsense
as_group suspend-processes --scaling-processes ReplaceUnhealthy
qami stop --force "$one" >/dev/null
same UNHEALTHY "$(list --instance-ids "$one" |
	get AutoScalingInstances.0.HealthStatus)"
