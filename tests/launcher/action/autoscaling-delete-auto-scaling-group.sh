#!/bin/sh
# autoscaling delete-auto-scaling-group - without instances, or with them
# boots guests
. tests/lib.sh
. tests/scaling.sh

groups_here
template "ImageId=$(image alpha),InstanceType=t2.nano"
remove() { as_group delete-auto-scaling-group "$@"; }
fails ValidationError remove
new_group 1 0
fails ValidationError as 222222222222 autoscaling delete-auto-scaling-group \
	$group
remove
same 0 "$(sql 'SELECT count(*) FROM scaling_group')"
new_group 1 1
grows 60 1
guest=$(members)
fails ResourceInUse remove
sql "UPDATE scaling_activity SET state = 'InProgress'"
fails ScalingActivityInProgress remove
sql "UPDATE scaling_activity SET state = 'Successful' WHERE ended > 0"
# whatever is suspended
as_group suspend-processes
remove --force-delete
end=$(($(date +%s) + 120))
while [ "$(sql 'SELECT count(*) FROM scaling_group')" -gt 0 ]; do
	[ "$(date +%s)" -lt $end ]
	sleep 0.2
done
same terminated "$(state "$guest")"
# its job is over, and what it did is told
same 0 "$(sql "SELECT count(*) FROM op WHERE state = 'intent'")"
same 2 "$(qami autoscaling describe-scaling-activities \
	--include-deleted-groups --query 'length(Activities)')"
