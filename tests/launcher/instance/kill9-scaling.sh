#!/bin/sh
# boots guests
# takes long
# What looks after a group is killed at any step of a launch and of a
# termination, and at any moment while the group takes another image: there are
# never more machines than may be, each is a member of the group, and it always
# gets where it should.
. tests/lib.sh
. tests/scaling.sh

groups_here
! sanitized || export ASAN_OPTIONS=detect_leaks=0
old=$(image alpha)
template "ImageId=$old,InstanceType=t2.nano"
template "ImageId=$(image beta),InstanceType=t2.nano"
new_group 3 1
grows 60 1

# kill_runner - ends the process that runs this store's jobs, if it is there
kill_runner()
{
	for proc in /proc/[0-9]*; do
		case $({ tr '\0' ' ' <"$proc/cmdline"; } 2>/dev/null || :) in
		*"--store $QAMI_STORE "*run-jobs*)
			kill -9 "${proc#/proc/}" 2>/dev/null || : ;;
		esac
	done
}

# machines - how many there are, seen without disturbing who is at work
machines()
{
	local count=0

	for proc in /proc/[0-9]*; do
		case $({ tr '\0' ' ' <"$proc/cmdline"; } 2>/dev/null || :) in
		*qemu*' guest=i-'*"$QAMI_STORE/"*) count=$((count + 1)) ;;
		esac
	done
	echo $count
}

# at_most COUNT - no more machines than that
at_most()
{
	local now

	now=$(machines)
	[ "$now" -le "$1" ] && return 0
	echo "there are $now machines, not $1 at most" >&2
	return 1
}

# sound COUNT - it gets there, and nothing else is there
sound()
{
	grows 90 "$1"
	same "$1" "$(machines)"
	same "$(members | sort)" "$(sql "SELECT id FROM instance
		WHERE state <> 'terminated' ORDER BY id")"
	settled_but_group
}

# settled_but_group - no operation but the group's own is open
settled_but_group()
{
	local end

	end=$(($(date +%s) + 120))
	while [ "$(sql "SELECT count(*) FROM op WHERE kind <> 'scaling' AND
		state IN ('intent', 'fired')")" -gt 0 ]; do
		[ "$(date +%s)" -lt $end ]
		sleep 0.2
	done
	same 1 "$(sql "SELECT count(*) FROM op WHERE kind = 'scaling' AND
		state = 'intent'")"
}

# killed_at SIZE CALL NUMBER - has the group become SIZE; who sees to it is
# killed at that system call. Nobody else may come before.
killed_at()
{
	local end pid

	kill_runner
	sql "UPDATE scaling_group SET desired = $1;
		UPDATE op SET due = 0 WHERE kind = 'scaling'"
	strace -qq -o /dev/null -e trace="$2" \
		-e inject="$2:signal=KILL:when=$3" \
		qami --store "$QAMI_STORE" run-jobs >"$TMPDIR/out" 2>&1 &
	pid=$!
	end=$(($(date +%s) + 120))
	while kill -0 $pid 2>/dev/null && ! is_at "$1"; do
		[ "$(date +%s)" -lt $end ]
		sleep 0.1
	done
	kill_runner
	wait $pid || :
	open=$((open + $(sql "SELECT count(*) FROM scaling_activity
		WHERE state = 'InProgress'")))
	at_most 2
	qami images -q >"$TMPDIR/out" # whoever comes starts it again
	sound "$1"
}

# refresh_killed VERSION CALL NUMBER - has the group's one instance be replaced by
# one of that version; who sees to it is killed at that system call, if there are
# so many of them
refresh_killed()
{
	local end pid

	kill_runner
	(
		unworked jobs
		as_group start-instance-refresh --desired-configuration \
			"LaunchTemplate={LaunchTemplateName=web,Version=$1}" \
			--preferences MinHealthyPercentage=0 \
			>"$TMPDIR/refresh" 9>&-
	)
	strace -qq -o /dev/null -e trace="$2" \
		-e inject="$2:signal=KILL:when=$3" \
		qami --store "$QAMI_STORE" run-jobs >"$TMPDIR/out" 2>&1 &
	pid=$!
	end=$(($(date +%s) + 60))
	killed=yes
	while kill -0 $pid 2>/dev/null; do
		at_most 1
		[ "$(date +%s)" -lt $end ]
		sleep 0.1
		[ -z "$(sql "SELECT id FROM instance_refresh
			WHERE ended IS NULL")" ] || continue
		killed=
		break
	done
	kill_runner
	wait $pid || :
	at_most 1
	qami images -q >"$TMPDIR/out" # whoever comes starts it again
	refreshes 90 Successful
	sound 1
	same 1 "$(sql "SELECT count(*) FROM scaling_member
		WHERE version = $1")"
}

# sweep_refresh - that, at each of the calls that change something
sweep_refresh()
{
	local call number to=1 rounds=0

	as_group set-desired-capacity --desired-capacity 1
	sound 1
	for call in fdatasync unlink rename clone clone3 ftruncate; do
		number=1
		killed=yes
		while [ -n "$killed" ] && [ $number -le "$KILL_POINTS" ]; do
			refresh_killed $to $call $number
			to=$((3 - to))
			number=$((number + 1))
		done
		rounds=$((rounds + number - 2))
	done
	echo "$rounds kills of a refresh"
}

# launches and terminations in turn; the check takes some of each
head -n "${KILL_POINTS:-6}" >"$TMPDIR/points" <<END
fdatasync 5
fdatasync 6
fdatasync 7
unlink 4
clone 1
wait4 1
fdatasync 3
fdatasync 4
unlink 2
clone3 1
END
open=0
size=1
while read -r call number; do
	[ $size = 1 ] && size=2 || size=1
	killed_at $size "$call" "$number"
done <"$TMPDIR/points"
[ "$open" -ge 4 ] # it was in the middle of something
# two at once would be one too many
as_group set-desired-capacity --desired-capacity 2
qami run-jobs &
one=$!
qami run-jobs &
sound 2
kill -9 $one $! 2>/dev/null || :

as_group start-instance-refresh --desired-configuration \
	'LaunchTemplate={LaunchTemplateName=web,Version=2}' >"$TMPDIR/refresh"
for round in 1 2 3 4 5 6; do
	sleep "0.$((round * 5 % 7 + 2))"
	kill_runner
	at_most 2
	qami images -q >"$TMPDIR/out" # whoever comes starts it again
done
refreshes 90 Successful
sound 2
same 0 "$(sql "SELECT count(*) FROM instance WHERE image = '$old' AND
	state <> 'terminated'")"
[ -z "${KILL_POINTS:-}" ] || sweep_refresh
# each launch was done once
same 0 "$(sql "SELECT count(*) - count(DISTINCT client_token)
	FROM instance WHERE client_token IS NOT NULL")"
