#!/bin/sh
# describe-export-image-tasks - whose tasks, by id and by filter
. tests/lib.sh
. tests/stored.sh

describe='describe-export-image-tasks'
same 0 "$(qami $describe --query 'length(ExportImageTasks)')"
task=$(qami export-image --image-id "$(image web)" --disk-image-format RAW \
	--s3-export-location S3Bucket=images,S3Prefix=a- --description text |
	get ExportImageTaskId)
exported "$task" completed
qami $describe --export-image-task-ids "$task" >"$TMPDIR/task"
tests/shape DescribeExportImageTasks "$TMPDIR/task"
for pair in ExportImageTaskId="$task" Description=text Status=completed \
	S3ExportLocation.S3Bucket=images S3ExportLocation.S3Prefix=a-; do
	same "${pair#*=}" \
		"$(get "ExportImageTasks.0.${pair%%=*}" <"$TMPDIR/task")"
done
finds 1 $describe task-state=completed
finds 0 $describe task-state=active,deleted
fails InvalidParameterValue qami $describe --filters Name=nonsense,Values=x
fails InvalidExportTaskID.NotFound qami $describe \
	--export-image-task-ids export-ami-0fedcba9876543210
real=$task
task=export-ami-0fedcba9876543210
for id in "$real" "$task"; do
	fails InvalidExportTaskID.NotFound as 222222222222 $describe \
		--export-image-task-ids "$id"
	sed "s/$id/ID/g" "$TMPDIR/err" >"$TMPDIR/$id"
done
cmp "$TMPDIR/$real" "$TMPDIR/$task"
same 0 "$(as 222222222222 $describe --query 'length(ExportImageTasks)')"
fails InvalidNextToken qami $describe --next-token nonsense
dry qami $describe
