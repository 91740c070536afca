#!/bin/sh
# takes long
# QEMU holds each disk to its volume's type: as the machine starts, when a
# volume is attached, and from the moment in which it is modified; an
# instance-store disk is held to nothing. How fast that is in a guest,
# tests/bench/throttle.sh measures.
# (machines run, but nothing boots in them: no need to be alone)
. tests/lib.sh
. tests/snapshot.sh

guests_here
ami=$(image alpha)
export QAMI_GP2_CREDITS=9000

# limits INSTANCE VOLUME - QEMU's IOPS (burst for seconds), MiB/s (…), and what
# counts as one operation; for "scratch" those of the instance-store disk
limits()
{
	tests/qmp "$1" query-block | python3 -c '
import json, sys
for disk in map(json.loads, sys.stdin):
    node = disk.get("inserted", {})
    if sys.argv[1] not in node.get("file", ""):
        continue
    def most(what):
        length = node.get(what + "_max_length", 0)
        burst = node.get(what + "_max", 0)
        return (burst, length) if burst else (0, 0)
    def mib(count):
        return count / 1048576
    iops, bps = most("iops"), most("bps")
    print("%d (%d for %d s), %g MiB/s (%g for %d s), each %d" %
          (node["iops"], *iops, mib(node["bps"]), mib(bps[0]), bps[1],
           node.get("iops_size", 0)))' "$2"
}

# of VOLUME - the name of its layer
of()
{
	sql "SELECT layer FROM volume WHERE id = '$1'"
}

i=$(launch "$ami" --instance-type m5d.large --block-device-mappings \
	'DeviceName=/dev/sdf,Ebs={VolumeSize=10,VolumeType=gp3,Iops=4000,Throughput=200}' \
	DeviceName=/dev/sdb,VirtualName=ephemeral0)
root=$(qami describe-volumes --query 'Volumes[?Attachments[0].Device==`"/dev/sda1"`].VolumeId' \
	--output text)
gp3=$(qami describe-volumes --filters Name=volume-type,Values=gp3 \
	--output text --query 'Volumes[].VolumeId')
same '100 (3000 for 3 s), 128 MiB/s (0 for 0 s), each 262144' \
	"$(limits "$i" "$(of "$root")")"
same '4000 (0 for 0 s), 200 MiB/s (0 for 0 s), each 262144' \
	"$(limits "$i" "$(of "$gp3")")"
same '0 (0 for 0 s), 0 MiB/s (0 for 0 s), each 0' \
	"$(limits "$i" "scratch/")"

# plugged in
io1=$(volume --size 8 --volume-type io1 --iops 100)
qami attach-volume --volume-id "$io1" --instance-id "$i" --device sdg \
	>/dev/null
same '100 (0 for 0 s), 1000 MiB/s (0 for 0 s), each 262144' \
	"$(limits "$i" "$(of "$io1")")"
st1=$(volume --size 1024 --volume-type st1)
qami attach-volume --volume-id "$st1" --instance-id "$i" --device sdh \
	>/dev/null
same '500 (0 for 0 s), 40 MiB/s (250 for 4194 s), each 1048576' \
	"$(limits "$i" "$(of "$st1")")"

# modified
qami modify-volume --volume-id "$io1" --iops 300 >/dev/null
same '300 (0 for 0 s), 1000 MiB/s (0 for 0 s), each 262144' \
	"$(limits "$i" "$(of "$io1")")"
qami modify-volume --volume-id "$gp3" --throughput 300 >/dev/null
same '4000 (0 for 0 s), 300 MiB/s (0 for 0 s), each 262144' \
	"$(limits "$i" "$(of "$gp3")")"
qami modify-volume --volume-id "$st1" --volume-type gp2 >/dev/null
same '3072 (0 for 0 s), 250 MiB/s (0 for 0 s), each 262144' \
	"$(limits "$i" "$(of "$st1")")"
QAMI_GP2_CREDITS= qami modify-volume --volume-id "$root" --size 200 >/dev/null
same '600 (3000 for 1800 s), 250 MiB/s (0 for 0 s), each 262144' \
	"$(limits "$i" "$(of "$root")")"
same $((200 << 30)) "$(qemu-img info -U --output=json \
	"$QAMI_STORE/layers/$(of "$root")" | get virtual-size)"

# and so it is after a stop and a start
qami stop-instances --force --instance-ids "$i" >/dev/null
qami start-instances --instance-ids "$i" >/dev/null
same '600 (3000 for 3 s), 250 MiB/s (0 for 0 s), each 262144' \
	"$(limits "$i" "$(of "$root")")"
same '300 (0 for 0 s), 1000 MiB/s (0 for 0 s), each 262144' \
	"$(limits "$i" "$(of "$io1")")"
