#!/bin/sh
# create-store-image-task - whose images, of which kind, into which buckets; the
# object is whole or not there
. tests/lib.sh
. tests/stored.sh

ami=$(image web)
qami create-tags --resources "$ami" --tags Key=a,Value=b
store='create-store-image-task'

same "$ami.bin" "$(qami $store --image-id "$ami" --bucket images \
	--s3-object-tags 'Key=for,Value=a=b&c' Key=plain,Value=1 |
	get ObjectKey)"
stored_is "$ami" Completed
object=$QAMI_STORE/buckets/images/$ami.bin
same qamiimg "$(head -c 7 "$object")"
same 600 "$(stat -c %a "$object")"
[ "$(stat -c %s "$object")" -lt 4096 ]
if getfattr "$object" >/dev/null 2>&1; then
	getfattr --absolute-names --only-values -n user.s3.tagging \
		"$object" >"$TMPDIR/tags"
	same 'for=a%3Db%26c&plain=1' "$(cat "$TMPDIR/tags")"
fi
same '' "$(ls "$QAMI_STORE/tasks")"

# again, and in another bucket
before=$(stat -c %i "$object")
qami $store --image-id web --bucket images >"$TMPDIR/out"
stored_is "$ami" Completed
[ "$before" != "$(stat -c %i "$object")" ]
qami $store --image-id "$ami" --bucket s3other >"$TMPDIR/out"
stored_is "$ami" Completed
cmp "$object" "$QAMI_STORE/buckets/s3other/$ami.bin"

# what is refused
fails InvalidAMIID.NotFound qami $store --image-id ami-0fedcba9876543210 \
	--bucket images
hidden "$ami" $store --image-id "$ami" --bucket theirs
qami modify-image-attribute --image-id "$ami" \
	--launch-permission 'Add=[{UserId=222222222222}]'
fails AuthFailure as 222222222222 $store --image-id "$ami" --bucket theirs
fails BucketAlreadyExists as 222222222222 $store --bucket images --image-id \
	"$(as 222222222222 import "$TMPDIR/disk.raw" --name theirs)"
fails InvalidParameterValue qami $store --image-id "$ami" --bucket images/key
fails InvalidParameterValue qami $store --image-id "$ami" --bucket No_Bucket
fails InvalidParameterValue qami $store --image-id "$ami" --bucket images \
	--s3-object-tags Key=a,Value=1 Key=a,Value=2
fails InvalidParameterValue qami $store --image-id "$ami" --bucket images \
	--s3-object-tags $(for i in 1 2 3 4 5 6 7 8 9 10 11; do
		echo Key=$i,Value=1; done)
fails MissingParameter qami $store --cli-input-json '{}'
fails NoSuchBucket qami $store --image-id "$ami" --bucket s3://none
dry qami $store --image-id "$ami" --bucket dry-run
[ ! -e "$QAMI_STORE/buckets/dry-run" ]
qami import "$TMPDIR/disk.raw" --name kernel --kind kernel >"$TMPDIR/aki"
fails InvalidAMIID.Malformed qami $store \
	--image-id "$(cat "$TMPDIR/aki")" --bucket images
fails UnsupportedOperation qami $store --bucket images --image-id \
	"$(image booted --kernel-id "$(cat "$TMPDIR/aki")")"
has 'boots a kernel from outside' "$TMPDIR/err"
qami disable-image --image-id "$ami"
fails InvalidAMIID.Unavailable qami $store --image-id "$ami" --bucket images
qami enable-image --image-id "$ami"

# another account's snapshot is nothing to store
copy=$(as 222222222222 register-image --name over --root-device-name /dev/sda1 \
	--block-device-mappings "DeviceName=/dev/sda1,Ebs={SnapshotId=$(
		snap=$(snapshot_of "$ami")
		qami modify-snapshot-attribute --snapshot-id "$snap" \
			--attribute createVolumePermission \
			--operation-type add --user-ids 222222222222
		echo "$snap")}" | get ImageId)
fails UnsupportedOperation as 222222222222 $store --image-id "$copy" \
	--bucket theirs

# a full disk fails the task, which says so, and leaves nothing of it
if has_small_disk; then
	head -c 1500000 /dev/urandom >"$TMPDIR/noise.raw"
	small_disk '
		ami=$(qami import ../noise.raw --name noise)
		fill
		qami create-store-image-task --image-id "$ami" --bucket images \
			>../small.out 2>../small.err || exit 0
		tries=0
		while qami describe-store-image-tasks | grep -q InProgress; do
			tries=$((tries + 1))
			[ $tries -lt 600 ]
			sleep 0.1
		done
		qami describe-store-image-tasks >../small.tasks
		ls store/buckets/images store/tasks >../small.left'
	if [ -e "$TMPDIR/small.tasks" ]; then
		same Failed "$(get StoreImageTaskResults.0.StoreTaskState \
			<"$TMPDIR/small.tasks")"
		has InsufficientVolumeCapacity "$TMPDIR/small.tasks"
		same 0 "$(grep -c bin "$TMPDIR/small.left" || :)"
	else
		has '(InsufficientVolumeCapacity)' "$TMPDIR/small.err"
	fi
fi

# what is encrypted does not lie in a bucket in the clear
sealed=$(qami copy-image --name sealed --source-image-id "$ami" \
	--source-region us-east-1 --encrypted | get ImageId)
restored_is "$sealed" available
fails UnsupportedOperation qami create-store-image-task --bucket images \
	--image-id "$sealed"
tests/audit --jobs
