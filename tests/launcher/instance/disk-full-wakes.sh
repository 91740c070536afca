#!/bin/sh
# boots guests
# The driver wakes on a full disk, again and again, beside a guest that writes:
# the guest lives on in the same QEMU, wherever what libvirt must write down
# finds a place; where there is none, the driver is not woken at all.
. tests/lib.sh
. tests/snapshot.sh
. tests/crash.sh
crash_mount 64M

qami import "$(tests/guest/build tiny)" --name tiny >/dev/null
vol=$(volume --size 1)
cat >"$TMPDIR/script" <<'SCRIPT'
#!/bin/sh
n=0
(while n=$((n + 1)); do
	dd if=/dev/urandom of=/dev/vdb bs=64k seek=$n count=1 conv=fsync \
		2>/dev/null
	echo "wrote $n" >/dev/console
	sleep 0.1
done) &
SCRIPT
i=$(qami run tiny --name one -t t2.nano --user-data "file://$TMPDIR/script" \
	--block-device-mappings \
	'[{"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 1}}]')
says 180 "$i" 'wrote 1'
qemu=$(pgrep -f "^[^ ]*qemu-system.* guest=i-.*$QAMI_STORE/")
home=$(echo "$QAMI_STORE"/embed/*)

# lives WHAT - the guest has its QEMU, and libvirt knows it
lives()
{
	local now

	rounds=$((rounds + 1))
	[ "$(pgrep -f "^[^ ]*qemu-system.* guest=i-.*$QAMI_STORE/")" = "$qemu" ] ||
		wrong "$1: another QEMU, or none"
	grep -q "pid='$qemu'" "$home/run/qemu/$i.xml" ||
		wrong "$1: libvirt lost it"
	# the guest may have taken the last bytes, without which nobody can ask
	now=$(state "$i" 2>"$TMPDIR/err") || :
	[ "$now" = running ] ||
		grep -q '(InsufficientVolumeCapacity)' "$TMPDIR/err" ||
		wrong "$1: it is '$now': $(cat "$TMPDIR/err")"
}

# full COMMAND… - succeeds, or says that the disk is full
refused=0
full()
{
	"$@" >"$TMPDIR/out" 2>"$TMPDIR/err" && return 0
	refused=$((refused + 1))
	grep -q '(InsufficientVolumeCapacity)' "$TMPDIR/err" ||
		wrong "$*: $(cat "$TMPDIR/err")"
}

# plug - attaches the volume, or takes it away again
plug()
{
	if [ -z "$(sql "SELECT 1 FROM attachment WHERE volume = '$vol'")" ]
	then
		qami attach-volume --volume-id "$vol" --instance-id "$i" \
			--device /dev/sdh
	else
		qami detach-volume --volume-id "$vol" --force
	fi
}

for room in 0 65536 262144 1048576; do
	left "$room" all
	full qami create-snapshots --instance-specification "InstanceId=$i"
	lives "snapshots with $room"
	left "$room"
	full plug
	lives "a disk with $room"
	full plug
	lives "the disk again with $room"
done
# whoever is killed, what is in memory is found again
after=0
while [ $after -lt "${KILL_WAKES:-3}" ]; do
	after=$((after + 1))
	left 262144
	plug >"$TMPDIR/out" 2>&1 &
	sleep "0.$((after * 2 % 10))"
	crash_children
	wait $! || :
	lives "killed after 0.$((after * 2 % 10)) s"
done
! [ -L "$home/run" ] || lifted=$(readlink "$home/run")

# no memory to lift it to: libvirt is not woken
rm -f "$mount/fill"
qami ps >/dev/null
sound "with room" --jobs
[ ! -L "$home/run" ] || wrong "run stays lifted"
left 4194304
mkdir "$TMPDIR/shm"
fails InsufficientVolumeCapacity unshare -m sh -euc \
	'mount --bind "$1" /dev/shm && shift && exec "$@"' sh "$TMPDIR/shm" \
	qami create-snapshots --instance-specification "InstanceId=$i" ||
	wrong "no memory"
has 'left alone' "$TMPDIR/err" || wrong "no memory"
lives "without memory"

# there is room again
rm -f "$mount/fill"
qami ps >/dev/null
lives "afterwards"
sound "afterwards" --jobs
qami create-snapshots --instance-specification "InstanceId=$i" >"$TMPDIR/out"
[ ! -L "$home/run" ] || wrong "run stays lifted at the end"
place=$(readlink "$home/lifted")
[ ! -e "$place" ] || wrong "$place is left"
qami rm one
sound "at the end" --jobs
[ ! -e "$place" ] || wrong "$place is left at the end"
echo "$refused refused${lifted:+; lifted for long}"
crash_report
