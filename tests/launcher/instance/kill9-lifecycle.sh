#!/bin/sh
# takes long
# Who runs lifecycle policies is killed at any step of it: the next run leaves
# one snapshot of the volume and one image of the instance for each moment, with
# their tags, and what the rules do not keep is gone with all that it had.
# (a machine runs, but nothing boots in it: no need to be alone)
. tests/lib.sh
. tests/crash.sh
. tests/lifecycle.sh
crash_setup
points=${KILL_POINTS:-3}

policies_here
cp -a "$QAMI_STORE" "$TMPDIR/seed"

points "$points" qami lifecycle run >"$TMPDIR/points"
[ -s "$TMPDIR/points" ]
over "not killed"
while read -r call number; do
	crash_children
	rm -rf "$QAMI_STORE"
	cp -a "$TMPDIR/seed" "$QAMI_STORE"
	killed "$call" "$number" qami lifecycle run
	over "lifecycle $call $number"
done <"$TMPDIR/points"

# whoever tries next is killed as well, until one is not
rm -rf "$QAMI_STORE"
cp -a "$TMPDIR/seed" "$QAMI_STORE"
number=1
while killed fdatasync $number qami lifecycle run &&
	sql 'SELECT id FROM lifecycle_item' | grep -qF "$old" &&
	[ $number -lt 40 ]; do
	number=$((number + 1))
	rounds=$((rounds + 1))
done
over "after $number"
crash_report
