#!/bin/sh
# system-lazy - under the system's libvirtd, whose QEMU is another user, a guest
# reads what is still being fetched: the root that it was launched from, a
# volume that is attached while it runs, and both after who fetches it was killed
# (the machine runs, but nothing boots in it: no need to be alone)
. tests/lib.sh
. tests/snapshot.sh
. tests/stored.sh
. tests/tier.sh
. tests/system.sh
system_here "$0"
trap end_guests EXIT
trap 'exit 130' INT TERM
QAMI_ARCHIVE_RESTORE=lazy QAMI_FILL_RATE=0.1
export QAMI_ARCHIVE_RESTORE QAMI_FILL_RATE

# read_by_guest DEVICE BYTE KIB - QEMU reads that from a disk of the machine, as
# it says in its log; one that was cut off from it at that moment once more
reads=0
read_by_guest()
{
	local try

	for try in $(seq 150); do
		[ $((try % 10)) != 1 ] || virsh -q -c qemu:///system \
			qemu-monitor-command "$i" --hmp "qemu-io -d \
			/machine/peripheral/$1/virtio-backend \
			\"read -P $2 $3k 64k\"" >"$TMPDIR/io"
		[ "$(grep -c '^read 65536/' "$log")" -le $reads ] || break
		sleep 0.1
	done
	[ "$(grep -c '^read 65536/' "$log")" -gt $reads ]
	reads=$(grep -c '^read 65536/' "$log")
	same "${bad:-0}" "$(grep -c 'Pattern verification failed' "$log")"
}

# fillers - how many fetch something
fillers()
{
	pgrep -fc "^qami --store $QAMI_STORE fill-layer" || :
}

# twenty blocks each: at the rate there is, more than a minute of fetching
disk "$TMPDIR/disk.raw" 4M
for byte in a b c d e f g h i j k l m n o p q r s t; do
	head -c 524288 /dev/zero | tr '\0' $byte
done >"$TMPDIR/blocks"
cat "$TMPDIR/blocks" >>"$TMPDIR/disk.raw"
ami=$(qami import "$TMPDIR/disk.raw" --name alpha)
root=$(sql 'SELECT id FROM snapshot')
data=$(snapshot_with u v w x y z u v w x y z u v w x y z)
qami disable-image --image-id "$ami" >"$TMPDIR/out"
archive "$root"
archive "$data"
unarchive "$root"
unarchive "$data"
qami enable-image --image-id "$ami" >"$TMPDIR/out"
same 2 "$(sql "SELECT count(*) FROM filling WHERE state = 'filling'")"

i=$(launch "$ami" --instance-type t2.nano)
same qemu:///system "$(sql 'SELECT uri FROM instance')"
log=/var/log/libvirt/qemu/$i.log
pid=$(sql 'SELECT pid FROM instance')
[ "$(stat -c %U "/proc/$pid")" != root ]
vol=$(volume --snapshot-id "$data")
qami attach-volume --volume-id "$vol" --instance-id "$i" --device /dev/sdf \
	>"$TMPDIR/out"
read_by_guest virtio-disk0 0x74 13824
read_by_guest virtio-disk1 0x75 4096
bad=1
read_by_guest virtio-disk1 0x76 4096 # it is looked at
same 2 "$(fillers)"

# the last blocks of both are missing when those who fetch them are killed
for layer in $(sql "SELECT layer FROM filling WHERE state = 'filling'"); do
	kill_filler "$layer"
done
for try in $(seq 600); do
	[ "$(fillers)" != 2 ] || break
	sleep 0.1
done
same 2 "$(fillers)"
read_by_guest virtio-disk1 0x7a 9728
read_by_guest virtio-disk0 0x70 11776

# all is here, and it goes on
for snap in "$root" "$data"; do
	volume --snapshot-id "$snap" --volume-initialization-rate 300 \
		>"$TMPDIR/out"
done
for try in $(seq 600); do
	[ "$(sql "SELECT count(*) FROM filling
		WHERE state = 'filling'")" != 0 ] || break
	sleep 0.1
done
read_by_guest virtio-disk0 0x74 13824
read_by_guest virtio-disk1 0x75 4096
same running "$(state "$i")"
qami terminate-instances --instance-ids "$i" >"$TMPDIR/out"
qami fsck | grep -q ' 0 faults'
tests/audit --jobs
