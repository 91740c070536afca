#!/bin/sh
# takes long
# boots guests
# A full disk: at every fill level an import, a launch and a start say
# InsufficientVolumeCapacity or InsufficientInstanceCapacity and change nothing,
# what there was can still be listed and terminated, and everything works again
# when there is room.
. tests/lib.sh
. tests/crash.sh
crash_mount 96M

# full WHAT COMMAND… - succeeds, or says that the disk is full
full()
{
	what=$1
	shift
	rounds=$((rounds + 1))
	"$@" >"$TMPDIR/out" 2>"$TMPDIR/err" && return 0
	grep -qE '\(Insufficient(Volume|Instance)Capacity\)' "$TMPDIR/err" ||
		wrong "$what: $(cat "$TMPDIR/err")"
	refused=$((refused + 1))
}

# still WHAT - what there is can be listed while the disk is full
still()
{
	qami images >"$TMPDIR/images" 2>"$TMPDIR/err" &&
		qami ps -a >"$TMPDIR/ps" 2>>"$TMPDIR/err" ||
		wrong "$1: no listing: $(cat "$TMPDIR/err")"
}

refused=0
dd if=/dev/urandom of="$TMPDIR/disk.raw" bs=1M count=6 2>/dev/null
qami import "$(tests/guest/build tiny)" --name tiny >/dev/null
qami run tiny --name one -t t2.nano >/dev/null
qami stop -f one
cleaned

for room in ${FILL_LEVELS:-0 8192 65536 262144 524288 2097152 5242880}; do
	left "$room"
	full "import at $room" qami import "$TMPDIR/disk.raw" --name more
	still "import at $room"
	if [ -n "$(qami images | grep more)" ]; then
		qami rmi more || wrong "rmi at $room"
	fi
	left "$room"
	full "run at $room" qami run tiny --name two -t m5d.large
	still "run at $room"
	left "$room"
	full "start at $room" qami start one
	still "start at $room"
	# nothing needs more room than it frees
	for id in $(qami ps | awk '$2 == "two" { print $1 }'); do
		qami rm "$id" || wrong "rm at $room"
	done
	[ "$(qami ps | awk '$2 == "one" { print $3 }')" != running ] ||
		qami stop -f one || wrong "stop at $room"
	rm -f "$mount/fill"
	sound "at $room"
	[ "$(qami ps | awk '$2 == "one" { print $3 }')" = stopped ] ||
		wrong "at $room: $(qami ps)"
	[ "$(volumes)" = 1 ] || wrong "at $room: $(volumes) volumes"
	[ "$(qami images -q | wc -l)" = 1 ] || wrong "at $room: images"
	cleaned
done

# the registry alone is full: no reserve, no room, and descriptions that grow
left 0
rm -f "$QAMI_STORE/reserve"
cat /dev/zero >"$mount/more" 2>/dev/null || :
image=$(qami images -q)
i=0
while [ $i -lt 400 ] && qami create-tags --resources "$image" \
	--tags "Key=k$((i % 40)),Value=$i$(printf %0200d $i)" \
	2>"$TMPDIR/err"; do
	i=$((i + 1))
done
rounds=$((rounds + 1))
grep -q '(InsufficientVolumeCapacity)' "$TMPDIR/err" ||
	wrong "full registry, after $i tags: $(cat "$TMPDIR/err")"
rm -f "$mount/fill" "$mount/more"
sound "full registry"
qami create-tags --resources "$image" --tags Key=k,Value=v

[ "$refused" -gt 3 ] || wrong "only $refused were refused"
qami start one
qami run tiny --name two -t m5d.large >/dev/null
qami import "$TMPDIR/disk.raw" --name more >/dev/null
qami rm one two
sound "afterwards"
echo "$refused of $rounds refused"
[ $bad -eq 0 ]
