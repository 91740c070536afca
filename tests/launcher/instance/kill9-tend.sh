#!/bin/sh
# takes long
# Whoever merges, consolidates or lists layers may die at any step, and so may
# the qemu-img that it started: every snapshot shows what it showed, the next
# command's job finishes it, and no file is left over.
. tests/lib.sh
. tests/crash.sh
. tests/snapshot.sh
crash_setup
points=${KILL_POINTS:-3}

# fill VOLUME BYTE CLUSTER… - fills 64 KiB each of an idle volume
fill()
{
	file=$(of volume "$1")
	byte=$2
	shift 2
	for cluster do
		echo "write -P $byte $((cluster * 64))k 64k"
	done | qemu-io -f qcow2 "$file" >/dev/null
}

# a volume with a hole in its line for each way of merging (pushed, pulled, into
# the volume itself), a fork, and a line that is too deep
(
	mkdir -p "$QAMI_STORE/run"
	exec 9>"$QAMI_STORE/run/slow.lock"
	python3 -c '
import fcntl, struct
fcntl.fcntl(9, 38, struct.pack("hhqqi4x", 1, 0, 0, 0, 0))'
	v=$(volume --size 1)
	fill "$v" 1 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15
	a=$(snap "$v")
	fill "$v" 2 0 2
	b=$(snap "$v")
	fill "$v" 3 1 2 3 4 5 6 7 8 9 20
	c=$(snap "$v")
	fill "$v" 4 5
	d=$(snap "$v")
	fill "$v" 5 3 20
	w=$(volume --snapshot-id "$b")
	fill "$w" 6 0 1 40
	for night in $(seq 33); do
		snap "$w" >/dev/null
		fill "$w" "$night" $((night % 7)) 30
	done
	for one in $a $c $d; do
		qami delete-snapshot --snapshot-id "$one"
	done
)
sums 3M >"$TMPDIR/wanted"
cp -a "$QAMI_STORE" "$TMPDIR/seed"

# whole WHAT - the next command finishes it, and nothing has changed
whole()
{
	sound "$1"
	sums 3M >"$TMPDIR/got"
	cmp -s "$TMPDIR/wanted" "$TMPDIR/got" || {
		wrong "$1: what is shown has changed"
		diff "$TMPDIR/wanted" "$TMPDIR/got" >&2 || :
	}
	qami fsck --deep >"$TMPDIR/fsck" || wrong "$1: $(cat "$TMPDIR/fsck")"
}

# the layers that are left when all is done, whoever did it
qami gc
settled
sums 3M | cmp - "$TMPDIR/wanted"
left=$(ls "$QAMI_STORE/layers" | wc -l)

anew "$TMPDIR/seed"
points "$points" qami gc >"$TMPDIR/points" || wrong "gc does not succeed"
while read -r call number; do
	anew "$TMPDIR/seed"
	killed "$call" "$number" qami gc
	whole "gc $call $number"
	qami gc >/dev/null || wrong "gc $call $number: not again"
	same "$left" "$(ls "$QAMI_STORE/layers" | wc -l)" ||
		wrong "gc $call $number: layers"
done <"$TMPDIR/points"

# its children, at random moments
for round in $(seq "${KILL_RANDOM:-1}"); do
	anew "$TMPDIR/seed"
	qami gc >/dev/null 2>"$TMPDIR/err" &
	gc=$!
	sleep "$(python3 -c 'import random; print(random.random() * 2)')"
	for child in $(cat "/proc/$gc/task/$gc/children" 2>/dev/null); do
		kill -9 "$child" 2>/dev/null || :
	done
	wait "$gc" || :
	whole "child $round"
	qami gc >/dev/null || wrong "child $round: not again"
	same "$left" "$(ls "$QAMI_STORE/layers" | wc -l)" ||
		wrong "child $round: layers"
done
crash_report
