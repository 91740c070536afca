#!/bin/sh
# describe-bundle-tasks - whose tasks, by id and by filter, and why one failed
# boots guests
. tests/lib.sh
. tests/bundle.sh

guests_here
describe='describe-bundle-tasks'
same '{"BundleTasks": []}' "$(qami $describe | tr -d '\n' | tr -s ' ' |
	sed 's/{ /{/; s/ }/}/')"
ami=$(image blank)
i=$(launch "$ami")
task=$(qami bundle-instance --instance-id "$i" \
	--storage 'S3={Bucket=images,Prefix=blank}' |
	get BundleTask.BundleId)
end=$(($(date +%s) + 120))
until [ "$(qami $describe | get BundleTasks.0.State)" = complete ]; do
	[ "$(date +%s)" -lt $end ]
	sleep 0.2
done
qami $describe --bundle-ids "$task" >"$TMPDIR/task"
for pair in BundleId="$task" InstanceId="$i" Progress=100% State=complete \
	Storage.S3.Bucket=images Storage.S3.Prefix=blank; do
	same "${pair#*=}" "$(get "BundleTasks.0.${pair%%=*}" <"$TMPDIR/task")"
done
grep -q '"StartTime": "20' "$TMPDIR/task"
grep -q '"UpdateTime": "20' "$TMPDIR/task"
! grep -q BundleTaskError "$TMPDIR/task" || exit 1
finds 1 $describe bundle-id="$task" instance-id="$i" state=complete,failed \
	s3-bucket=images s3-prefix='bl*' progress=100%
finds 0 $describe state=failed error-code='*' s3-bucket=other
fails InvalidParameterValue qami $describe --filters Name=nonsense,Values=x
dry qami $describe

fails InvalidBundleID.NotFound qami $describe \
	--bundle-ids bun-0fedcba9876543210
fails InvalidID qami $describe --bundle-ids i-0fedcba9876543210
hidden "$task" $describe --bundle-ids "$task"
same 0 "$(as 222222222222 $describe --query 'length(BundleTasks)')"

# one that fails says why, and leaves nothing
printf nonsense >"$QAMI_STORE/keys/ec2.pem"
bad=$(qami bundle-instance --instance-id "$i" \
	--storage 'S3={Bucket=images,Prefix=bad}' | get BundleTask.BundleId)
until [ "$(qami $describe --bundle-ids "$bad" | get BundleTasks.0.State)" = \
	failed ]; do
	[ "$(date +%s)" -lt $((end + 30)) ]
	sleep 0.2
done
qami $describe --bundle-ids "$bad" | get BundleTasks.0.BundleTaskError.Code
finds 1 $describe state=failed
same '' "$(ls "$QAMI_STORE/buckets/images" | grep bad || :)"
same '' "$(ls "$QAMI_STORE/bundling" 2>/dev/null)"
qami rm "$i"
tests/audit
