#!/bin/sh
# autoscaling describe-scaling-activities - what was done, and what failed
# boots guests
. tests/lib.sh
. tests/scaling.sh

groups_here
ami=$(image alpha)
template "ImageId=$ami,InstanceType=t2.nano"
list() { qami autoscaling describe-scaling-activities "$@"; }
fails ValidationError list $group
new_group 2 1
grows 60 1
list $group >"$TMPDIR/one"
for pair in StatusCode=Successful Progress=100 AutoScalingGroupName=web \
	"Description=Launching a new EC2 instance: $(members)"; do
	same "${pair#*=}" "$(get "Activities.0.${pair%%=*}" <"$TMPDIR/one")"
done
id=$(get Activities.0.ActivityId <"$TMPDIR/one")

# the image has gone: that fails, says why, and is not tried at once
qami deregister-image --image-id "$ami"
as_group set-desired-capacity --desired-capacity 2
end=$(($(date +%s) + 120))
while [ "$(list --query 'length(Activities)')" -lt 2 ] ||
	[ "$(list | get Activities.0.StatusCode)" = InProgress ]; do
	[ "$(date +%s)" -lt $end ]
	sleep 0.2
done
same Failed "$(list | get Activities.0.StatusCode)"
list | get Activities.0.StatusMessage | grep -q InvalidAMIID.Unavailable
same 1 "$(sql 'SELECT failures FROM scaling_group')"
[ "$(sql 'SELECT again > created FROM scaling_group')" = 1 ]
sleep 3
same 2 "$(list --query 'length(Activities)')"
as_group set-desired-capacity --desired-capacity 1

same "$id" "$(list --activity-ids "$id" --output text \
	--query 'Activities[].ActivityId')"
list --max-records 1 >"$TMPDIR/page"
same "$id" "$(list --max-records 1 --next-token "$(get NextToken \
	<"$TMPDIR/page")" | get Activities.0.ActivityId)"
fails InvalidNextToken list --next-token bm8gdG9rZW4=
fails ValidationError as 222222222222 autoscaling \
	describe-scaling-activities $group
same '[]' "$(as 222222222222 autoscaling describe-scaling-activities \
	--include-deleted-groups | get Activities)"
as_group delete-auto-scaling-group --force-delete
end_groups
same '[]' "$(list | get Activities)"
same 3 "$(list $group --include-deleted-groups --query 'length(Activities)')"
