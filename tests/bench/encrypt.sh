# encrypt - what encryption costs: volumes and snapshots that are made, and a
# guest that writes and reads one disk after the other
#
# The host encrypts; so it counts under emulation as well, where the guest itself
# is slow. What the guest writes goes past its own cache into the host's.
export QAMI_ACCEL=tcg QAMI_CONNECT=embed
told='--output text --query VolumeId'
create="qami create-volume --availability-zone us-east-1a --size 8 $told"
snap='qami create-snapshot --output text --query SnapshotId --volume-id'
plain=$($create)
encrypted=$($create --encrypted)
(
	alone
	tests/bench/compare 15 1.1 "$create --encrypted >$work/made" \
		"$create >$work/made" \
		"qami delete-volume --volume-id \"\$(cat $work/made)\"" \
		'CreateVolume, encrypted: plain'
	tests/bench/compare 15 1.1 "$snap $encrypted" "$snap $plain" : \
		'CreateSnapshot, encrypted: plain'
)

# Disks of noise, which no layer leaves out, and as fast as EC2 has them. The
# first round takes the room; its writes stand apart.
image=$(qami import "$(tests/guest/build tiny)" --name encrypted)
cat >"$work/script" <<'SCRIPT'
#!/bin/sh
# timed WHAT DISK COMMAND… - prints the seconds that it takes
timed() {
	what=$1 disk=$2
	shift 2
	read -r from _ </proc/uptime
	"$@"
	read -r to _ </proc/uptime
	echo "timed $disk $what $from $to"
}
fill() {
	for at in 0 1 2 3 4 5 6 7; do
		dd if=/tmp/noise of=/dev/$1 bs=1M seek=$((32 * at)) oflag=direct
	done 2>/dev/null
}
empty() {
	dd if=/dev/$1 of=/dev/null bs=1M count=256 iflag=direct 2>/dev/null
}
dd if=/dev/urandom of=/tmp/noise bs=1M count=32 2>/dev/null
for round in first next next next; do
	for disk in vdb vdc; do
		timed ${round}-write $disk fill $disk
	done
	for disk in vdb vdc; do
		timed read $disk empty $disk
	done
done
echo disks are timed
SCRIPT
fast=VolumeSize=8,VolumeType=gp3,Iops=4000,Throughput=1000
guest=$(qami run-instances --image-id "$image" --instance-type t3.small \
	--user-data "file://$work/script" --block-device-mappings \
	"DeviceName=/dev/sdf,Ebs={$fast,Encrypted=true}" \
	"DeviceName=/dev/sdg,Ebs={$fast,Encrypted=false}" \
	--output text --query 'Instances[0].InstanceId')
until qami logs "$guest" | grep -q 'disks are timed'; do sleep 1; done

# speed LABEL WHAT - the encrypted disk's and the other's, medians of the rounds
speed()
{
	qami logs "$guest" | tr -d '\r' | python3 -c '
import statistics, sys
label, what = sys.argv[1:]
rows = [line.split()[1:] for line in sys.stdin if line.startswith("timed ")]
mine, other = (256 / statistics.median(
    float(end) - float(begin) for disk, kind, begin, end in rows
    if (disk, kind) == (wanted, what)) for wanted in ("vdb", "vdc"))
print(f"{label:54} {mine:5.0f} MiB/s {other:5.0f} MiB/s   {mine / other:5.2f} x")
' "$1" "$2"
}
speed 'a guest writes where nothing was, encrypted: plain' first-write
speed 'a guest writes once more, encrypted: plain' next-write
speed 'a guest reads, encrypted: plain' read
qami rm "$guest"
