#!/bin/sh
# boots guests
# takes long
# stop, start, reboot and terminate that are killed at any of their steps, and
# the runner of jobs that is, are finished or undone by the next command.
. tests/lib.sh
. tests/snapshot.sh
. tests/crash.sh
crash_setup
export QAMI_STOP_TIMEOUT=0
points=${KILL_POINTS:-3}
image alpha >/dev/null

# state - of the one instance that is not terminated, "" without one
state()
{
	qami ps | awk 'NR == 1 { print $3 }'
}

new()
{
	id=$(qami run alpha --name one -t m5d.large)
	volume=$(sql 'SELECT id FROM volume')
}

# waits STATE WHAT - the job brings it there
waits()
{
	tries=0
	until [ "$(state)" = "$1" ]; do
		tries=$((tries + 1))
		if [ $tries -gt 600 ]; then
			wrong "$2: $(state), not $1"
			return 0
		fi
		sleep 0.1
	done
	[ "$(volumes)" = 1 ] && [ "$volume" = "$(sql 'SELECT id FROM volume')" ] ||
		wrong "$2: the volume is another"
}

# alone COMMAND… - while no runner of jobs can start
alone()
{
	python3 - "$@" <<'END'
import fcntl, os, subprocess, sys
with open(os.environ["QAMI_STORE"] + "/run/jobs.lock", "a+") as lock:
    fcntl.lockf(lock, fcntl.LOCK_EX)
    sys.exit(subprocess.run(sys.argv[1:]).returncode)
END
}

# sweep WHAT BEFORE AFTER COMMAND… - from one state to another
sweep()
{
	what=$1
	from=$2
	to=$3
	shift 3
	points "$points" "$@" >"$TMPDIR/points" || wrong "$what fails"
	waits "$to" "$what"
	while read -r call number; do
		[ "$from" = running ] || qami stop -f one
		[ "$from" = stopped ] || [ "$(state)" = running ] ||
			qami start one
		waits "$from" "$what $call $number: before"
		killed "$call" "$number" "$@"
		sound "$what $call $number"
		now=$(state)
		[ "$now" = "$from" ] || [ "$now" = "$to" ] ||
			wrong "$what $call $number: $now"
		"$@" || wrong "$what $call $number: again"
		waits "$to" "$what $call $number: again"
	done <"$TMPDIR/points"
}

new
sweep stop running stopped qami stop -f one
sweep start stopped running qami start one
sweep reboot running running qami reboot one

# the runner of jobs: a stop whose time is up, and a reboot
for what in stop-instances reboot-instances; do
	case $what in stop*) to=stopped ;; *) to=running ;; esac
	[ "$(state)" = running ] || qami start one
	alone qami $what --instance-ids "$id" >/dev/null
	points "$points" qami run-jobs >"$TMPDIR/points"
	waits $to $what
	while read -r call number; do
		[ "$(state)" = running ] || qami start one
		pid=$(sql 'SELECT pid FROM instance')
		alone qami $what --instance-ids "$id" >/dev/null
		killed "$call" "$number" qami run-jobs
		sound "runner, $what $call $number"
		waits $to "runner, $what $call $number"
		[ $to = stopped ] || ! grep -qs qemu "/proc/$pid/cmdline" ||
			wrong "$what $call $number: not started anew"
	done <"$TMPDIR/points"
done

points "$points" qami rm one >"$TMPDIR/points"
while read -r call number; do
	new
	killed "$call" "$number" qami rm one
	sound "terminate $call $number"
	case $(state) in
	running) qami rm one || wrong "terminate $call $number: again" ;;
	"") ;;
	*) wrong "terminate $call $number: $(state)" ;;
	esac
	[ "$(volumes)" = 0 ] || wrong "terminate $call $number: volumes stay"
done <"$TMPDIR/points"
sound "at the end"
crash_report
