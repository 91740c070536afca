#!/bin/sh
# takes long
# Who fills a layer may be killed at any step, from the first look into the
# registry until the layer has its name, its row says so and nothing lies beside
# it: every block that is read meanwhile is the right one, whoever comes next
# fills the rest, and nothing is left over.
. tests/lib.sh
. tests/snapshot.sh
. tests/stored.sh
QAMI_ARCHIVE_RESTORE=lazy QAMI_FILL_RATE=0.1
export QAMI_ARCHIVE_RESTORE QAMI_FILL_RATE
. tests/tier.sh
. tests/crash.sh
crash_setup

# a part of it is noted as being there, and nobody fills the rest
snap=$(snapshot_with 1 2 3 4 5 6)
wanted=$(blocks "$snap")
archive "$snap"
object=$(object_of "$snap")
unarchive "$snap"
vol=$(volume --snapshot-id "$snap")
layer=$(sql "SELECT layer FROM snapshot WHERE id = '$snap'")
tries=0
until [ -s "$QAMI_STORE/fill/$layer.map" ]; do
	tries=$((tries + 1))
	[ $tries -lt 300 ]
	sleep 0.1
done
crash_children
cp -a "$QAMI_STORE" "$TMPDIR/seed"
QAMI_FILL_RATE=1000

# anew - as it was then
anew()
{
	crash_children
	rm -rf "$QAMI_STORE"
	cp -a "$TMPDIR/seed" "$QAMI_STORE"
}

# filled WHAT - it is filled by who comes next
filled()
{
	[ "$(blocks "$snap")" = "$wanted" ] || wrong "$1: other blocks"
	sound "$1" --jobs
	tries=0
	while [ "$(sql "SELECT count(*) FROM filling
		WHERE state <> 'full'")" != 0 ] && [ $tries -lt 300 ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
	[ $tries -lt 300 ] || wrong "$1: it is not filled"
	[ -e "$QAMI_STORE/layers/$layer" ] || wrong "$1: there is no layer"
	[ ! -e "$QAMI_STORE/layers/filling-$layer" ] || wrong "$1: two files"
	patient qemu-img convert -O raw "$(of volume "$vol")" "$TMPDIR/got"
	cmp -n "$(stat -c %s "$TMPDIR/with.raw")" "$TMPDIR/with.raw" \
		"$TMPDIR/got" || wrong "$1: other bytes"
}

points "${KILL_POINTS:-2}" qami fill-layer --layer "$layer" >"$TMPDIR/points"
[ -s "$TMPDIR/points" ]
filled "not killed"
while read -r call number; do
	anew
	killed "$call" "$number" qami fill-layer --layer "$layer"
	filled "fill $call $number"
done <"$TMPDIR/points"

# one after the other dies, the first between what it notes in the file and what
# it says in the registry
anew
sql 'UPDATE filling SET filled = 0'
for round in $(seq "${KILL_RANDOM:-1}"); do
	QAMI_FILL_RATE=2 qami fill-layer --layer "$layer" &
	sleep "0.$((round * 7 % 10))"
	[ "$(blocks "$snap")" = "$wanted" ] || wrong "round $round: others"
	crash_children
	wait $! || :
	rounds=$((rounds + 1))
done
filled "after $round rounds"
gone "$object"
settled
same '' "$(ls "$QAMI_STORE/fill")"
qami fsck --deep >"$TMPDIR/out" || wrong "$(cat "$TMPDIR/out")"
crash_report
