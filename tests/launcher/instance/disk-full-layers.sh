#!/bin/sh
# takes long
# A full disk while layers are merged, consolidated and listed: nothing that
# anybody sees changes, no file is left over, and with room it is done.
. tests/lib.sh
. tests/crash.sh
. tests/snapshot.sh
crash_mount 160M

# a store at rest in which a merge takes 16 MiB, and a consolidation more
v=$(volume --size 1)
for at in 0 4 8 12; do
	put "$v" 7 $at
done
a=$(snap "$v")
for at in 1 8 20 21 22 23 24 25; do
	put "$v" 8 $at
done
b=$(snap "$v")
for at in 9 20 21 30 31 32 33 34 35 36; do
	put "$v" 9 $at
done
for night in $(seq 34); do
	put "$v" "$night" $((night % 4 + 40))
	snap "$v" >/dev/null
done
settled
sums 48M >"$TMPDIR/wanted"
qami delete-snapshot --snapshot-id "$a"
qami delete-snapshot --snapshot-id "$b"
grep -v -e "$a" -e "$b" "$TMPDIR/wanted" >"$TMPDIR/left"
for level in ${FILL_LEVELS:-0 200000 1000000 3000000 9000000 30000000}; do
	rounds=$((rounds + 1))
	rm -f "$mount/fill"
	free=$(df -B 1 --output=avail "$mount" | tail -n 1)
	[ "$free" -le "$level" ] ||
		fallocate -l $((free - level)) "$mount/fill" 2>/dev/null || :
	qami gc >"$TMPDIR/gc" 2>"$TMPDIR/err" ||
		grep -q InsufficientVolumeCapacity "$TMPDIR/err" ||
		wrong "$level bytes left: $(cat "$TMPDIR/err")"
	# without room for an index of its log, the registry cannot be asked
	rm -f "$mount/fill"
	sums 48M | cmp -s - "$TMPDIR/left" || wrong "$level: something changed"
	qami fsck >"$TMPDIR/fsck" || wrong "$level: $(cat "$TMPDIR/fsck")"
done
qami gc
settled
sums 48M | cmp - "$TMPDIR/left"
qami fsck --deep
crash_report
