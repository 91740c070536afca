#!/bin/sh
# describe-store-image-tasks - whose tasks, by image and by filter, and why one
# failed
. tests/lib.sh
. tests/stored.sh

describe='describe-store-image-tasks'
same 0 "$(qami $describe --query 'length(StoreImageTaskResults)')"
one=$(image one)
two=$(image two)
qami create-store-image-task --image-id "$one" --bucket images >"$TMPDIR/out"
stored_is "$one" Completed

# its snapshot's file is gone: that is told
rm "$QAMI_STORE/layers/$(sql "SELECT layer FROM snapshot
	WHERE id = '$(snapshot_of "$two")'")"
qami create-store-image-task --image-id "$two" --bucket others >"$TMPDIR/out"
stored_is "$two" Failed
qami $describe --image-ids "$two" |
	get StoreImageTaskResults.0.StoreTaskFailureReason >"$TMPDIR/why"
has 'InternalError: ' "$TMPDIR/why"
same '' "$(ls "$QAMI_STORE/buckets/others" 2>/dev/null)"
same '' "$(ls "$QAMI_STORE/tasks")"

qami $describe --image-ids "$one" >"$TMPDIR/task"
for pair in AmiId="$one" Bucket=images S3objectKey="$one.bin" \
	ProgressPercentage=100 StoreTaskState=Completed; do
	same "${pair#*=}" \
		"$(get "StoreImageTaskResults.0.${pair%%=*}" <"$TMPDIR/task")"
done
grep -q '"TaskStartTime": "20' "$TMPDIR/task"
! grep -q FailureReason "$TMPDIR/task" || exit 1
finds 1 $describe task-state=Completed bucket=images
finds 1 $describe task-state=Failed bucket='oth*'
finds 2 $describe task-state=Completed,Failed
finds 0 $describe task-state=InProgress
fails InvalidParameterValue qami $describe --filters Name=nonsense,Values=x
fails InvalidAMIID.NotFound qami $describe --image-ids ami-0fedcba9876543210
fails InvalidParameterCombination qami $describe --image-ids "$one" \
	--max-results 5
hidden "$one" $describe --image-ids "$one"
same 0 "$(as 222222222222 $describe --query 'length(StoreImageTaskResults)')"
fails InvalidNextToken qami $describe --next-token nonsense
dry qami $describe
