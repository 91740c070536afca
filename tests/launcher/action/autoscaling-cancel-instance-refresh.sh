#!/bin/sh
# autoscaling cancel-instance-refresh - it ends where it is
# boots guests
. tests/lib.sh
. tests/scaling.sh

groups_here
template "ImageId=$(image alpha),InstanceType=t2.nano"
new_group 2 2
fails ActiveInstanceRefreshNotFound as_group cancel-instance-refresh
fails ValidationError qami autoscaling cancel-instance-refresh \
	--auto-scaling-group-name nobody
fails ValidationError as 222222222222 autoscaling cancel-instance-refresh $group
grows 60 2
first=$(members)
# the first new one is never warm enough for a second
id=$(as_group start-instance-refresh --preferences InstanceWarmup=86400 |
	get InstanceRefreshId)
end=$(($(date +%s) + 120))
while [ "$(members)" = "$first" ] || ! is_at 2; do
	[ "$(date +%s)" -lt $end ]
	sleep 0.2
done
same 50 "$(as_group describe-instance-refreshes |
	get InstanceRefreshes.0.PercentageComplete)"
same "$id" "$(as_group cancel-instance-refresh | get InstanceRefreshId)"
refreshes 30 Cancelled
is_at 2
# however much time passes, the other one stays
qami clock forward 2d >"$TMPDIR/clock"
sleep 3
is_at 2
same "$(echo "$first" | tail -n 1)" "$(members | head -n 1)"
fails ActiveInstanceRefreshNotFound as_group cancel-instance-refresh
