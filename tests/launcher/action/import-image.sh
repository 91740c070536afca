#!/bin/sh
# import-image - each format becomes the disk that it shows; what refers to other
# files, lies about itself or is a stranger's becomes nothing
. tests/lib.sh
. tests/stored.sh

noise_disk "$TMPDIR/disk.raw"
ami=$(image web)
wanted=$(shown "$ami")
qami create-store-image-task --image-id "$ami" --bucket images >"$TMPDIR/out"
stored_is "$ami" Completed
bucket=$QAMI_STORE/buckets/images
import='import-image'

# container FORMAT KEY - what is imported
container()
{
	echo "Format=$1,Description=a disk,UserBucket={S3Bucket=images,S3Key=$2}"
}

# made FORMAT OPTION… - converts the disk to $bucket/in as qemu-img does
made()
{
	rm -f "$bucket/in"
	qemu-img convert -f raw -O "$@" "$TMPDIR/disk.raw" "$bucket/in"
}

# taken FORMAT - it is imported as that, and is the disk
taken()
{
	task=$(qami $import --disk-containers "$(container "$1" in)" \
		--description "as $1" --architecture x86_64 \
		--boot-mode uefi --license-type BYOL | get ImportTaskId)
	imported "$task" completed
	new=$(qami describe-import-image-tasks --import-task-ids "$task" |
		get ImportImageTasks.0.ImageId)
	[ "$(shown "$new")" = "$wanted" ] || {
		echo "$1: another disk" >&2
		return 1
	}
}
made raw
taken RAW
made qcow2
taken QCOW2
made vmdk -o subformat=monolithicSparse
taken VMDK
made vmdk -o subformat=streamOptimized
taken vmdk
made vpc -o subformat=dynamic,force_size=on
taken VHD
made vpc -o subformat=fixed,force_size=on
taken VHD
qami describe-images --image-ids "$new" >"$TMPDIR/image"
same "$task" "$(get Images.0.Name <"$TMPDIR/image")"
same uefi "$(get Images.0.BootMode <"$TMPDIR/image")"
same 'as VHD' "$(get Images.0.Description <"$TMPDIR/image")"
same False "$(qami describe-import-image-tasks --import-task-ids "$task" |
	get ImportImageTasks.0.Encrypted)"
same '' "$(ls "$QAMI_STORE/tasks")"

# what was exported comes back
for format in VMDK VHD; do
	task=$(qami export-image --image-id "$ami" --disk-image-format $format \
		--s3-export-location S3Bucket=images | get ExportImageTaskId)
	exported "$task" completed
	mv "$bucket/$task."* "$bucket/in"
	taken $format
done

# refused FORMAT WORDS - the task says so, and leaves nothing
refused()
{
	layers=$(ls "$QAMI_STORE/layers")
	task=$(qami $import --disk-containers "$(container "$1" in)" |
		get ImportTaskId)
	imported "$task" deleted
	qami describe-import-image-tasks --import-task-ids "$task" |
		get ImportImageTasks.0.StatusMessage >"$TMPDIR/why"
	has "$2" "$TMPDIR/why"
	same "$layers" "$(ls "$QAMI_STORE/layers")"
	same '' "$(ls "$QAMI_STORE/tasks")"
}
made raw
refused QCOW2 'is said to be a qcow2'
refused VMDK 'is said to be a VMDK'
refused VHD 'is said to be a VHD'
made qcow2
qemu-img rebase -u -f qcow2 -b /etc/passwd -F raw "$bucket/in"
refused QCOW2 'has a backing file'
made vmdk -o subformat=monolithicFlat
refused VMDK 'is said to be a VMDK'
rm -f "$bucket/in" "$bucket/in-flat.vmdk"
qemu-img convert -f raw -O vmdk "$TMPDIR/disk.raw" "$TMPDIR/base.vmdk"
qemu-img create -q -f vmdk -b "$TMPDIR/base.vmdk" -F vmdk "$bucket/in"
refused VMDK 'stands on another one'

# at once
fails NoSuchKey qami $import --disk-containers "$(container RAW none)"
fails NoSuchBucket qami $import --disk-containers \
	'UserBucket={S3Bucket=nothing,S3Key=in}'
fails NoSuchBucket as 222222222222 $import --disk-containers \
	"$(container RAW in)"
fails InvalidParameterValue qami $import --disk-containers \
	"$(container OVA in)"
fails UnsupportedOperation qami $import --disk-containers \
	'Url=https://example.com/disk.raw'
fails UnsupportedOperation qami $import --disk-containers \
	"$(container RAW in)" "$(container RAW in)"
fails InvalidParameterDependency qami $import --kms-key-id alias/x \
	--disk-containers "$(container RAW in)"
fails InvalidKMSKey.NotFound qami $import --encrypted --kms-key-id alias/x \
	--disk-containers "$(container RAW in)"
key=$(qami kms create-key --output text --query KeyMetadata.KeyId)
qami kms disable --key-id "$key"
fails InvalidKMSKey.InvalidState qami $import --encrypted --kms-key-id "$key" \
	--disk-containers "$(container RAW in)"
fails MissingParameter qami $import --disk-containers Format=RAW
fails MissingParameter qami $import --cli-input-json '{}'
fails TagLimitExceeded qami $import --disk-containers "$(container RAW in)" \
	--tag-specifications \
	"ResourceType=import-image-task,Tags=[$(seq -s , -f '{Key=%g,Value=x}' 51)]"
made raw
task=$(qami $import --disk-containers "$(container RAW in)" --client-token a |
	get ImportTaskId)
same "$task" "$(qami $import --disk-containers "$(container RAW in)" \
	--client-token a | get ImportTaskId)"
fails IdempotentParameterMismatch qami $import --client-token a \
	--disk-containers "$(container VHD in)"
imported "$task" completed
dry qami $import --disk-containers "$(container RAW in)"
qami quota set --snapshots "$(sql 'SELECT count(*) FROM snapshot')"
fails SnapshotLimitExceeded qami $import --disk-containers \
	"$(container RAW in)"
tests/audit --jobs
