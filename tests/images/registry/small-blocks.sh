#!/bin/sh
# A full disk whose blocks are smaller than a page: whoever opens the registry
# is told so, and never dies of a hole in what SQLite maps.
. tests/lib.sh
. tests/crash.sh
crash_mount 16M 1024
qami images >/dev/null
vol=$(qami create-volume --availability-zone us-east-1a --size 1 |
	get VolumeId)

# told COMMAND… - succeeds, or says that the disk is full
told()
{
	local code

	rounds=$((rounds + 1))
	code=0
	"$@" >"$TMPDIR/out" 2>"$TMPDIR/err" || code=$?
	[ $code -lt 128 ] || [ $code -gt 192 ] ||
		wrong "$*: ended by signal $((code - 128))"
	[ $code = 0 ] || {
		refused=$((refused + 1))
		grep -q '(InsufficientVolumeCapacity)' "$TMPDIR/err" ||
			wrong "$*: $(cat "$TMPDIR/err")"
	}
}

refused=0
for room in 0 1024 2048 4096 8192 12288 16384 32768 65536 131072 1048576; do
	left $room
	# the reserve, too, is gone, and the room that the empty log keeps
	rm -f "$QAMI_STORE/reserve" "$QAMI_STORE/qami.db-wal"
	cat /dev/zero >"$mount/more" 2>/dev/null || :
	[ $room = 0 ] || truncate -s -$room "$mount/more"
	for try in 1 2 3; do
		told qami describe-volumes
		told qami create-tags --resources "$vol" --tags \
			"Key=k,Value=$room-$try"
	done
	rm -f "$mount/fill" "$mount/more"
	sound "$room bytes left"
done
[ "$refused" -gt 3 ] || wrong "only $refused were refused"
qami create-tags --resources "$vol" --tags Key=k,Value=done
same done "$(qami describe-volumes | get Volumes.0.Tags.0.Value)"
echo "$rounds tries, $refused refused, $bad bad"
[ "$bad" -eq 0 ]
