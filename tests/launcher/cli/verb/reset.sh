#!/bin/sh
# reset - a guest finds what it was launched from, or a snapshot of its root,
# at the address that it had
# boots guests
. tests/lib.sh

guests_here
tiny=$(qami import "$(tests/guest/build tiny)" --name tiny)
cat >"$TMPDIR/script" <<'SCRIPT'
#!/bin/sh
old=$(dd if=/dev/vda bs=512 skip=1000000 count=1 2>/dev/null | tr -d '\0')
data=$(dd if=/dev/vdb bs=512 count=1 2>/dev/null | tr -d '\0')
echo "root has: [$old], data [$data]" >/dev/console
for disk in vda vdb; do
	seek=1000000
	[ $disk = vda ] || seek=0
	printf mine | dd of=/dev/$disk bs=512 seek=$seek conv=notrunc,fsync \
		2>/dev/null
done
echo "root is written" >/dev/console
SCRIPT
i=$(qami run "$tiny" --name one -t t3.nano --user-data \
	"file://$TMPDIR/script" --block-device-mappings \
	'DeviceName=/dev/sdf,Ebs={VolumeSize=1,DeleteOnTermination=true}')
root()
{
	sql "SELECT volume FROM attachment WHERE instance = '$i'
		AND position = 0"
}
says 180 "$i" 'root has: [], data []'
says 120 "$i" 'root is written'
address=$(qami describe-instances --query \
	'Reservations[0].Instances[0].PrivateIpAddress')
old=$(root)
snap=$(qami create-snapshot --volume-id "$old" --output text \
	--query SnapshotId --tag-specifications \
	'ResourceType=snapshot,Tags=[{Key=Name,Value=after}]')

# to its image: the other disk is what it was, the old root is gone
same '' "$(qami reset one)"
says 180 "$i" 'root has: [], data [mine]'
same running "$(state "$i")"
same "$address" "$(qami describe-instances --query \
	'Reservations[0].Instances[0].PrivateIpAddress')"
fails InvalidVolume.NotFound qami describe-volumes --volume-ids "$old"

# to a snapshot of the root that it had, by name; the old one is kept
says 120 "$i" 'root is written' 2
old=$(root)
same "$old" "$(qami reset one --to after --keep)"
says 180 "$i" 'root has: [mine], data [mine]'
same available "$(qami describe-volumes --volume-ids "$old" |
	get Volumes.0.State)"
same succeeded,succeeded "$(sql 'SELECT group_concat(state) FROM root_task')"

fails InvalidSnapshot.NotFound qami reset one --to nothing
fails InvalidInstanceID.NotFound qami reset nobody
qami stop -f one
fails IncorrectInstanceState qami reset one
