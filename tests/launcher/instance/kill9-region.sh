#!/bin/sh
# takes long
# A copy from another store whose job is killed at any step, while it carries
# blocks among them, arrives all the same, with what it should show and no file
# left over; nothing is seen of it before.
. tests/lib.sh
. tests/snapshot.sh
. tests/region.sh
. tests/crash.sh
crash_setup
points=${KILL_POINTS:-5}
region_setup

vol=$(far volume --size 1)
far put "$vol" 0x11 1
far put "$vol" 0x12 4
one=$(far snap "$vol")
far put "$vol" 0x13 4
far put "$vol" 0x14 7
two=$(far snap "$vol")
for snap in "$one" "$two"; do
	far told "$snap" >"$TMPDIR/$snap"
done

# the first of the lineage stays, so that the others stand on it
begun "$one"
arrived "$copy"
same "$(cat "$TMPDIR/$one")" "$(told "$copy")"

begun "$two"
points "$points" qami run-jobs --slow >"$TMPDIR/points"
arrived "$copy"
qami delete-snapshot --snapshot-id "$copy"
[ "$(wc -l <"$TMPDIR/points")" -ge 4 ]
while read -r call number; do
	begun "$two"
	killed "$call" "$number" qami run-jobs --slow
	case $(sql "SELECT state FROM snapshot WHERE id = '$copy'") in
	pending | completed) ;;
	*) wrong "$call $number: neither pending nor there" ;;
	esac
	qami ps -a >"$TMPDIR/ps"
	arrived "$copy" || wrong "$call $number: never arrived"
	same "$(cat "$TMPDIR/$two")" "$(told "$copy")" ||
		wrong "$call $number: it shows something else"
	same 4 "$(own "$copy")" || wrong "$call $number: more was carried"
	qami delete-snapshot --snapshot-id "$copy"
	sound "region-copy $call $number" --jobs
done <"$TMPDIR/points"

# over - waits until no copy is at work any more
over()
{
	tries=0
	while [ "$(sql "SELECT count(*) FROM op WHERE kind = 'region-copy' AND
		state IN ('intent', 'fired')")" -gt 0 ] && [ $tries -lt 300 ]
	do
		tries=$((tries + 1))
		qami ps -a >"$TMPDIR/ps" # starts who does jobs
		sleep 0.2
	done
}

# one that is deleted while it is carried leaves nothing
begun "$two"
qami delete-snapshot --snapshot-id "$copy"
over
same 0 "$(sql "SELECT count(*) FROM snapshot WHERE id = '$copy'")"
sound deleted --jobs
# nor does one whose source is gone
begun "$two"
far qami delete-snapshot --snapshot-id "$two"
over
same error "$(sql "SELECT state FROM snapshot WHERE id = '$copy'")"
qami delete-snapshot --snapshot-id "$copy"
sound 'source gone' --jobs
crash_report
