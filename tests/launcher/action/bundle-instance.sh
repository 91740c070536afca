#!/bin/sh
# takes long
# bundle-instance - a running guest becomes an image in a bucket and goes on,
# whether its root is a volume or an instance store
# boots guests
. tests/lib.sh
. tests/bundle.sh

guests_here

# bundled INSTANCE PREFIX - begins; prints the task's id
bundled()
{
	qami bundle-instance --instance-id "$1" \
		--storage "S3={Bucket=images,Prefix=$2}" \
		--query BundleTask.BundleId --output text
}

# task ID PATH - one thing of a task
task()
{
	qami describe-bundle-tasks --bundle-ids "$1" | get "BundleTasks.0.$2"
}

# task_is SECONDS ID STATE - waits for it
task_is()
{
	local end now

	end=$(($(date +%s) + $1))
	while now=$(task "$2" State); [ "$now" != "$3" ]; do
		if [ "$(date +%s)" -ge "$end" ]; then
			qami describe-bundle-tasks --bundle-ids "$2" >&2
			return 1
		fi
		sleep 0.2
	done
}

# boots ID COUNT - which boot of its root a guest says it is
boots()
{
	says 90 "$1" 'qami-guest: ready'
	qami logs "$1" | tr -d '\r' | grep -qx "qami-guest: boot $2"
}

ami=$(qami import "$(tests/guest/build disk)" --name disk)
i=$(launch "$ami")
boots "$i" 1

storage="S3={Bucket=images,Prefix=one}"
dry qami bundle-instance --instance-id "$i" --storage "$storage"
[ ! -e "$QAMI_STORE/buckets/images" ]
fails InvalidInstanceID.NotFound qami bundle-instance \
	--instance-id i-0fedcba9876543210 --storage "$storage"
hidden "$i" bundle-instance --instance-id "$i" --storage "$storage"
fails MissingParameter qami bundle-instance --instance-id "$i" \
	--storage 'S3={Prefix=x}'
fails InvalidParameterValue bundled "$i" 'a b'
fails InvalidParameterValue bundled "$i" ../x
fails InvalidParameterValue bundled "$i" dir/
fails InvalidParameterValue qami bundle-instance --instance-id "$i" \
	--storage 'S3={Bucket=images/x,Prefix=y}'
fails NoSuchBucket qami bundle-instance --instance-id "$i" \
	--storage 'S3={Bucket=s3://images,Prefix=y}'

# a root volume, while its guest runs
one=$(bundled "$i" dir/one)
fails BundlingInProgress bundled "$i" two
case $one in bun-*) ;; *) exit 1 ;; esac
same "$i" "$(task "$one" InstanceId)"
same 'images dir/one' "$(task "$one" Storage.S3.Bucket) $(task "$one" \
	Storage.S3.Prefix)"
task_is 120 "$one" complete
same 100% "$(task "$one" Progress)"
same 0 "$(qami describe-snapshots --owner-ids self --query \
	'length(Snapshots[?Description==`taken for a bundle`])')"
fails InvalidParameterValue bundled "$i" dir/one
has "There is a bundle at images/dir/one.manifest.xml already" "$TMPDIR/err"
tests/audit --jobs
store=$(registered images/dir/one.manifest.xml one)
image_is "$store" RootDeviceType instance-store
image_is "$store" Architecture x86_64

# it boots from there, and goes on counting
j=$(launch "$store" --block-device-mappings \
	DeviceName=/dev/sdb,VirtualName=ephemeral0)
boots "$j" 2
# one_root - waits until the root is one file again: a task is complete when its
# bundle is
one_root()
{
	local end

	end=$(($(date +%s) + 120))
	while [ "$(ls "$QAMI_STORE/scratch" | grep -c -- -root)" != 1 ]; do
		[ "$(date +%s)" -lt "$end" ] || return 1
		sleep 0.2
	done
}

# an instance-store root, while its guest runs; what it writes afterwards is
# not in the bundle, and not lost
two=$(bundled "$j" two)
task_is 120 "$two" complete
one_root
qami reboot-instances --instance-ids "$j"
says 90 "$j" 'qami-guest: boot 3'
tests/audit --jobs
qami fsck
three=$(bundled "$j" three)
task_is 120 "$three" complete
one_root
again=$(registered images/two.manifest.xml two)
image_is "$again" BlockDeviceMappings.0.VirtualName ephemeral0
image_is "$again" BlockDeviceMappings.0.DeviceName /dev/sdb
later=$(registered images/three.manifest.xml three)
qami rm "$i" "$j"
fails IncorrectInstanceState bundled "$j" four
k=$(launch "$again")
l=$(launch "$later")
boots "$k" 3
boots "$l" 4
qami rm "$k" "$l"

# a bucket of another account's
disk "$TMPDIR/disk.raw"
ami=$(as 222222222222 import "$TMPDIR/disk.raw" --name other)
i=$(as 222222222222 run-instances --image-id "$ami" | get Instances.0.InstanceId)
fails BucketAlreadyExists as 222222222222 bundle-instance --instance-id "$i" \
	--storage 'S3={Bucket=images,Prefix=y}'
end_guests
same '' "$(scratch_left)"
tests/audit
