#!/bin/sh
# boots guests
# takes long
# A root volume that is replaced, killed at any step: the instance has the root
# that it had or the new one, with the task that says so, and runs; the other
# volume is nowhere, and the same command then succeeds.
. tests/lib.sh
. tests/crash.sh
crash_setup
# nobody in there hears that it is to power off
export QAMI_STOP_TIMEOUT=0
points=${KILL_POINTS:-5}
i=$(launch "$(image one)" --instance-type t3.nano)
uuid=$(sql 'SELECT uuid FROM instance')

# root - the volume that is the instance's root
root()
{
	sql "SELECT volume FROM attachment WHERE instance = '$i'"
}

# whole WHAT OLD - one volume and no open task; the task and the machine agree
# with the rows
whole()
{
	local tasks new

	new=$(root)
	same 1 "$(sql 'SELECT count(*) FROM volume')" || wrong "$1: volumes"
	tasks=$(sql "SELECT state FROM root_task ORDER BY seq DESC LIMIT 1")
	case $tasks in
	succeeded) [ "$new" = "$(sql "SELECT volume FROM root_task
		ORDER BY seq DESC LIMIT 1")" ] || wrong "$1: $tasks with $new" ;;
	failed | '') [ "$new" = "$2" ] || wrong "$1: $tasks with $new" ;;
	*) wrong "$1: the task is $tasks" ;;
	esac
	same running "$(state "$i")" || wrong "$1: it does not run"
	tests/qmp "$i" query-block | grep -q "$(sql 'SELECT layer FROM volume')" ||
		wrong "$1: QEMU has another root"
}

# rebooted - waits until a reboot that outlived its caller is over: it is
# looked after by a job, and no other one begins before
rebooted()
{
	local tries=0

	while [ "$(sql "SELECT count(*) FROM op WHERE kind = 'reboot' AND
		state IN ('intent', 'fired')")" -gt 0 ] && [ $tries -lt 600 ]
	do
		tries=$((tries + 1))
		sleep 0.2
	done
}

points "$points" qami reset "$i" >"$TMPDIR/points"
whole first "$(root)"
while read -r call number; do
	old=$(root)
	killed "$call" "$number" qami reset "$i"
	sound "reset $call $number" --jobs
	rebooted
	whole "reset $call $number" "$old"
	old=$(root)
	qami reset "$i" || wrong "reset $call $number: again"
	[ "$(root)" != "$old" ] || wrong "reset $call $number: it is the old"
	whole "reset $call $number: again" "$old"
done <"$TMPDIR/points"
same "$uuid" "$(sql 'SELECT uuid FROM instance')"
qami rm "$i"
sound "at the end"
crash_report
