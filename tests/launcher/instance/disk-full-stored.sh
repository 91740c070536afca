#!/bin/sh
# takes long
# Storing, restoring, exporting and importing on a full disk: at every fill level
# it succeeds, or the task says that the disk is full and leaves nothing behind;
# with room again all of it works.
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

# export_it WHAT - the same; what was exported does not stay
exports=$QAMI_STORE/buckets/exports
export_it()
{
	if ! qami export-image --image-id "$ami" --disk-image-format QCOW2 \
		--s3-export-location S3Bucket=exports >"$TMPDIR/out" \
		2>"$TMPDIR/err"; then
		full_said "$1" "$(cat "$TMPDIR/err")"
		return 0
	fi
	task=$(get ExportImageTaskId <"$TMPDIR/out")
	case $(task_over "describe-export-image-tasks --export-image-task-ids \
		$task" ExportImageTasks.0.Status completed deleted) in
	completed)
		qemu-img compare -q -f raw -F qcow2 "$TMPDIR/disk.raw" \
			"$exports/$task.qcow2" || wrong "$1: another disk"
		mv "$exports/$task.qcow2" "$TMPDIR/exported"
		;;
	*)
		full_said "$1" "$(qami describe-export-image-tasks \
			--export-image-task-ids "$task" |
			get ExportImageTasks.0.StatusMessage)"
		;;
	esac
	[ -z "$(ls "$exports" 2>/dev/null)" ] || wrong "$1: $(ls "$exports")"
}

# import_it WHAT [OPTION] - the same of the object's disk
import_it()
{
	if ! qami import-image ${2:-} --disk-containers \
		'Format=QCOW2,UserBucket={S3Bucket=images,S3Key=in}' \
		>"$TMPDIR/out" 2>"$TMPDIR/err"; then
		full_said "$1" "$(cat "$TMPDIR/err")"
		return 0
	fi
	task=$(get ImportTaskId <"$TMPDIR/out")
	case $(task_over "describe-import-image-tasks --import-task-ids $task" \
		ImportImageTasks.0.Status completed deleted) in
	completed)
		new=$(qami describe-import-image-tasks --import-task-ids \
			"$task" | get ImportImageTasks.0.ImageId)
		[ -n "${2:-}" ] || [ "$(shown "$new")" = "$wanted" ] ||
			wrong "$1: another disk"
		rm -f "$mount/fill"
		qami rmi "$new"
		;;
	*)
		full_said "$1" "$(qami describe-import-image-tasks \
			--import-task-ids "$task" |
			get ImportImageTasks.0.StatusMessage)"
		;;
	esac
}

qemu-img convert -f raw -O qcow2 "$TMPDIR/disk.raw" \
	"$QAMI_STORE/buckets/images/in"
refused=0
for room in ${FILL_LEVELS:-0 1000000 4000000}; do
	left "$room"
	store "store at $room"
	cmp "$object" "$TMPDIR/object" || wrong "store at $room: the object"
	left "$room"
	restore "restore at $room"
	left "$room"
	export_it "export at $room"
	left "$room"
	import_it "import at $room"
	left "$room"
	import_it "encrypted import at $room" --encrypted
	rm -f "$mount/fill"
	sound "at $room" --jobs
	[ -z "$(ls "$QAMI_STORE/tasks")" ] ||
		wrong "at $room: $(ls "$QAMI_STORE/tasks")"
done
[ "$refused" -ge 9 ] || wrong "only $refused were refused"
refused=0
store afterwards
restore afterwards
export_it afterwards
import_it afterwards
import_it afterwards --encrypted
[ $refused = 0 ] || wrong "afterwards: $refused refused"
sound afterwards --jobs
same 0 "$(sql 'SELECT count(*) FROM disk_key WHERE id NOT IN
	(SELECT disk_key FROM layer WHERE disk_key NOT NULL)')"
[ $bad -eq 0 ]
