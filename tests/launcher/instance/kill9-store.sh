#!/bin/sh
# boots guests
# takes long
# Registering, launching, rebooting and terminating an instance-store image, by
# who is killed at any step: the next command finishes or undoes it, nothing is
# half unpacked, and no disk of an instance that is not there is left.
. tests/lib.sh
. tests/bundle.sh
. tests/crash.sh
crash_setup
export QAMI_STOP_TIMEOUT=0
points=${KILL_POINTS:-4}
disk "$TMPDIR/disk.raw" 24M
head -c 12M /dev/urandom | dd of="$TMPDIR/disk.raw" bs=1M seek=1 conv=notrunc \
	status=none
stored "$TMPDIR/disk.raw" images/web tiny
stored "$TMPDIR/disk.raw" images/web vmlinux kernel
at=images/web

# instances - how many have not ended
instances()
{
	qami ps -q | wc -l
}

# nothing WHAT - no instance, and nothing of one
nothing()
{
	[ "$(instances)" = 0 ] || wrong "$1: $(qami ps)"
	[ -z "$(scratch_left)" ] || wrong "$1: $(scratch_left)"
}

# a machine and a kernel are registered whole or not at all
for name in tiny vmlinux; do
	points "$points" qami register-image --name "$name" \
		--image-location $at/$name.manifest.xml >"$TMPDIR/points"
	qami rmi "$name"
	while read -r call number; do
		killed "$call" "$number" qami register-image --name "$name" \
			--image-location $at/$name.manifest.xml
		sound "register $name $call $number"
		case $(qami images | grep -c "$name") in
		1) qami rmi "$name" || wrong "register $name: rmi" ;;
		0) ;;
		*) wrong "register $name $call $number: $(qami images)" ;;
		esac
	done <"$TMPDIR/points"
done

ami=$(registered $at/tiny.manifest.xml tiny)

# the first launch, which unpacks, and the next one, which does not
for what in first second; do
	[ $what = first ] || launch "$ami" >"$TMPDIR/id"
	qami gc >/dev/null
	points "$points" qami run-instances --image-id "$ami" \
		>"$TMPDIR/points" || wrong "$what launch fails"
	qami rm $(qami ps -q)
	while read -r call number; do
		[ $what = second ] || qami gc >/dev/null
		killed "$call" "$number" qami run-instances --image-id "$ami"
		sound "$what launch $call $number"
		[ "$(instances)" = 0 ] || qami rm $(qami ps -q)
		nothing "$what launch $call $number"
		i=$(launch "$ami") || wrong "$what launch $call $number: again"
		qami rm "$i"
	done <"$TMPDIR/points"
done

# it is terminated or not, but never both
i=$(launch "$ami")
points "$points" qami rm "$i" >"$TMPDIR/points"
while read -r call number; do
	i=$(launch "$ami")
	killed "$call" "$number" qami rm "$i"
	sound "terminate $call $number"
	[ "$(instances)" = 0 ] || qami rm "$i"
	nothing "terminate $call $number"
done <"$TMPDIR/points"

# rebooted by a runner of jobs that is killed, it has the same disk
i=$(launch "$ami")
root=$(ls "$QAMI_STORE/scratch")
inode=$(stat -c %i "$QAMI_STORE/scratch/$root")
for wait in 0.02 0.1 0.3 0.6; do
	qami reboot-instances --instance-ids "$i"
	sleep $wait
	crash_children
	sound "reboot $wait" --jobs
	tries=0
	until [ -z "$(sql "SELECT 1 FROM op WHERE
		kind = 'reboot' AND state IN ('intent', 'fired')")" ]; do
		tries=$((tries + 1))
		[ $tries -lt 600 ] || { wrong "reboot $wait: no end"; break; }
		sleep 0.1
	done
	[ "$(state "$i") $(stat -c %i "$QAMI_STORE/scratch/$root")" = \
		"running $inode" ] || wrong "reboot $wait: $(qami ps)"
done
qami rm "$i"
nothing "at the end"
sound "at the end"
crash_report
