#!/bin/sh
# takes long
# Whoever stores or restores an image may die at any step: the next one ends the
# task, with the whole object or image. No disk, row or file is left over, and
# nobody sees a half of anything.
. tests/lib.sh
. tests/stored.sh
. tests/crash.sh
crash_setup
points=${KILL_POINTS:-4}

# begun COMMAND… - begins a task that nobody works on yet; what it says
begun()
{
	python3 - "$@" <<'END'
import fcntl, os, struct, subprocess, sys
path = os.environ["QAMI_STORE"] + "/run/slow.lock"
lock = open(path, "a")
fcntl.fcntl(lock, 38, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))
sys.exit(subprocess.call(sys.argv[1:]))
END
}

# over - no task is at work any more
over()
{
	tries=0
	while [ "$(sql "SELECT count(*) FROM op WHERE kind = 'image-task' AND
		state IN ('intent', 'fired')")" != 0 ] && [ $tries -lt 300 ]
	do
		tries=$((tries + 1))
		sleep 0.1
	done
	[ $tries -lt 300 ]
}

truncate -s 12M "$TMPDIR/disk.raw"
head -c 2500000 /dev/urandom |
	dd of="$TMPDIR/disk.raw" bs=1M seek=3 conv=notrunc status=none
ami=$(image web)
wanted=$(shown "$ami")
object=$QAMI_STORE/buckets/images/$ami.bin

# stored_whole WHAT - the task is completed, and the object is what it was
stored_whole()
{
	over || wrong "$1: it does not end"
	same Completed "$(qami describe-store-image-tasks |
		get StoreImageTaskResults.-1.StoreTaskState)" ||
		wrong "$1: not completed"
	cmp "$object" "$TMPDIR/object" || wrong "$1: another object"
	[ "$(ls "$QAMI_STORE/buckets/images")" = "$ami.bin" ] ||
		wrong "$1: $(ls "$QAMI_STORE/buckets/images")"
	[ -z "$(ls "$QAMI_STORE/tasks")" ] ||
		wrong "$1: $(ls "$QAMI_STORE/tasks")"
}

store()
{
	begun qami create-store-image-task --image-id "$ami" --bucket images \
		>"$TMPDIR/key"
}
store
points "$points" qami run-jobs --slow >"$TMPDIR/points" ||
	wrong "storing does not succeed"
over
cp "$object" "$TMPDIR/object"
while read -r call number; do
	rm "$object"
	store
	killed "$call" "$number" qami run-jobs --slow
	[ ! -e "$object" ] || cmp "$object" "$TMPDIR/object" ||
		wrong "store $call $number: half an object"
	sound "store $call $number" --jobs
	stored_whole "store $call $number"
done <"$TMPDIR/points"

# restored_whole WHAT - the image is there with its disk
restored_whole()
{
	over || wrong "$1: it does not end"
	new=$(get ImageId <"$TMPDIR/new")
	same available "$(qami describe-images --image-ids "$new" |
		get Images.0.State)" || wrong "$1: not available"
	[ "$(shown "$new")" = "$wanted" ] || wrong "$1: another disk"
	qami rmi "$new" || wrong "$1: rmi"
	[ "$(ls "$QAMI_STORE/layers" | wc -l)" = 1 ] ||
		wrong "$1: $(ls "$QAMI_STORE/layers")"
	[ -z "$(ls "$QAMI_STORE/tasks")" ] ||
		wrong "$1: $(ls "$QAMI_STORE/tasks")"
}

restore()
{
	begun qami create-restore-image-task --bucket images --name again \
		--object-key "$ami.bin" >"$TMPDIR/new"
}
restore
points "$points" qami run-jobs --slow >"$TMPDIR/points" ||
	wrong "restoring does not succeed"
restored_whole "restore"
while read -r call number; do
	restore
	killed "$call" "$number" qami run-jobs --slow
	state=$(sql "SELECT state FROM image WHERE name = 'again' AND
		state <> 'deregistered'")
	case $state in
	pending | available) ;;
	*) wrong "restore $call $number: it is $state" ;;
	esac
	sound "restore $call $number" --jobs
	restored_whole "restore $call $number"
done <"$TMPDIR/points"
sound "at the end" --jobs
crash_report
