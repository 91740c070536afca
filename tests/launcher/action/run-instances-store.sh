#!/bin/sh
# takes long
# run-instances - of an image that is a bundle: unpacked once, never stopped,
# kept over a reboot, and gone without a trace at its end
# boots guests
. tests/lib.sh
. tests/bundle.sh

guests_here
mapping='<block_device_mapping><mapping><virtual>ami</virtual><device>sda1</device></mapping><mapping><virtual>ephemeral0</virtual><device>sdb</device></mapping></block_device_mapping>'
stored "$(tests/guest/build disk)" images/web disk machine "$mapping"
ami=$(registered images/web/disk.manifest.xml disk)
cache=$QAMI_STORE/cache

# what cannot be asked of such an image
launches()
{
	fails "$1" launch "$ami" "$2" "$3"
}
launches InvalidParameterCombination --instance-type t3.micro
launches InvalidParameterCombination \
	--instance-initiated-shutdown-behavior stop
fails UnsupportedOperation launch "$ami" --disable-api-stop
launches InvalidBlockDeviceMapping --block-device-mappings \
	'DeviceName=/dev/sda1,Ebs={VolumeSize=3}'
launches InvalidBlockDeviceMapping --block-device-mappings \
	'DeviceName=sda1,NoDevice='
dry qami run-instances --image-id "$ami"
[ ! -e "$cache" ]
same '' "$(scratch_left)"

# a guest that writes on its root at the first boot, and on the other disk
cat >"$TMPDIR/script" <<'SCRIPT'
#!/bin/sh
printf scratch >/dev/vdb
sync
SCRIPT
i=$(launch "$ami" --user-data "file://$TMPDIR/script")
same 1 "$(ls "$cache" | wc -l)"
same 400 "$(stat -c %a "$cache"/*)"
same 711 "$(stat -c %a "$cache")"
same 2 "$(scratch_left | wc -l)"
qami describe-instances --instance-ids "$i" >"$TMPDIR/row"
for pair in InstanceType=m1.small RootDeviceType=instance-store \
	RootDeviceName=/dev/sda1 BlockDeviceMappings='[]' State.Name=running; do
	same "${pair#*=}" \
		"$(get "Reservations.0.Instances.0.${pair%%=*}" <"$TMPDIR/row")"
done
same terminate "$(qami describe-instance-attribute --instance-id "$i" \
	--attribute instanceInitiatedShutdownBehavior |
	get InstanceInitiatedShutdownBehavior.Value)"
says 180 "$i" 'qami-guest: ready'
says 1 "$i" 'qami-guest: boot 1'
qami logs "$i" | grep -q "disk vda .*-root"
qami logs "$i" | grep -q "disk vdb 171798691840 .*-ephemeral0"

# it is never stopped
fails UnsupportedOperation qami stop-instances --instance-ids "$i"
fails UnsupportedOperation qami stop-instances --force --instance-ids "$i"
fails UnsupportedOperation qami start-instances --instance-ids "$i"
fails UnsupportedOperation qami modify-instance-attribute --instance-id "$i" \
	--disable-api-stop
fails UnsupportedOperation qami modify-instance-attribute --instance-id "$i" \
	--instance-initiated-shutdown-behavior Value=stop
fails UnsupportedOperation qami create-image --instance-id "$i" --name no
same running "$(state "$i")"

# an EBS volume beside it, and its snapshot
volume=$(qami create-volume --size 1 --availability-zone us-east-1a |
	get VolumeId)
qami attach-volume --volume-id "$volume" --instance-id "$i" --device /dev/sdf \
	>/dev/null
same 1 "$(qami create-snapshots --instance-specification "InstanceId=$i" |
	get Snapshots.0.VolumeId | grep -c "$volume")"

# a reboot keeps both disks
qami reboot-instances --instance-ids "$i"
says 90 "$i" 'qami-guest: boot 2'
same running "$(state "$i")"
same scratch "$(head -c 7 "$QAMI_STORE/scratch/$i-ephemeral0.raw")"
tests/audit --jobs

# the second launch unpacks nothing, and needs no bucket
mv "$QAMI_STORE/buckets/images" "$TMPDIR/away"
j=$(launch "$ami")
says 180 "$j" 'qami-guest: boot 1'
mv "$TMPDIR/away" "$QAMI_STORE/buckets/images"

# others may launch what they may not read
qami modify-image-attribute --image-id "$ami" --user-ids 222222222222
qami gc >"$TMPDIR/gc"
same 1 "$(ls "$cache" | wc -l)"
other=$(as 222222222222 run-instances --image-id "$ami" |
	get Instances.0.InstanceId)
fails InvalidManifest as 222222222222 register-image --name mine \
	--image-location images/web/disk.manifest.xml
as 222222222222 rm "$other"
hidden "$i" stop-instances --instance-ids "$i"

# terminated: nothing of it is left
qami rm "$i"
same available "$(qami describe-volumes --volume-ids "$volume" |
	get Volumes.0.State)"
same 2 "$(scratch_left | wc -l)"

# its QEMU dies: it is terminated, for it could not be started again
pid=$(sql "SELECT pid FROM instance WHERE id = '$j'")
kill -9 "$pid"
reaches 60 "$j" terminated
same Server.InternalError "$(qami describe-instances --instance-ids "$j" |
	get Reservations.0.Instances.0.StateReason.Code)"
same '' "$(scratch_left)"
qami gc >"$TMPDIR/gc"
same '' "$(ls "$cache")"

# its guest powers off, which ends it; its shutdown behaviour says so
printf '#!/bin/sh\npoweroff\nsleep 60\n' >"$TMPDIR/off"
k=$(launch "$ami" --user-data "file://$TMPDIR/off" \
	--instance-initiated-shutdown-behavior terminate)
reaches 60 "$k" terminated
same '' "$(scratch_left)"

# the host is rebooted
k=$(launch "$ami")
pid=$(sql "SELECT pid FROM instance WHERE id = '$k'")
sql "UPDATE instance SET boot_id = 'before' WHERE id = '$k'"
kill -9 "$pid"
same terminated "$(state "$k")"
same '' "$(scratch_left)"

# the bundle is not what was registered any more
qami gc >"$TMPDIR/gc"
stored "$(tests/guest/build disk)" images/web disk machine
fails InvalidManifest launch "$ami"
rm "$QAMI_STORE"/buckets/images/web/disk.part.*1
again=$(registered images/web/disk.manifest.xml again)
fails InvalidManifest launch "$again"
rm "$QAMI_STORE/buckets/images/web/disk.manifest.xml"
fails InvalidManifest launch "$ami"
same '' "$(ls "$cache")"
same '' "$(qami ps -q)"
tests/audit
