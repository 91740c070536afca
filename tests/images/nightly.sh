#!/bin/sh
# takes long
# A volume that is snapshotted 365 times stays shallow: by jobs in between, and
# by CreateSnapshot itself where no job had the time; each snapshot keeps what
# it was taken of.
. tests/lib.sh
. tests/snapshot.sh

# mark VOLUME NUMBER - writes a number somewhere, and over what was there
mark()
{
	set -- "$(of volume "$1")" "$2"
	still "$1" qemu-io -f qcow2 \
		-c "write -P $(($2 % 255 + 1)) $(($2 % 50 * 64))k 64k" "$1"
}

# is NUMBER - a snapshot has its own number, and the last 49 before it
check()
{
	night=$1
	set --
	for back in 0 1 17 31 32 48; do
		at=$((night - back))
		[ "$at" -ge 0 ] || continue
		set -- "$@" -c "read -P $((at % 255 + 1)) $((at % 50 * 64))k 64k"
	done
	file=$(sql "SELECT layer FROM snapshot
		WHERE description = 'night $night'")
	patient qemu-io -r -U -f qcow2 "$@" "$QAMI_STORE/layers/$file"
	if grep -q failed "$TMPDIR/io"; then
		echo "night $night shows something else:" >&2
		cat "$TMPDIR/io" >&2
		return 1
	fi
}

# deepest - of all chains
deepest()
{
	sql 'WITH RECURSIVE c (name, depth) AS (SELECT name, 1 FROM layer
		WHERE parent IS NULL UNION ALL SELECT l.name, depth + 1 FROM
		layer AS l JOIN c ON l.parent = c.name)
		SELECT max(depth) FROM c'
}

nights=${NIGHTS:-106}
v=$(volume --size 1)
night=0
most=0
while [ $night -lt "$nights" ]; do
	mark "$v" $night
	snap "$v" --description "night $night" >/dev/null
	night=$((night + 1))
	[ $((night % 20)) -ne 0 ] || {
		depth=$(deepest)
		[ "$depth" -le "$most" ] || most=$depth
	}
done
echo "$nights nights, never deeper than $most"
[ "$most" -le 101 ]
qami gc
depth=$(deepest)
echo "consolidated: $depth deep"
[ "$depth" -le $((nights / 32 + 35)) ]
for night in $(seq 0 13 $((nights - 1))) $((nights - 1)); do
	check "$night"
done
qami fsck
settled

# nobody's job: every runner is kept away
v=$(volume --size 1)
night=0
unworked
while [ $night -lt 106 ]; do
	mark "$v" $night
	snap "$v" --description "busy $night" >/dev/null
	night=$((night + 1))
done
exec 9>&-
depth=$(deepest)
echo "without jobs: $depth deep"
[ "$depth" -le 101 ]
