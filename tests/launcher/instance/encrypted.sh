#!/bin/sh
# encrypted - a guest on encrypted volumes: all that can be done to its disks
# while it runs, and a key that is disabled; nothing is in clear but in QEMU
# boots guests
. tests/lib.sh
. tests/snapshot.sh
guests_here

qami import "$(tests/guest/build tiny)" --name tiny >"$TMPDIR/out"
key=$(qami kms create-key --query KeyMetadata.KeyId --output text)
i=$(qami run-instances --image-id "$(qami images -q)" --output text \
	--query 'Instances[0].InstanceId' --instance-type t3.nano \
	--block-device-mappings \
	"DeviceName=/dev/sda1,Ebs={Encrypted=true,KmsKeyId=$key}" \
	"DeviceName=/dev/sdf,Ebs={VolumeSize=1,Encrypted=true}")
says 240 "$i" 'qami-guest: ready'
volume_at()
{
	qami describe-volumes --output text --query 'Volumes[0].VolumeId' \
		--filters "Name=attachment.device,Values=$1"
}
root=$(volume_at /dev/sda1)
data=$(volume_at /dev/sdf)
same 2 "$(qami describe-volumes --query 'length(Volumes)' --output json \
	--filters Name=encrypted,Values=true)"

# io COMMAND - reads or writes the second disk as the guest would
io()
{
	local device

	tests/qmp "$i" query-block >"$TMPDIR/block"
	device=$(grep -o '"qdev": "[^"]*"' "$TMPDIR/block" | tail -n 1 |
		cut -d '"' -f 4)
	tests/qmp "$i" human-monitor-command "{\"command-line\": \"qemu-io -d \
$device \\\"$1\\\"\"}" >"$TMPDIR/io"
	! grep -qiE 'error|failed' "$TMPDIR/io"
}
# in_clear TEXT - the files of the store, arguments and environments of its
# processes that hold a text
in_clear()
{
	grep -lraF -e "$1" "$QAMI_STORE" || :
	for proc in /proc/[0-9]*; do
		grep -qsaF "$QAMI_STORE" "$proc/cmdline" || continue
		grep -lsaF -e "$1" "$proc/cmdline" "$proc/environ" || :
	done
}
# neither QEMU's memory is dumped, should it crash: a limit of 1 is heeded by
# hosts that pipe cores to a program as well
case $(id -u):$(ulimit -H -c) in
[1-9]*:0) ;;
*) grep -q 'Max core file size  *1  ' \
	"/proc/$(sql "SELECT pid FROM instance WHERE id = '$i'")/limits" ;;
esac
wwww=$(printf 'w%.0s' $(seq 200))
io 'write -P 119 0 64k'
one=$(snap "$data")
io 'write -P 120 1M 64k'
two=$(snap "$data")
io 'read -P 119 0 64k'
io 'read -P 120 1M 64k'
qami create-snapshots --instance-specification "InstanceId=$i" \
	--query 'Snapshots[].Encrypted' --output text >"$TMPDIR/out"
same 'True	True' "$(cat "$TMPDIR/out")"
qami modify-volume --volume-id "$data" --size 2 >"$TMPDIR/out"
io 'write -P 119 1500M 64k'
more=$(volume --size 1 --encrypted)
qami attach-volume --volume-id "$more" --instance-id "$i" --device /dev/sdg \
	>"$TMPDIR/out"
qami delete-snapshot --snapshot-id "$one"
settled
qami gc
io 'read -P 119 0 64k'
same '' "$(in_clear "$wwww")"
same '' "$(find "$QAMI_STORE/embed" -path '*etc/secrets/*')"

# what is shown is what was written
token=$(qami ebs list-snapshot-blocks --snapshot-id "$two" --output text \
	--query 'Blocks[0].BlockToken')
qami ebs get-snapshot-block --snapshot-id "$two" --block-index 0 \
	--block-token "$token" "$TMPDIR/block" >"$TMPDIR/out"
same "$wwww" "$(head -c 200 "$TMPDIR/block")"

# a key that is disabled starts nothing, and disturbs nothing that runs
qami kms disable --key-id "$key"
fails InvalidKMSKey.InvalidState snap "$root"
fails InvalidKMSKey.InvalidState qami reboot-instances --instance-ids "$i"
same running "$(state "$i")"
qami stop -f "$i"
fails InvalidKMSKey.InvalidState qami start-instances --instance-ids "$i"
same stopped "$(state "$i")"
fails InvalidKMSKey.InvalidState qami run-instances --instance-type t3.nano \
	--image-id "$(qami images -q)" --block-device-mappings \
	"DeviceName=/dev/sda1,Ebs={Encrypted=true,KmsKeyId=$key}"
qami kms enable --key-id "$key"
qami start "$i"
says 240 "$i" 'qami-guest: ready' 2
io 'read -P 119 0 64k'
qami create-image --instance-id "$i" --name again --no-reboot >"$TMPDIR/out"
same 'True	True	True' "$(qami describe-images --output text --filters \
	Name=name,Values=again \
	--query 'Images[0].BlockDeviceMappings[].Ebs.Encrypted')"
qami rm "$i"
settled
qami fsck --deep
same '' "$(in_clear "$wwww")"
