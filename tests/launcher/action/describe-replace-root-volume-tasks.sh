#!/bin/sh
# describe-replace-root-volume-tasks - the caller's own, by id and by instance
# (machines run, but nothing boots in them: no need to be alone)
. tests/lib.sh

guests_here
QAMI_STOP_TIMEOUT=0
export QAMI_STOP_TIMEOUT
same '[]' "$(qami describe-replace-root-volume-tasks \
	--query ReplaceRootVolumeTasks)"
dry qami describe-replace-root-volume-tasks
i=$(launch "$(image one)" --instance-type t3.nano)
id=$(qami create-replace-root-volume-task --instance-id "$i" \
	--delete-replaced-root-volume |
	get ReplaceRootVolumeTask.ReplaceRootVolumeTaskId)
echo "$id" | grep -qxE 'replacevol-[0-9a-f]{17}'
qami describe-replace-root-volume-tasks >"$TMPDIR/all"
tests/shape DescribeReplaceRootVolumeTasks "$TMPDIR/all"
for pair in ReplaceRootVolumeTaskId="$id" InstanceId="$i" TaskState=succeeded \
	DeleteReplacedRootVolume=True; do
	same "$pair" "${pair%%=*}=$(get \
		"ReplaceRootVolumeTasks.0.${pair%%=*}" <"$TMPDIR/all")"
done
get ReplaceRootVolumeTasks.0.CompleteTime <"$TMPDIR/all" |
	grep -qxE '20[0-9-]{8}T[0-9:.]{12}Z'

finds 1 describe-replace-root-volume-tasks "instance-id=$i" 'instance-id=i-*'
finds 0 describe-replace-root-volume-tasks instance-id=i-0fedcba9876543210
same "$id" "$(qami describe-replace-root-volume-tasks --output text \
	--replace-root-volume-task-ids "$id" \
	--query 'ReplaceRootVolumeTasks[].ReplaceRootVolumeTaskId')"
fails InvalidReplaceRootVolumeTaskId.NotFound \
	qami describe-replace-root-volume-tasks \
	--replace-root-volume-task-ids "$id" replacevol-0fedcba9876543210
hidden "$id" describe-replace-root-volume-tasks \
	--replace-root-volume-task-ids "$id"
same '[]' "$(as 222222222222 describe-replace-root-volume-tasks \
	--query ReplaceRootVolumeTasks)"
fails InvalidParameterValue qami describe-replace-root-volume-tasks \
	--max-results 51
