#!/bin/sh
# takes long
# boots guests
# A bundle on an S3 server that checks signatures: uploaded, registered and
# launched by the account's own keys; launched again without the server as long
# as it is unpacked, and plainly refused afterwards.
. tests/lib.sh
. tests/bundle.sh

guests_here
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_REGION \
	AWS_DEFAULT_REGION AWS_PROFILE AWS_DEFAULT_PROFILE AWS_ENDPOINT_URL \
	AWS_ENDPOINT_URL_S3 AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE \
	EC2_ACCESS_KEY EC2_SECRET_KEY
PATH=$QAMI_BUILD:$PATH
mkdir "$TMPDIR/s3" "$TMPDIR/bundle"
python3 -c 'import os, sys; os.setxattr(sys.argv[1], "user.qami", b"x")' \
	"$TMPDIR/s3" 2>/dev/null ||
	skip "needs extended attributes of users in TMPDIR"

# s3_start - starts the server, which keeps what it had, and tells the store
s3_start()
{
	local status

	rm -f "$TMPDIR/s3/port" "$TMPDIR/s3.in"
	mkfifo "$TMPDIR/s3.in"
	tests/s3 "$TMPDIR/s3" <"$TMPDIR/s3.in" &
	s3=$!
	exec 9>"$TMPDIR/s3.in"
	while [ ! -e "$TMPDIR/s3/port" ]; do
		if ! kill -0 $s3 2>/dev/null; then
			status=0
			wait $s3 || status=$?
			[ $status != 77 ] || skip "needs the package python3-swift"
			return 1
		fi
		sleep 0.1
	done
	echo "${1:-testing}" >"$TMPDIR/secret"
	qami s3-server --url "http://localhost:$(cat "$TMPDIR/s3/port")" \
		--access-key test:tester --secret-file "$TMPDIR/secret"
}

s3_stop()
{
	exec 9>&-
	kill $s3 2>/dev/null || :
	wait $s3 || :
}
trap 'end_guests; s3_stop' EXIT

# nothing_left - of a launch that failed
nothing_left()
{
	same '' "$(scratch_left)"
	same '' "$(ls "$QAMI_STORE/cache")"
	same '' "$(qami ps -q)"
	tests/audit --jobs
}

s3_start
ec2-bundle-image -i "$(tests/guest/build disk)" -p web -d "$TMPDIR/bundle" \
	--batch >/dev/null
same s3://images/dir/web.manifest.xml "$(ec2-upload-bundle \
	-b s3://images/dir -m "$TMPDIR/bundle/web.manifest.xml" 2>/dev/null)"
rm -r "$TMPDIR/bundle"
same '' "$(ls "$QAMI_STORE/buckets" 2>/dev/null)"
at=s3://images/dir/web.manifest.xml
ami=$(ec2-register $at | cut -f 2)
image_is "$ami" ImageLocation $at
image_is "$ami" RootDeviceType instance-store

# another account has not the server, nor its keys, but may launch
fails InvalidManifest as 222222222222 register-image --name mine \
	--image-location $at
qami modify-image-attribute --image-id "$ami" --user-ids 222222222222
other=$(as 222222222222 run-instances --image-id "$ami" |
	get Instances.0.InstanceId)
QAMI_ACCOUNT=222222222222 says 90 "$other" 'qami-guest: boot 1'
as 222222222222 rm "$other"

# a root is bundled to there as well
i=$(launch "$ami")
says 90 "$i" 'qami-guest: ready'
task=$(qami bundle-instance --instance-id "$i" \
	--storage 'S3={Bucket=s3://images,Prefix=again}' |
	get BundleTask.BundleId)
end=$(($(date +%s) + 90))
while state=$(qami describe-bundle-tasks --bundle-ids "$task" |
	get BundleTasks.0.State); [ "$state" != complete ]; do
	if [ "$state" = failed ] || [ "$(date +%s)" -ge $end ]; then
		qami describe-bundle-tasks --bundle-ids "$task" >&2
		exit 1
	fi
	sleep 0.2
done
again=$(ec2-register s3://images/again.manifest.xml | cut -f 2)
j=$(launch "$again")
says 90 "$j" 'qami-guest: boot 2'
qami rm "$i" "$j"

# without the server: what is unpacked boots, whatever else says what is wrong
s3_stop
i=$(launch "$ami")
says 90 "$i" 'qami-guest: boot 1'
qami rm "$i"
qami gc >/dev/null
fails Unavailable launch "$ami"
has localhost "$TMPDIR/err"
nothing_left
fails Unavailable ec2-register $at -n more

# with a key that is none any more
s3_start wrong
fails InvalidManifest launch "$ami"
nothing_left
s3_stop

# it comes back, and so does the image
s3_start
i=$(launch "$ami")
says 90 "$i" 'qami-guest: boot 1'
qami rm "$i"

# the bundle is gone, then the account's server
ec2-delete-bundle -b s3://images/dir -p web --yes
ec2-delete-bundle -b s3://images -p again --yes --clear
qami gc >/dev/null
fails InvalidManifest launch "$ami"
nothing_left
qami s3-server --remove
fails InvalidManifest launch "$ami"
nothing_left
