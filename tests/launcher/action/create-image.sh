#!/bin/sh
# boots guests
# takes long
# create-image - of an instance at rest: the mapping it gets, what may be
# changed of it, and what is refused
. tests/lib.sh
. tests/bundle.sh
. tests/snapshot.sh

guests_here
disk "$TMPDIR/disk.raw"
printf hello | dd of="$TMPDIR/disk.raw" bs=1 seek=4096 conv=notrunc status=none
ami=$(image alpha --description base)
i=$(launch "$ami" --instance-type c3.large --block-device-mappings \
	'DeviceName=/dev/sda1,Ebs={VolumeSize=2,VolumeType=gp3}' \
	'DeviceName=/dev/sdf,Ebs={VolumeSize=1,DeleteOnTermination=true}' \
	'DeviceName=/dev/sdg,Ebs={VolumeSize=3}' \
	DeviceName=/dev/sdb,VirtualName=ephemeral0)
qami stop -f "$i"

# make NAME [OPTION…] - an image of it
make()
{
	qami create-image --instance-id "$i" --output text --name "$@"
}

# beyond what the account may have, if only for one of its volumes
qami quota set --snapshots 3
fails SnapshotLimitExceeded make web
qami quota set --snapshots none
same 1 "$(qami images -q | wc -l)"

new=$(make web --description 'made of it' --tag-specifications \
	'ResourceType=image,Tags=[{Key=Name,Value=web}]' \
	'ResourceType=snapshot,Tags=[{Key=from,Value=web}]')
qami describe-images --image-ids "$new" >"$TMPDIR/image"
for pair in Name=web State=available 'Description=made of it' \
	Architecture=x86_64 RootDeviceName=/dev/sda1 RootDeviceType=ebs \
	OwnerId=123456789012 EnaSupport=True Tags.0.Value=web; do
	same "$pair" "${pair%%=*}=$(get "Images.0.${pair%%=*}" \
		<"$TMPDIR/image")"
done
# mapping IMAGE - a line for each entry
mapping()
{
	qami describe-images --image-ids "$1" | python3 -c '
import json, sys
for one in json.load(sys.stdin)["Images"][0]["BlockDeviceMappings"]:
    ebs = one.get("Ebs", {})
    print(one["DeviceName"][5:], one.get("VirtualName", ""),
          ebs.get("VolumeSize", ""), ebs.get("VolumeType", ""),
          ebs.get("DeleteOnTermination", ""))' | sort
}
same 'sda1  2 gp3 True
sdb ephemeral0   
sdf  1 gp2 True
sdg  3 gp2 False' "$(mapping "$new")"
same 3 "$(qami describe-snapshots --filters Name=tag:from,Values=web \
	--query 'length(Snapshots)')"
finds 3 describe-snapshots "description=Created by CreateImage($i) for $new"

# its root is the disk, and the image of its instance is another one
copy=$(volume --snapshot-id "$(get Images.0.BlockDeviceMappings.0.Ebs.SnapshotId \
	<"$TMPDIR/image")")
qemu-io -r -f qcow2 -c 'read -v 4096 512' "$(of volume "$copy")" |
	grep -q hello

# changes: the end of a volume, one left out, one more; a disk of the host's
changed=$(make changed --block-device-mappings '[{"DeviceName": "/dev/sda1",
	"Ebs": {"DeleteOnTermination": false, "VolumeSize": 2}},
	{"DeviceName": "/dev/sdg", "NoDevice": ""},
	{"DeviceName": "/dev/sdb", "NoDevice": ""},
	{"DeviceName": "sdf", "Ebs": {"DeleteOnTermination": false}},
	{"DeviceName": "/dev/sdh", "Ebs": {"VolumeSize": 5}},
	{"DeviceName": "/dev/sdc", "VirtualName": "ephemeral1"}]')
same 'sda1  2 gp3 False
sdc ephemeral1   
sdf  1 gp2 False
sdh  5 gp2 False' "$(mapping "$changed")"

