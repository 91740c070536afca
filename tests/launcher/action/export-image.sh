#!/bin/sh
# export-image - each format is one that qemu-img reads the same disk from;
# whose images, of which kind, into which buckets
. tests/lib.sh
. tests/stored.sh

noise_disk "$TMPDIR/disk.raw"
ami=$(image web)
export='export-image'
bucket=$QAMI_STORE/buckets/images

for pair in VMDK:vmdk RAW:raw VHD:vpc QCOW2:qcow2; do
	name=${pair%:*}
	task=$(qami $export --image-id "$ami" --disk-image-format $name \
		--s3-export-location S3Bucket=images,S3Prefix=web/ \
		--description "as $name" | get ExportImageTaskId)
	exported "$task" completed
	file=$bucket/web/$task.$(echo $name | tr A-Z a-z)
	same 600 "$(stat -c %a "$file")"
	qemu-img compare -f raw -F ${pair#*:} "$TMPDIR/disk.raw" "$file" \
		>"$TMPDIR/out"
done
# holes stay holes
[ "$(du -k "$bucket"/web/*.raw | cut -f 1)" -lt 4000 ]
grep -q streamOptimized "$bucket"/web/*.vmdk
same '' "$(ls "$QAMI_STORE/tasks")"

# the same token is the same task
once=$(qami $export --image-id "$ami" --disk-image-format raw --client-token a \
	--s3-export-location S3Bucket=images \
	--tag-specifications \
	'ResourceType=export-image-task,Tags=[{Key=a,Value=b}]')
task=$(echo "$once" | get ExportImageTaskId)
same active "$(echo "$once" | get Status)"
same "$task" "$(qami $export --image-id "$ami" --disk-image-format raw \
	--client-token a --s3-export-location S3Bucket=images \
	--tag-specifications \
	'ResourceType=export-image-task,Tags=[{Key=a,Value=b}]' |
	get ExportImageTaskId)"
fails IdempotentParameterMismatch qami $export --image-id "$ami" \
	--disk-image-format VHD --client-token a \
	--s3-export-location S3Bucket=images
exported "$task" completed
same b "$(qami describe-export-image-tasks --export-image-task-ids "$task" |
	get ExportImageTasks.0.Tags.0.Value)"
qami create-tags --resources "$task" --tags Key=c,Value=d
fails InvalidExportTaskID.NotFound as 222222222222 create-tags \
	--resources "$task" --tags Key=c,Value=d

# a chain of layers, and what is refused
vol=$(qami create-volume --availability-zone us-east-1a --output text \
	--snapshot-id "$(snapshot_of "$ami")" --query VolumeId)
snap=$(qami create-snapshot --volume-id "$vol" | get SnapshotId)
over=$(qami register-image --name over --root-device-name /dev/sda1 \
	--block-device-mappings "DeviceName=/dev/sda1,Ebs={SnapshotId=$snap}" |
	get ImageId)
task=$(qami $export --image-id over --disk-image-format RAW \
	--s3-export-location S3Bucket=images | get ExportImageTaskId)
exported "$task" completed
qemu-img compare -f raw -F raw "$TMPDIR/disk.raw" "$bucket/$task.raw" \
	>"$TMPDIR/out"
two=$(qami register-image --name two --root-device-name /dev/sda1 \
	--block-device-mappings "DeviceName=/dev/sda1,Ebs={SnapshotId=$snap}" \
	'DeviceName=/dev/sdf,Ebs={VolumeSize=1}' | get ImageId)
to='--disk-image-format RAW --s3-export-location S3Bucket=images'
fails UnsupportedOperation qami $export --image-id "$two" $to
fails InvalidAMIID.NotFound qami $export --image-id ami-0fedcba9876543210 $to
hidden "$ami" $export --image-id "$ami" $to
aki=$(qami import "$TMPDIR/disk.raw" --name kernel --kind kernel)
fails UnsupportedOperation qami $export $to \
	--image-id "$(image booted --kernel-id "$aki")"
has 'boots a kernel from outside' "$TMPDIR/err"
qami disable-image --image-id "$over"
fails InvalidAMIID.Unavailable qami $export --image-id "$over" $to
fails InvalidParameterValue qami $export --image-id "$ami" \
	--disk-image-format VDI --s3-export-location S3Bucket=images
fails InvalidParameterValue qami $export --image-id "$ami" \
	--disk-image-format RAW --s3-export-location S3Bucket=images,S3Prefix=/a
fails InvalidParameterValue qami $export --image-id "$ami" \
	--disk-image-format RAW \
	--s3-export-location S3Bucket=images,S3Prefix=../a
fails MissingParameter qami $export --cli-input-json '{}'
as 222222222222 create-store-image-task --bucket theirs --image-id \
	"$(as 222222222222 import "$TMPDIR/disk.raw" --name their)" >"$TMPDIR/out"
fails BucketAlreadyExists qami $export --image-id "$ami" \
	--disk-image-format RAW --s3-export-location S3Bucket=theirs
fails TagLimitExceeded qami $export --image-id "$ami" $to \
	--tag-specifications \
	"ResourceType=export-image-task,Tags=[$(seq -s , -f '{Key=%g,Value=x}' 51)]"
qami modify-image-attribute --image-id "$ami" --launch-permission \
	'Add=[{UserId=222222222222}]'
fails AuthFailure as 222222222222 $export --image-id "$ami" $to
sealed=$(qami copy-image --name sealed --source-image-id "$ami" \
	--source-region us-east-1 --encrypted | get ImageId)
restored_is "$sealed" available
fails UnsupportedOperation qami $export --image-id "$sealed" $to
dry qami $export --image-id "$ami" $to
tests/audit --jobs
