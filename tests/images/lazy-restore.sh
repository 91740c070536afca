#!/bin/sh
# takes long
# An image that is restored from a bucket is used at once, and is pending until
# all of it is here: what takes a completed snapshot says so, what is killed
# goes on, and who deletes it ends it.
. tests/lib.sh
. tests/filling.sh
. tests/snapshot.sh
. tests/stored.sh
QAMI_FILL_RATE=0.25
export QAMI_FILL_RATE

head -c 40M /dev/urandom >"$TMPDIR/raw"
ami=$(qami import "$TMPDIR/raw" --name web)
data=$(image data)
root=$(snapshot_of "$ami")
ami=$(qami register-image --name two --root-device-name /dev/sda1 \
	--block-device-mappings "[
	{\"DeviceName\": \"/dev/sda1\", \"Ebs\": {\"SnapshotId\": \"$root\"}},
	{\"DeviceName\": \"/dev/sdf\", \"Ebs\": {\"SnapshotId\":
	 \"$(snapshot_of "$data")\"}}]" | get ImageId)
wanted=$(shown "$ami" 1)
qami create-store-image-task --image-id "$ami" --bucket images >"$TMPDIR/out"
stored_is "$ami" Completed

# restore NAME - sets new, snap, upper and layer: the image, its snapshots, and
# the layer of the first
restore()
{
	new=$(qami create-restore-image-task --bucket images --name "$1" \
		--object-key "$ami.bin" | get ImageId)
	snap=$(snapshot_of "$new")
	upper=$(snapshot_of "$new" 1)
	layer=$(sql "SELECT layer FROM snapshot WHERE id = '$snap'")
}

# image_is IMAGE, snap_is SNAPSHOT - the state of one
image_is()
{
	qami describe-images --image-ids "$1" | get Images.0.State
}
snap_is()
{
	qami describe-snapshots --snapshot-ids "$1" | get Snapshots.0.State
}

# task - how its restore goes
task()
{
	sql "SELECT state FROM image_task WHERE image = '$new'"
}

# there at once, and known as what it is
restore again
same "pending pending active" "$(image_is "$new") $(snap_is "$snap") $(task)"
vol=$(volume --snapshot-id "$snap")
until_is 80 sql "SELECT blocks FROM filling WHERE layer = '$layer'"
reads "$TMPDIR/raw" 79
reads "$TMPDIR/raw" 40
[ "$(sed -n 's/^rchar: //p' "/proc/$(filler)/io")" -lt $((30 << 20)) ]
[ ! -e "$QAMI_STORE/layers/$layer" ]
same initializing "$(qami describe-volume-status --volume-ids "$vol" |
	get VolumeStatuses.0.VolumeStatus.Details.2.Status)"
while [ "$(qami describe-snapshots --snapshot-ids "$snap" |
	get Snapshots.0.Progress)" = 0% ]; do
	sleep 0.1
done

until_is completed snap_is "$upper"
finds 1 describe-snapshots status=pending
same pending "$(image_is "$new")"

# what takes a whole one; nothing comes meanwhile, however long that takes
kill -STOP "$(filler)"
fails IncorrectState qami copy-snapshot --source-snapshot-id "$snap" \
	--source-region us-east-1
fails IncorrectState qami modify-snapshot-tier --snapshot-id "$snap" \
	--storage-tier archive
same IncorrectState "$(qami enable-fast-snapshot-restores --source-snapshot-ids \
	"$snap" --availability-zones us-east-1a | get \
	Unsuccessful.0.FastSnapshotRestoreStateErrors.0.Error.Code)"
fails IncorrectState qami register-image --name over --root-device-name \
	/dev/sda1 --block-device-mappings \
	"DeviceName=/dev/sda1,Ebs={SnapshotId=$snap}"
fails ValidationException qami ebs list-snapshot-blocks --snapshot-id "$snap"
fails InvalidAMIID.Unavailable qami copy-image --source-image-id "$new" \
	--source-region us-east-1 --name copy
fails InvalidAMIID.Unavailable qami create-store-image-task \
	--image-id "$new" --bucket images
fails InvalidAMIID.Unavailable qami export-image --image-id "$new" \
	--disk-image-format RAW --s3-export-location S3Bucket=images
fails InvalidAMIID.Unavailable qami disable-image --image-id "$new"
fails InvalidSnapshot.InUse qami delete-snapshot --snapshot-id "$snap"
dry qami run-instances --image-id "$new" --instance-type t3.micro

# an image that is pending for more than its bytes is none to launch
begun sh -c 'id=$(qami copy-image --source-image-id "$1" --name sealed \
	--source-region us-east-1 --encrypted --output text --query ImageId)
	qami run-instances --image-id "$id" 2>"$TMPDIR/refused" || echo refused
' sh "$ami" >"$TMPDIR/out"
same refused "$(cat "$TMPDIR/out")"
has InvalidAMIID.Unavailable "$TMPDIR/refused"
kill -CONT "$(filler)"

# a snapshot of what stands on it is as pending
taken=$(snap "$vol")
same pending "$(snap_is "$taken")"
dry qami create-volume --snapshot-id "$taken" --availability-zone us-east-1a

# whoever is killed is followed by another one, who goes on
before=$(sql "SELECT filled FROM filling WHERE layer = '$layer'")
kill -9 "$(filler)"
for runner in $(pgrep -f "^qami --store $QAMI_STORE .*run-jobs"); do
	kill -9 "$runner" || :
done
same pending "$(image_is "$new")"
until_is 1 fillers
until reads "$TMPDIR/raw" 40; do
	sleep 0.1
done
[ "$(sql "SELECT filled FROM filling WHERE layer = '$layer'")" -ge "$before" ]

# deleted meanwhile: what stands on it keeps what it needs, and gets it
qami deregister-image --image-id "$new" >"$TMPDIR/out"
same failed "$(task)"
fails InvalidSnapshot.NotFound qami describe-snapshots --snapshot-ids "$snap"
same completed "$(snap_is "$upper")" # that was all here, and is like any other
qami delete-snapshot --snapshot-id "$taken"
fails InvalidSnapshot.NotFound qami describe-snapshots --snapshot-ids "$taken"
reads "$TMPDIR/raw" 78
qami delete-volume --volume-id "$vol"
settled
same '' "$(ls "$QAMI_STORE/fill")"

# completed, with the last of them, and then the object may go
restore whole
vol=$(volume --snapshot-id "$snap" --volume-initialization-rate 300)
other=$(snap "$vol")
restored_is "$new" available
same completed "$(task)"
same "completed completed completed" \
	"$(snap_is "$snap") $(snap_is "$upper") $(snap_is "$other")"
rm "$QAMI_STORE/buckets/images/$ami.bin"
same "$wanted" "$(shown "$new" 1)"
patient qemu-img convert -O raw "$(of snapshot "$snap")" "$TMPDIR/got"
cmp -n $((40 << 20)) "$TMPDIR/raw" "$TMPDIR/got"
qami copy-snapshot --source-snapshot-id "$other" --source-region us-east-1 \
	>"$TMPDIR/out"
qami delete-volume --volume-id "$vol"
settled
qami fsck --deep
