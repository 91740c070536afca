#!/bin/sh
# autoscaling start-instance-refresh - another image, a few at a time
# boots guests
. tests/lib.sh
. tests/scaling.sh

groups_here
old=$(image alpha)
new=$(image beta)
template "ImageId=$old,InstanceType=t2.nano"
new_group 3 2
refresh() { as_group start-instance-refresh "$@"; }
fails ValidationError refresh --preferences MinHealthyPercentage=101
fails ValidationError refresh --preferences InstanceWarmup=-1
fails ValidationError refresh --strategy ReplaceRootVolume
fails ValidationError refresh --preferences ScaleInProtectedInstances=Wait
to() { echo "LaunchTemplate={LaunchTemplateName=web,Version=$1}"; }
fails ValidationError refresh --desired-configuration "$(to 2)"
fails ValidationError qami autoscaling start-instance-refresh \
	--auto-scaling-group-name nobody
fails ValidationError as 222222222222 autoscaling start-instance-refresh $group

grows 60 2
template "ImageId=$new,InstanceType=t2.nano"
first=$(members)
refresh --desired-configuration "$(to 2)" >"$TMPDIR/refresh"
id=$(get InstanceRefreshId <"$TMPDIR/refresh")
fails InstanceRefreshInProgress refresh
# never more than are desired, nor fewer than one
while now=$(as_group describe-instance-refreshes --output text \
	--query 'InstanceRefreshes[0].Status'); [ "$now" != Successful ]; do
	count=$(sql "SELECT count(*) FROM instance
		WHERE state IN ('pending', 'running')")
	[ "$count" -le 2 ]
	[ "$(members | wc -l)" -ge 1 ]
	[ "$now" = InProgress ] || [ "$now" = Pending ]
	sleep 0.1
done
grows 60 2
same "$new" "$(sql "SELECT DISTINCT image FROM instance
	WHERE state = 'running'")"
for one in $first; do
	same terminated "$(state "$one")"
done
as_group describe-instance-refreshes >"$TMPDIR/refreshes"
for pair in InstanceRefreshId="$id" PercentageComplete=100 InstancesToUpdate=0 \
	Preferences.MinHealthyPercentage=90 \
	DesiredConfiguration.LaunchTemplate.Version=2; do
	same "${pair#*=}" \
		"$(get "InstanceRefreshes.0.${pair%%=*}" <"$TMPDIR/refreshes")"
done
# what it brought is the group's now
same 2 "$(qami autoscaling describe-auto-scaling-groups |
	get AutoScalingGroups.0.LaunchTemplate.Version)"

# who matches may stay
second=$(members)
refresh --preferences SkipMatching=true >"$TMPDIR/refresh"
refreshes 30 Successful
same "$second" "$(members)"

# a new one counts when it is warm, by the store's clock
refresh --preferences InstanceWarmup=3600 >"$TMPDIR/refresh"
one=$(echo "$second" | head -n 1) other=$(echo "$second" | tail -n 1)
end=$(($(date +%s) + 120))
while members | grep -q "$one" || ! is_at 2; do
	[ "$(date +%s)" -lt $end ]
	sleep 0.2
done
members | grep -q "$other"
qami clock forward 1h >"$TMPDIR/clock"
end=$(($(date +%s) + 120))
while members | grep -q "$other" || ! is_at 2; do
	[ "$(date +%s)" -lt $end ]
	sleep 0.2
done
same InProgress "$(as_group describe-instance-refreshes |
	get InstanceRefreshes.0.Status)"
qami clock forward 1h >"$TMPDIR/clock"
refreshes 30 Successful

# a group that is going takes none
sql 'UPDATE scaling_group SET deleting = 1'
fails ScalingActivityInProgress refresh
sql 'UPDATE scaling_group SET deleting = 0'
