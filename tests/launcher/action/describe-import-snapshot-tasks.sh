#!/bin/sh
# describe-import-snapshot-tasks - what became of import-snapshot
. tests/lib.sh

verb=describe-import-snapshot-tasks
disk "$TMPDIR/a.raw"
qemu-img convert -f raw -O qcow2 "$TMPDIR/a.raw" "$TMPDIR/a.qcow2"
same '[]' "$(qami $verb --query ImportSnapshotTasks)"
task=$(qami import-snapshot --description one --disk-container \
	"File=$TMPDIR/a.raw" | get ImportTaskId)
other=$(qami import-snapshot --disk-container "File=$TMPDIR/a.qcow2" |
	get ImportTaskId)
image alpha >/dev/null # an import, but of an image
qami $verb --import-task-ids "$task" >"$TMPDIR/one"
tests/shape DescribeImportSnapshotTasks "$TMPDIR/one"
detail=ImportSnapshotTasks.0.SnapshotTaskDetail
for pair in Description=one ImportTaskId="$task"; do
	same "$pair" "${pair%%=*}=$(get "ImportSnapshotTasks.0.${pair%%=*}" \
		<"$TMPDIR/one")"
done
for pair in Status=completed Format=RAW DiskImageSize=1.0 \
	SnapshotId="snap-${task#import-snap-}"; do
	same "$pair" "${pair%%=*}=$(get "$detail.${pair%%=*}" <"$TMPDIR/one")"
done
same "$task $other" "$(qami $verb --output text \
	--query 'ImportSnapshotTasks[].ImportTaskId' | tr '\t' ' ')"
same QCOW2 "$(qami $verb --import-task-ids "$other" | get $detail.Format)"
finds 2 $verb task-state=completed 'task-state=comp*'
finds 0 $verb task-state=active
dry qami $verb

fails InvalidConversionTaskId as 222222222222 $verb --import-task-ids "$task"
fails InvalidConversionTaskId qami $verb \
	--import-task-ids "$task" import-snap-0fedcba9876543210
fails InvalidParameterValue qami $verb --filters Name=colour,Values=x
fails InvalidNextToken qami $verb --next-token x
# shared, it is still the task of who imported it
snap=snap-${task#import-snap-}
qami modify-snapshot-attribute --snapshot-id "$snap" --user-ids 222222222222
same '[]' "$(as 222222222222 $verb --query ImportSnapshotTasks)"
fails InvalidConversionTaskId as 222222222222 $verb --import-task-ids "$task"
qami delete-snapshot --snapshot-id "$snap"
fails InvalidConversionTaskId qami $verb --import-task-ids "$task"
