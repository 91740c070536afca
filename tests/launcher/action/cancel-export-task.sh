#!/bin/sh
# cancel-export-task - a task that nobody has begun comes to nothing, and leaves
# nothing; one that is over cannot be stopped
. tests/lib.sh
. tests/stored.sh

ami=$(image web)
qami create-store-image-task --image-id "$ami" --bucket images >"$TMPDIR/out"
stored_is "$ami" Completed
cp "$TMPDIR/disk.raw" "$QAMI_STORE/buckets/images/in"

# begin - its id
begin()
{
	qami export-image --image-id "$ami" --disk-image-format RAW \
		--s3-export-location S3Bucket=out --output text \
		--query ExportImageTaskId
}

images=$(qami images -q)
layers=$(ls "$QAMI_STORE/layers")
task=$(
	unworked
	task=$(begin 9>&-)
	qami cancel-export-task --export-task-id "$task" 9>&- >"$TMPDIR/out"
	echo "$task"
)
qami images >"$TMPDIR/out"
exported "$task" deleted
same "$images" "$(qami images -q)"
same "$layers" "$(ls "$QAMI_STORE/layers")"
same '' "$(ls "$QAMI_STORE/tasks" 2>/dev/null)"
same '' "$(ls "$QAMI_STORE/buckets/out" 2>/dev/null)"
fails IncorrectState qami cancel-export-task --export-task-id "$task"

task=$(begun begin)
qami images >"$TMPDIR/out"
exported "$task" completed
fails IncorrectState qami cancel-export-task --export-task-id "$task"
fails InvalidExportTaskID.NotFound qami cancel-export-task \
	--export-task-id export-ami-0fedcba9876543210
fails InvalidExportTaskID.NotFound as 222222222222 cancel-export-task \
	--export-task-id "$task"
tests/audit --jobs
