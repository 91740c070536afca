#!/bin/sh
# boots guests
# A full disk under a group that grows and takes another image: at every fill
# level there are never more machines than may be, what fails is told, and the
# group gets where it should when there is room.
. tests/lib.sh
. tests/crash.sh
. tests/scaling.sh
crash_mount 96M
trap 'end_groups; crash_end; umount -l "$mount"' EXIT

template "ImageId=$(image alpha),InstanceType=t2.nano"
template "ImageId=$(image beta),InstanceType=t2.nano"
new_group 2 1
grows 60 1

# machines - how many run
machines()
{
	pgrep -fc "^[^ ]*qemu-system.* guest=i-.*$QAMI_STORE/" || :
}

# busy SECONDS - what is tried is let fail; meanwhile there are two at most
busy()
{
	local end

	end=$(($(date +%s) + $1))
	while [ "$(date +%s)" -lt $end ]; do
		[ "$(machines)" -le 2 ] || wrong "$(machines) machines"
		sleep 0.2
	done
}

# alive - the instances that have not ended
alive()
{
	sql "SELECT id FROM instance WHERE state <> 'terminated' ORDER BY id"
}

# settles N - so many are in service, and run, and nothing else is there
settles()
{
	is_at "$1" && [ "$(machines)" = "$1" ] &&
		[ "$(members | sort)" = "$(alive)" ]
}

# again - there is room, and everything is tried at once; a launch that failed
# has its instance until the job that ends it found room, too
again()
{
	local end

	rm -f "$mount/fill"
	as_group update-auto-scaling-group --desired-capacity "$1"
	end=$(patience 60)
	until settles "$1"; do
		if [ "$(date +%s)" -ge "$end" ]; then
			same "$1" "$(machines)"
			same "$(members | sort)" "$(alive)"
			grows 1 "$1"
		fi
		sleep 0.2
	done
}

failed=0
for room in ${FILL_LEVELS:-0 65536 524288}; do
	left "$room" all
	as_group set-desired-capacity --desired-capacity 2 2>"$TMPDIR/err" ||
		grep -qF '(InsufficientVolumeCapacity)' "$TMPDIR/err"
	busy 3
	again 2
	left "$room" all
	as_group start-instance-refresh --desired-configuration \
		'LaunchTemplate={LaunchTemplateName=web,Version=2}' \
		>"$TMPDIR/out" 2>"$TMPDIR/err" ||
		grep -qF '(InsufficientVolumeCapacity)' "$TMPDIR/err"
	busy 3
	again 2
	as_group cancel-instance-refresh >"$TMPDIR/out" 2>"$TMPDIR/err" || :
	grows 60 2
	again 1
done
failed=$(sql "SELECT count(*) FROM scaling_activity WHERE state = 'Failed'
	AND message LIKE '%Capacity)'")
[ "$failed" -ge 1 ] || wrong "nothing failed for want of room"
qami fsck | grep -q ' 0 faults'
[ $bad -eq 0 ]
