#!/bin/sh
# takes long
# boots guests
# A bundle on an S3 server that checks signatures: uploaded, registered and
# launched by the account's own keys; launched again without the server as long
# as it is unpacked, and plainly refused afterwards.
. tests/lib.sh
. tests/bundle.sh
. tests/server.sh

guests_here
PATH=$QAMI_BUILD:$PATH
mkdir "$TMPDIR/bundle"
s3_setup
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
