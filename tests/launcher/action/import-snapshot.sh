#!/bin/sh
# import-snapshot - raw and qcow2 files become snapshots, hostile ones do not
. tests/lib.sh

disk "$TMPDIR/a.raw"
disk "$TMPDIR/big.raw" 1025M
qemu-img convert -f raw -O qcow2 "$TMPDIR/a.raw" "$TMPDIR/a.qcow2"

# take FILE OPTION… - imports and prints the snapshot's id
take()
{
	file=$1
	shift
	qami import-snapshot --disk-container "File=$TMPDIR/$file$*"
}

take a.raw >"$TMPDIR/answer"
same completed "$(get SnapshotTaskDetail.Status <"$TMPDIR/answer")"
get ImportTaskId <"$TMPDIR/answer" | grep -qE '^import-snap-[0-9a-f]{17}$'
snap=$(get SnapshotTaskDetail.SnapshotId <"$TMPDIR/answer")
same 1 "$(qami describe-snapshots --snapshot-ids "$snap" |
	get Snapshots.0.VolumeSize)"
take a.qcow2 >/dev/null
take a.raw ,Format=raw >/dev/null
take a.raw ,Format=RAW >/dev/null
take a.qcow2 ,Format=qcow2 >/dev/null
# a qcow2 file that is said to be raw is a raw disk, whatever it looks like
take a.qcow2 ,Format=raw >/dev/null
take big.raw >"$TMPDIR/answer"
snap=$(get SnapshotTaskDetail.SnapshotId <"$TMPDIR/answer")
same 2 "$(qami describe-snapshots --snapshot-ids "$snap" |
	get Snapshots.0.VolumeSize)"

# descriptions
snap=$(qami import-snapshot --description 'of the task' --disk-container \
	"File=$TMPDIR/a.raw,Description=of the disk" |
	get SnapshotTaskDetail.SnapshotId)
same 'of the task' "$(qami describe-snapshots --snapshot-ids "$snap" |
	get Snapshots.0.Description)"
snap=$(take a.raw ',Description=of the disk' |
	get SnapshotTaskDetail.SnapshotId)
same 'of the disk' "$(qami describe-snapshots --snapshot-ids "$snap" |
	get Snapshots.0.Description)"

before=$(qami describe-snapshots --query 'length(Snapshots)')
layers=$(ls "$QAMI_STORE/layers" | wc -l)
fails ClientError.UnsupportedImage take a.raw ,Format=qcow2
qemu-img create -q -f qcow2 -b "$TMPDIR/a.raw" -F raw "$TMPDIR/backed.qcow2"
fails ClientError.UnsupportedImage take backed.qcow2
: >"$TMPDIR/empty"
fails ClientError.UnsupportedImage take empty
fails InvalidParameterValue take missing
fails InvalidParameterValue take a.raw ,Format=vmdk
fails InvalidParameterValue take .
fails MissingParameter qami import-snapshot --disk-container Format=raw
fails MissingParameter qami import-snapshot --cli-input-json '{}'
dry qami import-snapshot --disk-container "File=$TMPDIR/a.raw"
sealed()
{
	qami import-snapshot --disk-container "File=$TMPDIR/a.raw" "$@"
}
fails InvalidParameterDependency sealed --kms-key-id alias/x
fails InvalidKMSKey.NotFound sealed --encrypted --kms-key-id alias/x
key=$(qami kms create-key --output text --query KeyMetadata.KeyId)
qami kms disable --key-id "$key"
fails InvalidKMSKey.InvalidState sealed --encrypted --kms-key-id "$key"
fails ClientError.UnsupportedImage qami import-snapshot --dry-run \
	--disk-container "File=$TMPDIR/empty"

# beyond what the account may have
qami quota set --snapshots "$(sql "SELECT count(*) FROM snapshot
	WHERE owner = '123456789012'")"
fails SnapshotLimitExceeded take a.raw
qami quota set --snapshots none

# a full disk
if has_small_disk; then
	head -c 5M /dev/urandom >"$TMPDIR/full.raw"
	fails InsufficientVolumeCapacity small_disk \
		'qami import-snapshot --disk-container File=../full.raw'
fi
same "$before" "$(qami describe-snapshots --query 'length(Snapshots)')"
same "$layers" "$(ls "$QAMI_STORE/layers" | wc -l)"
