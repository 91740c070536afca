#!/bin/sh
# boots guests
# takes long
# Snapshots and images on a full disk, of what is idle and of a guest that
# writes: at every fill level each succeeds, or says that the disk is full and
# leaves nothing behind; the guest loses nothing, and everything works again
# when there is room.
. tests/lib.sh
. tests/snapshot.sh
. tests/crash.sh
crash_mount 96M

# process - the QEMU of this store's one guest
process()
{
	pgrep -f "^[^ ]*qemu-system.* guest=i-.*$QAMI_STORE/"
}

# all - the ids of all snapshots and images
all()
{
	{
		qami snaps -q
		qami images -q
	} | tr '\n' ' '
}

# full WHAT COMMAND… - succeeds, or says that the disk is full and has made
# neither snapshot nor image
refused=0
full()
{
	local what before

	what=$1
	shift
	rounds=$((rounds + 1))
	before=$(all)
	"$@" >"$TMPDIR/out" 2>"$TMPDIR/err" && return 0
	refused=$((refused + 1))
	grep -qE '\(Insufficient(Volume|Instance)Capacity\)' "$TMPDIR/err" ||
		wrong "$what: $(cat "$TMPDIR/err")"
	rm -f "$mount/fill"
	[ "$before" = "$(all)" ] ||
		wrong "$what: $(cat "$TMPDIR/err"): $before is $(all)"
}

# check WHAT - the guest's disk has what it was told is written
check()
{
	local wrote

	wrote=$(qami logs one | tr -d '\r' |
		sed -n 's/^wrote \([0-9]*\)$/\1/p' | tail -n 1)
	qami stop -f one
	[ "$(first "$data")" -ge "$wrote" ] ||
		wrong "$1: $(first "$data"), not $wrote"
}

# goes_on - a guest that waits for room goes on at the next command, and its last
# write may find the disk full only then
goes_on()
{
	local tries

	tries=0
	until tests/qmp "$i" query-status | grep -q '"running"'; do
		tries=$((tries + 1))
		[ $tries -lt 240 ] || return 1
		sleep 0.25
		qami ps >/dev/null
	done
}

qami import "$(tests/guest/build tiny)" --name tiny >/dev/null
vol=$(volume --size 1)
put "$vol" 0x42 0
cat >"$TMPDIR/script" <<'SCRIPT'
#!/bin/sh
old=$(head -c 8 /dev/vdb | sed 's/^0*//; s/[^0-9]//g')
n=$((${old:-0} + 0))
(while n=$((n + 1)); do
	printf '%08d\n' $n | dd of=/dev/vdb bs=512 conv=notrunc,fsync 2>/dev/null
	# where nothing was yet: it takes room
	printf '%08d\n' $n | dd of=/dev/vdc bs=4096 seek=$((n * 32)) \
		conv=notrunc,fsync 2>/dev/null
	echo "wrote $n" >/dev/console
	sleep 0.1
done) &
SCRIPT
i=$(qami run tiny --name one -t t2.nano --user-data "file://$TMPDIR/script" \
	--block-device-mappings "[$(for disk in f g h i j k l; do
		printf '{"DeviceName": "/dev/sd%s", ' $disk
		printf '"Ebs": {"VolumeSize": 1}},'
	done | sed 's/,$//')]")
says 180 "$i" 'wrote 1'
qemu=$(process)
data=$(sql "SELECT volume FROM attachment WHERE device = '/dev/sdf'")

starved=0
for room in ${FILL_LEVELS:-0 8192 65536 196608 393216 786432 2097152}; do
	left "$room" all
	full "idle at $room" qami create-snapshot --volume-id "$vol"
	# not room enough for all layers: no machine is told anything
	case $room in 0 | 8192) all=all ;; *) all= ;; esac
	left "$room" $all
	full "live at $room" qami create-snapshots --instance-specification \
		"InstanceId=$i"
	left "$room" $all
	full "image at $room" qami commit one image
	left "$room"
	[ -z "$(qami images | grep '	image	')" ] || qami rmi image ||
		wrong "rmi at $room"
	left "$room"
	for id in $(qami snaps -q); do
		qami delete-snapshot --snapshot-id "$id" 2>"$TMPDIR/err" ||
			grep -q '(InvalidSnapshot.InUse)' "$TMPDIR/err" ||
			wrong "delete at $room: $(cat "$TMPDIR/err")"
	done
	! tests/qmp "$i" query-status | grep -q '"io-error"' ||
		starved=$((starved + 1))
	rm -f "$mount/fill"
	sound "at $room" --jobs
	[ "$(process)" = "$qemu" ] || wrong "at $room: another QEMU, or none"
	look "$vol" 0x42 0 || wrong "at $room: the volume"
	# QEMU lets a guest wait whose write found no room: it has gone on
	goes_on || wrong "at $room: the guest still waits"
	last=$(qami logs one | grep -c wrote)
	says 180 "$i" wrote $((last + 1)) || wrong "at $room: the guest"
done
[ "$starved" -gt 0 ] || wrong "the guest never found the disk full"
[ "$refused" -gt 5 ] || wrong "only $refused were refused"

# there is room: all of it works, and the guest has lost nothing
id=$(snap "$vol")
holds "$id" 0x42 0 || wrong "afterwards: $id"
qami create-snapshots --instance-specification "InstanceId=$i" >"$TMPDIR/out"
qami commit one image >/dev/null
check afterwards
qami rm one
sound "afterwards" --jobs
echo "$refused of $rounds refused; $starved times the guest waited"
[ $bad -eq 0 ]
