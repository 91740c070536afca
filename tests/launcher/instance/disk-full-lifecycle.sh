#!/bin/sh
# A full disk when lifecycle policies are run: at every fill level a copy is made
# and the older one goes, or none is made and none goes; and when there is room
# the next run has done all of it.
# (a machine runs, but nothing boots in it: no need to be alone)
. tests/lib.sh
. tests/crash.sh
. tests/lifecycle.sh
crash_mount 64M
policies_here

# copies - how many there are of the volume and of the machine
copies()
{
	sql "SELECT count(*) FROM snapshot WHERE state = 'completed' AND
		description LIKE '%schedule: snaps' UNION ALL
		SELECT count(*) FROM image WHERE state = 'available' AND
		description LIKE '%schedule: images'" | tr '\n' ' '
}

failed=0
for room in ${FILL_LEVELS:-0}; do
	left "$room" all
	if ! qami lifecycle run >"$TMPDIR/run" 2>"$TMPDIR/err"; then
		failed=$((failed + 1))
		grep -qF InsufficientVolumeCapacity "$TMPDIR/err" \
			"$TMPDIR/run" || grep -q 'fail	' "$TMPDIR/run" ||
			wrong "$room: $(cat "$TMPDIR/err")"
	fi
	case $(copies) in
	'1 1 ' | '2 1 ' | '1 2 ' | '2 2 ') ;; # not all that goes has gone
	*) wrong "$room: $(copies)copies" ;;
	esac
	rm -f "$mount/fill"
	over "with $room bytes"
	old=$(sql "SELECT id FROM lifecycle_item")
	qami clock forward 1d >"$TMPDIR/out"
done
[ $failed -gt 0 ] || wrong "nothing failed for want of room"
[ $bad -eq 0 ]
