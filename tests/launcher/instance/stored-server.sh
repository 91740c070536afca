#!/bin/sh
# Images on an S3 server: stored, restored, exported and imported; encrypted
# without a file that has them in clear; and what is larger than an object of
# a server can be, or than what is held in memory, is refused in a sentence.
. tests/lib.sh
. tests/snapshot.sh
. tests/stored.sh
. tests/server.sh

s3_setup
s3_start
trap s3_stop EXIT
marker=what-a-disk-holds-in-clear
truncate -s 4M "$TMPDIR/disk.raw"
yes $marker | head -c 1500000 |
	dd of="$TMPDIR/disk.raw" bs=1M seek=1 conv=notrunc status=none
ami=$(image plain)
wanted=$(shown "$ami")
qami create-store-image-task --image-id "$ami" --bucket s3://images \
	>"$TMPDIR/out"
stored_is "$ami" Completed
# put FORMAT IMAGE - exports to the server; sets task
put()
{
	task=$(qami export-image --disk-image-format "$1" --image-id "$2" \
		--s3-export-location S3Bucket=s3://images |
		get ExportImageTaskId)
}
put VMDK "$ami"
exported "$task" completed
vmdk=$task.vmdk
qami rmi "$ami"

# restored and imported; sets new
restored()
{
	new=$(qami create-restore-image-task --bucket s3://images \
		--object-key "$ami.bin" | get ImageId)
	restored_is "$new" available
}
# taken KEY STATUS
taken()
{
	task=$(qami import-image --disk-containers \
		"UserBucket={S3Bucket=s3://images,S3Key=$1},Format=VMDK" |
		get ImportTaskId)
	imported "$task" "$2"
	qami describe-import-image-tasks --import-task-ids "$task" \
		>"$TMPDIR/task"
}
restored
same "$wanted" "$(shown "$new")"
qami rmi "$new"
taken "$vmdk" completed
new=$(get ImportImageTasks.0.ImageId <"$TMPDIR/task")
same "$wanted" "$(shown "$new")"
qami rmi "$new"
settled
qami gc >"$TMPDIR/out"

# encrypted
qami enable-ebs-encryption-by-default >"$TMPDIR/out"
# sealed IMAGE - its snapshot is, and its block is the disk's
sealed()
{
	local snap token

	snap=$(snapshot_of "$1")
	same True "$(qami describe-snapshots --snapshot-ids "$snap" |
		get Snapshots.0.Encrypted)"
	token=$(qami ebs list-snapshot-blocks --snapshot-id "$snap" \
		--output text --query 'Blocks[1].BlockToken')
	qami ebs get-snapshot-block --snapshot-id "$snap" --block-index 3 \
		--block-token "$token" "$TMPDIR/block" >"$TMPDIR/out"
	dd if="$TMPDIR/disk.raw" bs=512k skip=3 count=1 status=none |
		cmp - "$TMPDIR/block"
	same '' "$(grep -lraF $marker "$QAMI_STORE" || :)"
}
restored
sealed "$new"
taken "$vmdk" completed
sealed "$(get ImportImageTasks.0.ImageId <"$TMPDIR/task")"
same '' "$(ls "$QAMI_STORE/tasks")"

# too large for the server's object, or for memory
qami disable-ebs-encryption-by-default >"$TMPDIR/out"
qemu-img create -q -f qcow2 "$TMPDIR/large.qcow2" 6G
large=$(qami import "$TMPDIR/large.qcow2" --name large)
put RAW "$large"
exported "$task" deleted
qami describe-export-image-tasks --export-image-task-ids "$task" \
	>"$TMPDIR/task"
has 'UnsupportedOperation: The image takes 6442450944 bytes' "$TMPDIR/task"
(
	unworked
	qami create-store-image-task --image-id "$large" --bucket s3://images
	work=$QAMI_STORE/tasks/$(sql "SELECT id FROM image_task
		WHERE kind = 'store' AND state = 'active'")
	mkdir -p "$work"
	truncate -s 5368709121 "$work/object"
) >"$TMPDIR/out"
qami run-jobs --slow
stored_is "$large" Failed
qami describe-store-image-tasks --image-ids "$large" >"$TMPDIR/task"
has 'The image takes 5368709121 bytes' "$TMPDIR/task"
same '' "$(ls "$QAMI_STORE/tasks")"
tests/audit --jobs