# what is refused, and leaves nothing behind
before=$(ls "$QAMI_STORE/layers" | wc -l)
over()
{
	local code

	code=$1
	shift
	fails "$code" make refused --block-device-mappings "$@"
}
over InvalidBlockDeviceMapping 'DeviceName=/dev/sda1,Ebs={VolumeSize=3}'
over InvalidBlockDeviceMapping 'DeviceName=/dev/sda1,Ebs={VolumeType=gp2}'
over InvalidBlockDeviceMapping "DeviceName=/dev/sdf,Ebs={SnapshotId=$(
	get Images.0.BlockDeviceMappings.0.Ebs.SnapshotId <"$TMPDIR/image")}"
over InvalidBlockDeviceMapping 'DeviceName=/dev/sdf,VirtualName=ephemeral0'
over InvalidBlockDeviceMapping '[{"DeviceName": "/dev/sda1", "NoDevice": ""}]'
over InvalidBlockDeviceMapping 'DeviceName=/dev/sdh,Ebs={VolumeSize=1}' \
	'DeviceName=sdh,Ebs={VolumeSize=1}'
over InvalidBlockDeviceMapping 'DeviceName=/dev/nonsense,Ebs={VolumeSize=1}'
over MissingParameter 'DeviceName=/dev/sdh,Ebs={VolumeType=gp2}'
over InvalidSnapshot.NotFound \
	'DeviceName=/dev/sdh,Ebs={SnapshotId=snap-0fedcba9876543210}'
over UnsupportedOperation 'DeviceName=/dev/sdh,Ebs={Encrypted=true}'
fails InvalidAMIName.Duplicate make web
fails InvalidAMIName.Malformed make ab
fails InvalidInstanceID.NotFound qami create-image --name free \
	--instance-id i-0fedcba9876543210
fails InvalidInstanceID.Malformed qami create-image --name free \
	--instance-id i-1
hidden "$i" create-image --name free --instance-id "$i"
dry qami create-image --instance-id "$i" --name free
same "$before" "$(ls "$QAMI_STORE/layers" | wc -l)"

# launched, and made into an image again
j=$(launch "$changed" --instance-type t2.nano)
qami stop -f "$j"
again=$(qami create-image --instance-id "$j" --name again --output text)
same 'sda1  2 gp3 False
sdf  1 gp2 False
sdh  5 gp2 False' "$(mapping "$again")"
qami terminate-instances --instance-ids "$j" >/dev/null
fails InvalidParameterValue qami create-image --instance-id "$j" --name late

# a guest that runs is shut down first, so that what it has not flushed is in
# the image, and started again
qami import "$(tests/guest/build tiny)" --name tiny >/dev/null
cat >"$TMPDIR/script" <<'SCRIPT'
#!/bin/sh
printf 'not flushed\n' | dd of=/dev/vdb bs=512 conv=notrunc 2>/dev/null
SCRIPT
i=$(qami run tiny --name one -t t2.nano --user-data "file://$TMPDIR/script" \
	--block-device-mappings 'DeviceName=/dev/sdf,Ebs={VolumeSize=1}')
fails InvalidAMIName.Malformed make x
says 180 "$i" 'qami-guest: ready'
pid=$(sql "SELECT pid FROM instance WHERE id = '$i'")
new=$(make rebooted)
same running "$(state "$i")"
[ "$(sql "SELECT pid FROM instance WHERE id = '$i'")" != "$pid" ]
has 'going down (poweroff)' "$QAMI_STORE/instances/$i/console.log"
says 180 "$i" 'qami-guest: ready' 2
# while a reboot is under way there is no other
qami reboot-instances --instance-ids "$i"
fails IncorrectInstanceState make twice
qami rm "$i"
same '' "$(qami images | grep twice || :)"

printf '#!/bin/sh\necho "found: $(head -n 1 /dev/vdb)"\n' >"$TMPDIR/script"
j=$(qami run rebooted --name two -t t2.nano --user-data \
	"file://$TMPDIR/script")
says 180 "$j" 'found: not flushed'
qami rm "$j"
settled

# what has no root volume is bundled instead
i=$(launch "$(store_image store)")
fails UnsupportedOperation qami create-image --instance-id "$i" --name no
