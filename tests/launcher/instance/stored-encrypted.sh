#!/bin/sh
# What is imported or restored becomes encrypted where the account has it so by
# default, or where that is asked for: each format shows the same disk, and no
# file of the store has any of it in clear.
. tests/lib.sh
. tests/stored.sh

marker=what-a-disk-holds-in-clear
truncate -s 12M "$TMPDIR/disk.raw"
yes $marker | head -c 1500000 |
	dd of="$TMPDIR/disk.raw" bs=1M seek=3 conv=notrunc status=none
printf '\125\252' | dd of="$TMPDIR/disk.raw" bs=1 seek=510 conv=notrunc \
	status=none
printf end | dd of="$TMPDIR/disk.raw" bs=1 seek=12582909 conv=notrunc \
	status=none

# shows SNAPSHOT - its blocks are the disk's
shows()
{
	local index token

	qami ebs list-snapshot-blocks --snapshot-id "$1" --output text \
		--query 'Blocks[].[BlockIndex,BlockToken]' >"$TMPDIR/blocks"
	[ "$(wc -l <"$TMPDIR/blocks")" -ge 5 ]
	while read -r index token; do
		qami ebs get-snapshot-block --snapshot-id "$1" --block-index \
			"$index" --block-token "$token" "$TMPDIR/block" \
			>"$TMPDIR/out"
		dd if="$TMPDIR/disk.raw" bs=512k skip="$index" count=1 \
			status=none | cmp - "$TMPDIR/block"
	done <"$TMPDIR/blocks"
	rm "$TMPDIR/block"
}

# sealed SNAPSHOT [KEY] - it is encrypted, under that key, and shows the disk;
# the store has none of it in clear but for the objects of its buckets
sealed()
{
	local arn

	arn=$(qami describe-snapshots --snapshot-ids "$1" --output text \
		--query 'Snapshots[?Encrypted].KmsKeyId')
	case $arn in
	arn:aws:kms:us-east-1:123456789012:key/*"${2:-}") ;;
	*)
		echo "$1 is under '$arn'" >&2
		return 1
		;;
	esac
	shows "$1"
	same '' "$(grep -lraF $marker --exclude-dir=buckets "$QAMI_STORE" || :)"
}
in_clear=$(image clear --description 'of no key')
shows "$(snapshot_of "$in_clear")"
qami create-store-image-task --image-id "$in_clear" --bucket images \
	>"$TMPDIR/out"
stored_is "$in_clear" Completed
qami rmi "$in_clear"
key=$(qami kms create-key --output text --query KeyMetadata.KeyId)

# asked for, of any account
snap=$(qami import-snapshot --encrypted --kms-key-id "$key" --disk-container \
	"File=$TMPDIR/disk.raw" | get SnapshotTaskDetail.SnapshotId)
sealed "$snap" "$key"
qami describe-import-snapshot-tasks >"$TMPDIR/tasks"
tests/shape DescribeImportSnapshotTasks "$TMPDIR/tasks"
same "True RAW" "$(get ImportSnapshotTasks.0.SnapshotTaskDetail.Encrypted \
	<"$TMPDIR/tasks") $(get ImportSnapshotTasks.0.SnapshotTaskDetail.Format \
	<"$TMPDIR/tasks")"
new=$(qami import "$TMPDIR/disk.raw" --name asked --encrypted)
sealed "$(snapshot_of "$new")"
fails InvalidParameterCombination qami import "$TMPDIR/disk.raw" \
	--name moved --move --encrypted
fails InvalidParameterCombination qami import "$TMPDIR/disk.raw" \
	--name kernel --kind kernel --encrypted

# by default
qami enable-ebs-encryption-by-default >"$TMPDIR/out"
new=$(image default)
sealed "$(snapshot_of "$new")"
qemu-img convert -f raw -O qcow2 "$TMPDIR/disk.raw" "$TMPDIR/disk.qcow2"
new=$(qami import "$TMPDIR/disk.qcow2" --name qcow2)
sealed "$(snapshot_of "$new")"
fails InvalidParameterCombination qami import "$TMPDIR/disk.raw" \
	--name moved --move
[ -e "$TMPDIR/disk.raw" ]
new=$(qami create-restore-image-task --bucket images \
	--object-key "$in_clear.bin" | get ImageId)
restored_is "$new" available
sealed "$(snapshot_of "$new")"
bucket=$QAMI_STORE/buckets/images

# taken BUCKET KEY FORMAT [OPTION…] - ImportImage's is encrypted
taken()
{
	local from=$1 object=$2 format=$3

	shift 3
	task=$(qami import-image "$@" --disk-containers \
		"Format=$format,UserBucket={S3Bucket=$from,S3Key=$object}" |
		get ImportTaskId)
	imported "$task" completed
	qami describe-import-image-tasks --import-task-ids "$task" \
		>"$TMPDIR/task"
	tests/shape DescribeImportImageTasks "$TMPDIR/task"
	same True "$(get ImportImageTasks.0.Encrypted <"$TMPDIR/task")"
	new=$(get ImportImageTasks.0.ImageId <"$TMPDIR/task")
	sealed "$(snapshot_of "$new")"
}
for pair in raw:RAW qcow2:QCOW2 vmdk:VMDK vpc:VHD; do
	rm -f "$bucket/in"
	qemu-img convert -f raw -O "${pair%:*}" $(
		[ "$pair" != vpc:VHD ] || echo -o force_size=on) \
		"$TMPDIR/disk.raw" "$bucket/in"
	taken images in "${pair#*:}"
done
qami disable-ebs-encryption-by-default >"$TMPDIR/out"
taken images in VHD --encrypted --kms-key-id "$key"
same "arn:aws:kms:us-east-1:123456789012:key/$key" \
	"$(get ImportImageTasks.0.KmsKeyId <"$TMPDIR/task")"

# a key that is disabled meanwhile ends the task, and nothing is left
layers=$(ls "$QAMI_STORE/layers")
task=$(
	unworked
	qami import-image --encrypted --kms-key-id "$key" --disk-containers \
		"Format=VHD,UserBucket={S3Bucket=images,S3Key=in}" |
		get ImportTaskId
	qami kms disable --key-id "$key"
)
imported "$task" deleted
qami describe-import-image-tasks --import-task-ids "$task" |
	get ImportImageTasks.0.StatusMessage >"$TMPDIR/why"
has InvalidKMSKey.InvalidState "$TMPDIR/why"
same "$layers" "$(ls "$QAMI_STORE/layers")"
qami kms enable --key-id "$key"
tests/audit --jobs
qami fsck
