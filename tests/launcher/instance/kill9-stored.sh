#!/bin/sh
# takes long
# Whoever stores, restores, exports or imports an image may die at any step: the
# next one ends the task, with the whole object or image. No disk, row or file
# is left over, and nobody sees a half of anything; of what is to be encrypted
# nothing is ever in clear.
. tests/lib.sh
. tests/snapshot.sh
. tests/stored.sh
. tests/crash.sh
crash_setup
points=${KILL_POINTS:-2}

# over - no task is at work any more
over()
{
	tries=0
	while [ "$(sql "SELECT count(*) FROM op WHERE kind = 'image-task' AND
		state IN ('intent', 'fired')")" != 0 ] && [ $tries -lt 600 ]
	do
		tries=$((tries + 1))
		sleep 0.1
	done
	[ $tries -lt 600 ]
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

# restored_whole WHAT - the image comes to be there with its disk
restored_whole()
{
	over || wrong "$1: it does not end"
	new=$(sql "SELECT id FROM image WHERE name = 'again'
		AND state <> 'deregistered'")
	restored_is "$new" available || wrong "$1: not available"
	[ "$(shown "$new")" = "$wanted" ] || wrong "$1: another disk"
	qami rmi "$new" || wrong "$1: rmi"
	settled || wrong "$1: something is left"
	[ "$(ls "$QAMI_STORE/layers" | wc -l)" = 1 ] ||
		wrong "$1: $(ls "$QAMI_STORE/layers")"
	[ -z "$(ls "$QAMI_STORE/tasks")" ] ||
		wrong "$1: $(ls "$QAMI_STORE/tasks")"
}

# whoever asks for an image does all but fetching the blocks: when he dies there
# is none, or one that comes to be whole
restore="qami create-restore-image-task --bucket images --name again \
	--object-key $ami.bin"
points "$points" $restore >"$TMPDIR/points" ||
	wrong "restoring does not succeed"
restored_whole "restore"
while read -r call number; do
	killed "$call" "$number" $restore
	sound "restore $call $number"
	[ "$(sql "SELECT count(*) FROM image WHERE name = 'again' AND
		state <> 'deregistered'")" = 1 ] || $restore >"$TMPDIR/new" ||
		wrong "restore $call $number: not once more"
	restored_whole "restore $call $number"
done <"$TMPDIR/points"

# exported_whole WHAT - the task is completed, and the file is the disk
exports=$QAMI_STORE/buckets/exports
exported_whole()
{
	over || wrong "$1: it does not end"
	same completed "$(qami describe-export-image-tasks \
		--export-image-task-ids "$task" | get \
		ExportImageTasks.0.Status)" || wrong "$1: not completed"
	[ "$(ls "$exports")" = "$task.vmdk" ] || wrong "$1: $(ls "$exports")"
	qemu-img compare -q -f raw -F vmdk "$TMPDIR/disk.raw" \
		"$exports/$task.vmdk" || wrong "$1: another disk"
	[ -z "$(ls "$QAMI_STORE/tasks")" ] ||
		wrong "$1: $(ls "$QAMI_STORE/tasks")"
	mv "$exports/$task.vmdk" "$TMPDIR/vmdk"
}

export_it()
{
	begun qami export-image --image-id "$ami" --disk-image-format VMDK \
		--s3-export-location S3Bucket=exports >"$TMPDIR/task"
	task=$(get ExportImageTaskId <"$TMPDIR/task")
}
export_it
points "$points" qami run-jobs --slow >"$TMPDIR/points" ||
	wrong "exporting does not succeed"
exported_whole "export"
while read -r call number; do
	export_it
	killed "$call" "$number" qami run-jobs --slow
	[ ! -e "$exports/$task.vmdk" ] || qemu-img compare -q -f raw -F vmdk \
		"$TMPDIR/disk.raw" "$exports/$task.vmdk" ||
		wrong "export $call $number: half a file"
	sound "export $call $number" --jobs
	exported_whole "export $call $number"
done <"$TMPDIR/points"

# in_clear WHAT - what is imported encrypted is in clear only where it lay
marker=what-a-disk-holds-in-clear
in_clear()
{
	[ -z "$(grep -lraF $marker --exclude-dir=buckets "$QAMI_STORE")" ] ||
		wrong "$1: something is in clear"
}

# imported_whole WHAT - the image is there with its disk, encrypted
imported_whole()
{
	over || wrong "$1: it does not end"
	in_clear "$1"
	qami describe-import-image-tasks --import-task-ids "$task" \
		>"$TMPDIR/task"
	same completed "$(get ImportImageTasks.0.Status <"$TMPDIR/task")" ||
		wrong "$1: $(cat "$TMPDIR/task")"
	new=$(get ImportImageTasks.0.ImageId <"$TMPDIR/task")
	snap=$(snapshot_of "$new")
	qami ebs list-snapshot-blocks --snapshot-id "$snap" --output text \
		--query 'Blocks[].[BlockIndex,BlockToken]' >"$TMPDIR/blocks"
	[ "$(wc -l <"$TMPDIR/blocks")" = 2 ] || wrong "$1: other blocks"
	while read -r index token; do
		qami ebs get-snapshot-block --snapshot-id "$snap" \
			--block-index "$index" --block-token "$token" \
			"$TMPDIR/block" >"$TMPDIR/out"
		dd if="$TMPDIR/marked.raw" bs=512k skip="$index" count=1 \
			status=none | cmp - "$TMPDIR/block" ||
			wrong "$1: another disk"
	done <"$TMPDIR/blocks"
	qami rmi "$new" || wrong "$1: rmi"
	[ "$(ls "$QAMI_STORE/layers" | wc -l)" = 1 ] ||
		wrong "$1: $(ls "$QAMI_STORE/layers")"
	[ -z "$(ls "$QAMI_STORE/tasks")" ] ||
		wrong "$1: $(ls "$QAMI_STORE/tasks")"
}

import_it()
{
	begun qami import-image --encrypted --disk-containers \
		'Format=VHD,UserBucket={S3Bucket=exports,S3Key=in}' \
		>"$TMPDIR/task"
	task=$(get ImportTaskId <"$TMPDIR/task")
}
truncate -s 8M "$TMPDIR/marked.raw"
yes $marker | head -c 1048576 |
	dd of="$TMPDIR/marked.raw" bs=1M seek=3 conv=notrunc status=none
qemu-img convert -f raw -O vpc -o force_size=on "$TMPDIR/marked.raw" \
	"$exports/in"
import_it
points "$points" qami run-jobs --slow >"$TMPDIR/points" ||
	wrong "importing does not succeed"
imported_whole "import"
while read -r call number; do
	import_it
	killed "$call" "$number" qami run-jobs --slow
	in_clear "import $call $number"
	sound "import $call $number" --jobs
	imported_whole "import $call $number"
done <"$TMPDIR/points"
sound "at the end" --jobs
same 0 "$(sql 'SELECT count(*) FROM disk_key WHERE id NOT IN
	(SELECT disk_key FROM layer WHERE disk_key NOT NULL)')"
crash_report
