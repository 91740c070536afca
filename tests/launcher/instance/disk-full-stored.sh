#!/bin/sh
# takes long
# Storing and restoring on a full disk: at every fill level it succeeds, or the
# task says that the disk is full and leaves nothing behind; with room again all
# of it works.
. tests/lib.sh
. tests/stored.sh
. tests/crash.sh
crash_mount 64M

truncate -s 12M "$TMPDIR/disk.raw"
head -c 2500000 /dev/urandom |
	dd of="$TMPDIR/disk.raw" bs=1M seek=3 conv=notrunc status=none
ami=$(image web)
wanted=$(shown "$ami")
qami create-store-image-task --image-id "$ami" --bucket images >"$TMPDIR/out"
stored_is "$ami" Completed
object=$QAMI_STORE/buckets/images/$ami.bin
cp "$object" "$TMPDIR/object"

# full_said WHAT TEXT - that is what it was
full_said()
{
	case $2 in
	*InsufficientVolumeCapacity*) ;;
	*) wrong "$1: $2" ;;
	esac
	refused=$((refused + 1))
}

# store WHAT - with or without success
store()
{
	if ! qami create-store-image-task --image-id "$ami" --bucket images \
		>"$TMPDIR/out" 2>"$TMPDIR/err"; then
		full_said "$1" "$(cat "$TMPDIR/err")"
		return 0
	fi
	case $(task_over "describe-store-image-tasks --image-ids $ami" \
		StoreImageTaskResults.-1.StoreTaskState Completed Failed) in
	Completed) ;;
	*)
		full_said "$1" "$(qami describe-store-image-tasks | get \
			StoreImageTaskResults.-1.StoreTaskFailureReason)"
		;;
	esac
}

# restore WHAT - the same
restore()
{
	if ! qami create-restore-image-task --bucket images --name again \
		--object-key "$ami.bin" >"$TMPDIR/out" 2>"$TMPDIR/err"; then
		full_said "$1" "$(cat "$TMPDIR/err")"
		return 0
	fi
	new=$(get ImageId <"$TMPDIR/out")
	case $(task_over "describe-images --image-ids $new" Images.0.State \
		available failed) in
	available)
		[ "$(shown "$new")" = "$wanted" ] || wrong "$1: another disk"
		;;
	*)
		full_said "$1" "$(qami describe-images --image-ids "$new" |
			get Images.0.StateReason)"
		;;
	esac
	rm -f "$mount/fill"
	qami deregister-image --image-id "$new" \
		--delete-associated-snapshots >"$TMPDIR/out"
}

refused=0
for room in ${FILL_LEVELS:-0 1000000 4000000}; do
	left "$room"
	store "store at $room"
	cmp "$object" "$TMPDIR/object" || wrong "store at $room: the object"
	left "$room"
	restore "restore at $room"
	rm -f "$mount/fill"
	sound "at $room" --jobs
	[ -z "$(ls "$QAMI_STORE/tasks")" ] ||
		wrong "at $room: $(ls "$QAMI_STORE/tasks")"
done
[ "$refused" -ge 3 ] || wrong "only $refused were refused"
refused=0
store afterwards
restore afterwards
[ $refused = 0 ] || wrong "afterwards: $refused refused"
sound afterwards --jobs
[ $bad -eq 0 ]
