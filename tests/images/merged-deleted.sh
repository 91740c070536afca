#!/bin/sh
# A snapshot is deleted at the moment at which a layer is put in the place of
# its own, by who merges them: nothing comes back, and nothing is left over
. tests/lib.sh
. tests/snapshot.sh
strace -o "$TMPDIR/trace" true 2>/dev/null || skip "strace may trace nothing here"

vol=$(volume --size 1)
mkdir -p "$QAMI_STORE/run"
unworked
for mib in 1 2 3 4; do
	put "$vol" 0x11 $mib
done
lower=$(snap "$vol")
put "$vol" 0x22 1
upper=$(snap "$vol")
qami delete-volume --volume-id "$vol"
into=$(of snapshot "$lower")
qami delete-snapshot --snapshot-id "$lower"
untouched=$(stat -c '%a %z' "$into")

# the lower layer has the upper one's bytes, was made unwritable again, and is
# about to take its name
ASAN_OPTIONS=detect_leaks=0 strace -qq -o /dev/null -e trace=renameat \
	-e inject=renameat:delay_enter=5000000 qami gc >"$TMPDIR/out" 2>&1 9>&- &
gc=$!
tries=0
now=$untouched
until [ "$now" != "$untouched" ] && [ "${now% * * *}" = 400 ]; do
	tries=$((tries + 1))
	[ $tries -lt 1200 ]
	sleep 0.05
	now=$(stat -c '%a %z' "$into")
done
qami delete-snapshot --snapshot-id "$upper"
wait $gc || { cat "$TMPDIR/out" >&2; false; }
exec 9>&-
qami snaps >"$TMPDIR/out" # has a job begin
settled
same '' "$(ls "$QAMI_STORE/layers")"
