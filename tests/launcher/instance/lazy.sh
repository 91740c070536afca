#!/bin/sh
# takes long
# boots guests
# A guest boots from a snapshot whose bytes are still in the archive: it reads
# what it needs, sees nothing of it when the process that fetches it is killed,
# is snapshotted meanwhile, and stands on a layer like any other after its next
# start. The store's path is longer than a socket's may be.
. tests/lib.sh
. tests/snapshot.sh
. tests/stored.sh
. tests/tier.sh

guests_here
mkdir -p "$QAMI_STORE"
QAMI_STORE=$QAMI_STORE/$(printf '%0100d' 0)
QAMI_ARCHIVE_RESTORE=lazy QAMI_FILL_RATE=0.2
export QAMI_ARCHIVE_RESTORE QAMI_FILL_RATE

# what a guest does not need keeps it from being full at once
cp --no-preserve=mode "$(tests/guest/build tiny)" "$TMPDIR/root.raw"
head -c 60M /dev/urandom >>"$TMPDIR/root.raw"
ami=$(qami import "$TMPDIR/root.raw" --name tiny)
snap=$(qami describe-snapshots | get Snapshots.0.SnapshotId)
qami disable-image --image-id "$ami" >/dev/null
archive "$snap"
unarchive "$snap"
qami enable-image --image-id "$ami" >/dev/null
layer=$(sql "SELECT layer FROM snapshot WHERE id = '$snap'")

# filling - how it goes; nothing when all is there
filling()
{
	sql "SELECT state || ' ' || filled || '/' || blocks FROM filling
		WHERE layer = '$layer' AND state <> 'full'"
}

# links - what leads to its socket by a short path
links()
{
	find "/tmp/qami-$(id -u)" -lname "$QAMI_STORE/fill"
}

# turns - how often the guest has read and written where nothing was yet
turns()
{
	qami logs "$i" | grep -c 'turn [0-9]* ok' || :
}

# goes_on - it does so some times more
goes_on()
{
	says 120 "$i" ' ok' $(($(turns) + 4))
}

# status_is WORD - QEMU says that of the machine, before long
status_is()
{
	local tries

	tries=0
	until tests/qmp "$i" query-status | grep -q "\"$1\""; do
		tries=$((tries + 1))
		[ $tries -lt 300 ] || same "$1" "$(tests/qmp "$i" query-status)"
		sleep 0.2
	done
}

cat >"$TMPDIR/script" <<'SCRIPT'
#!/bin/sh
(n=0
while n=$((n + 1)); do
	echo 1 >/proc/sys/vm/drop_caches
	dd if=/dev/vda of=/dev/null bs=512k skip=$((64 + n % 48)) count=1 \
		2>/dev/null &&
		dd if=/dev/zero of=/dev/vda bs=4k count=1 \
			seek=$((71 * 256 + n % 270 * 16)) conv=notrunc,fsync \
			2>/dev/null && word=ok || word=failed
	echo "turn $n $word" >/dev/console
	sleep 0.2
done) &
SCRIPT
[ ! -e "$QAMI_STORE/layers/$layer" ]
i=$(launch "$ami" --instance-type t2.nano \
	--user-data "file://$TMPDIR/script")
says 180 "$i" 'qami-guest: ready'
echo "booted at $(filling)"
[ -n "$(filling)" ]

# disk WORDS - has QEMU read or write the root as its guest would
tests/qmp "$i" query-block >"$TMPDIR/block"
device=$(grep -o '"qdev": "[^"]*"' "$TMPDIR/block" | head -n 1 | cut -d '"' -f 4)
guest_disk()
{
	tests/qmp "$i" human-monitor-command "{\"command-line\": \"qemu-io -d \
$device \\\"$1\\\"\"}" >"$TMPDIR/io"
	! grep -qiE 'error|fail' "$TMPDIR/io"
}

# killed, it is started again by whoever runs jobs, who lets the guest go on
goes_on
for round in 1 2; do
	kill_filler "$layer"
	goes_on
done
guest_disk 'read 60M 4M'

# what the guest asks for while there is none waits, and no command is needed
python3 - "$QAMI_STORE/fill/$layer.lock" >"$TMPDIR/held" <<'HOLD' &
import fcntl, struct, sys, time
file = open(sys.argv[1], "a")
print("asks", flush=True)
fcntl.fcntl(file, 38, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))
print("held", flush=True)
time.sleep(600)
HOLD
holder=$!
seen 60 asks "$TMPDIR/held"
sleep 0.5
kill_filler "$layer"
seen 60 held "$TMPDIR/held"
status_is io-error
same running "$(state "$i")"
status_is io-error
kill "$holder"
status_is running
goes_on

# a snapshot of what stands on it, and a volume of that
v=$(qami describe-volumes | get Volumes.0.VolumeId)
guest_disk 'write -P 77 70M 64k'
new=$(snap "$v")
guest_disk 'write -P 78 70M 64k'
qami fsck
[ -n "$(filling)" ]
[ -n "$(links)" ]
copy=$(volume --snapshot-id "$new" --volume-initialization-rate 300)
qami bench-volume "$copy" --size 1 >"$TMPDIR/out"

# at the rate that was asked for
for try in $(seq 600); do
	[ -n "$(filling)" ] || break
	sleep 0.1
done
same '' "$(filling)"
[ -e "$QAMI_STORE/layers/$layer" ]
guest_disk 'read 70M 64k'

# killed when all is there, and not missed until it has come and gone; a guest
# that somebody paused stays so
goes_on
tests/qmp "$i" stop >"$TMPDIR/out"
kill_filler "$layer"
for try in $(seq 600); do
	[ "$(sql 'SELECT count(*) FROM filling')" != 0 ] || break
	sleep 0.1
done
same 0 "$(sql 'SELECT count(*) FROM filling')"
same running "$(state "$i")"
status_is paused
tests/qmp "$i" cont >"$TMPDIR/out"
status_is io-error
wanted=$(($(turns) + 4))
for try in $(seq 600); do
	[ "$(turns)" -lt $wanted ] || break
	same running "$(state "$i")"
	sleep 0.3
done
[ "$(turns)" -ge $wanted ]
qami logs "$i" >"$TMPDIR/out"
! grep -E 'turn [0-9]* failed|I/O error' "$TMPDIR/out" || exit 1

same running "$(state "$i")"
qami stop -f "$i"
settled
patient qemu-io -f qcow2 -c 'read -P 77 70M 64k' "$(of volume "$copy")"
grep -q 'Pattern verification failed' "$TMPDIR/io" && exit 1
patient qemu-io -f qcow2 -c 'read -P 78 70M 64k' "$(of volume "$v")"
grep -q 'Pattern verification failed' "$TMPDIR/io" && exit 1
qami start "$i"
says 180 "$i" 'qami-guest: ready' 2
tests/qmp "$i" query-block >"$TMPDIR/block"
grep -q "$layer" "$TMPDIR/block"
! grep -q nbd "$TMPDIR/block"
qami fsck --deep

# what led to the sockets goes with the last of them
for try in $(seq 600); do
	[ -n "$(links)" ] || break
	sleep 0.1
done
same '' "$(links)"
