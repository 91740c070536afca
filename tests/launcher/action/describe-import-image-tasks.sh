#!/bin/sh
# describe-import-image-tasks - whose tasks, by id and by filter, and why one
# came to nothing
. tests/lib.sh
. tests/stored.sh

describe='describe-import-image-tasks'
same 0 "$(qami $describe --query 'length(ImportImageTasks)')"
ami=$(image web)
qami create-store-image-task --image-id "$ami" --bucket images >"$TMPDIR/out"
stored_is "$ami" Completed
cp "$TMPDIR/disk.raw" "$QAMI_STORE/buckets/images/in"
disk='UserBucket={S3Bucket=images,S3Key=in},Description=a disk'
task=$(qami import-image --disk-containers "Format=RAW,$disk" \
	--description text --license-type BYOL | get ImportTaskId)
imported "$task" completed
bad=$(qami import-image --disk-containers "Format=VHD,$disk" |
	get ImportTaskId)
imported "$bad" deleted
qami $describe --import-task-ids "$task" >"$TMPDIR/task"
tests/shape DescribeImportImageTasks "$TMPDIR/task"
for pair in ImportTaskId="$task" Description=text Status=completed \
	LicenseType=BYOL Platform=Linux SnapshotDetails.0.Format=RAW \
	'SnapshotDetails.0.Description=a disk' \
	SnapshotDetails.0.Status=completed \
	SnapshotDetails.0.DeviceName=/dev/sda1 \
	SnapshotDetails.0.UserBucket.S3Bucket=images \
	SnapshotDetails.0.UserBucket.S3Key=in; do
	same "${pair#*=}" \
		"$(get "ImportImageTasks.0.${pair%%=*}" <"$TMPDIR/task")"
done
same "$(snapshot_of "$(get ImportImageTasks.0.ImageId <"$TMPDIR/task")")" \
	"$(get ImportImageTasks.0.SnapshotDetails.0.SnapshotId \
		<"$TMPDIR/task")"
qami $describe --import-task-ids "$bad" |
	get ImportImageTasks.0.StatusMessage >"$TMPDIR/why"
has 'ClientError.UnsupportedImage: ' "$TMPDIR/why"
finds 1 $describe task-state=completed
finds 1 $describe task-state=deleted
fails InvalidParameterValue qami $describe --filters Name=nonsense,Values=x
fails InvalidConversionTaskId qami $describe \
	--import-task-ids import-ami-0fedcba9876543210
fails InvalidConversionTaskId as 222222222222 $describe \
	--import-task-ids "$task"
same 0 "$(as 222222222222 $describe --query 'length(ImportImageTasks)')"
fails InvalidNextToken qami $describe --next-token nonsense
dry qami $describe
