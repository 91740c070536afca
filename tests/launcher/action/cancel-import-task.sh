#!/bin/sh
# cancel-import-task - a task that nobody has begun comes to nothing, and leaves
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
	qami import-image --output text --query ImportTaskId --disk-containers \
		'Format=RAW,UserBucket={S3Bucket=images,S3Key=in}'
}

images=$(qami images -q)
layers=$(ls "$QAMI_STORE/layers")
task=$(
	unworked
	task=$(begin 9>&-)
	qami cancel-import-task --import-task-id "$task" 9>&- >"$TMPDIR/out"
	echo "$task"
)
qami images >"$TMPDIR/out"
imported "$task" deleted
same "$images" "$(qami images -q)"
same "$layers" "$(ls "$QAMI_STORE/layers")"
same '' "$(ls "$QAMI_STORE/tasks" 2>/dev/null)"
same '' "$(ls "$QAMI_STORE/buckets/out" 2>/dev/null)"
fails IncorrectState qami cancel-import-task --import-task-id "$task"

task=$(begun begin)
qami images >"$TMPDIR/out"
imported "$task" completed
fails IncorrectState qami cancel-import-task --import-task-id "$task"
fails InvalidConversionTaskId qami cancel-import-task \
	--import-task-id import-ami-0fedcba9876543210
fails InvalidConversionTaskId as 222222222222 cancel-import-task \
	--import-task-id "$task"
fails MissingParameter qami cancel-import-task
# one that is at work, and stays so
sql "UPDATE image_task SET state = 'active' WHERE id = '$task'"
dry qami cancel-import-task --import-task-id "$task"
same active "$(qami describe-import-image-tasks --import-task-ids "$task" |
	get ImportImageTasks.0.Status)"
sql "UPDATE image_task SET state = 'completed' WHERE id = '$task'"
tests/audit --jobs
