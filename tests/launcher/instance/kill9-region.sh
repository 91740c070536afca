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
plain=$two
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

# whoever makes a volume of one that has not arrived, and has it filled
stand_on()
{
	echo qami create-volume --availability-zone us-east-1a \
		--snapshot-id "$copy"
}
stood_on()
{
	qami describe-volumes --output text --query 'Volumes[].VolumeId' |
		xargs -rn 1 qami delete-volume --volume-id
	qami delete-snapshot --snapshot-id "$copy"
}
begun "$two"
points $((points + 1)) $(stand_on) >"$TMPDIR/points"
arrived "$copy"
stood_on
while read -r call number; do
	begun "$two"
	killed "$call" "$number" $(stand_on)
	qami ps -a >"$TMPDIR/ps"
	arrived "$copy" || wrong "stood on, $call $number: never arrived"
	same "$(cat "$TMPDIR/$two")" "$(told "$copy")" ||
		wrong "stood on, $call $number: it shows something else"
	same 4 "$(own "$copy")" ||
		wrong "stood on, $call $number: more was carried"
	stood_on
	sound "stood on, $call $number" --jobs
done <"$TMPDIR/points"

# the same of one that is encrypted there, and so here under another key: the
# first of its lineage, and the second on it
marker=what-a-guest-wrote-in-clear
blocks_of()
{
	far blocks "$1" >"$TMPDIR/$1"
}
one=$(far sent - --encrypted <<-ONE
	2 $marker one
	9 $marker two
ONE
)
two=$(far sent "$one" <<-TWO
	9 $marker three
	2000 $marker four
TWO
)
blocks_of "$one"
blocks_of "$two"
sealed()
{
	begun "$1"
	points "$2" qami run-jobs --slow >"$TMPDIR/points"
	arrived "$copy"
	qami delete-snapshot --snapshot-id "$copy"
	while read -r call number; do
		begun "$1"
		killed "$call" "$number" qami run-jobs --slow
		same '' "$(grep -lraF $marker "$QAMI_STORE" || :)" ||
			wrong "$call $number: something is in clear"
		qami ps -a >"$TMPDIR/ps"
		arrived "$copy" || wrong "$call $number: never arrived"
		blocks "$copy" | cmp -s "$TMPDIR/$1" ||
			wrong "$call $number: it shows something else"
		qami delete-snapshot --snapshot-id "$copy"
		sound "encrypted region-copy $call $number" --jobs
		same "$keys" "$(sql 'SELECT count(*) FROM disk_key')" ||
			wrong "$call $number: a key is left"
	done <"$TMPDIR/points"
}
keys=0
sealed "$one" "$points"
begun "$one"
arrived "$copy"
base=$copy
keys=1
sealed "$two" $((points - 2))
same '' "$(grep -lraF $marker "$QAMI_STORE" || :)"
qami delete-snapshot --snapshot-id "$base"
two=$plain

# over - waits until no copy is at work any more
over()
{
	tries=0
	while [ "$(sql "SELECT count(*) FROM op WHERE kind = 'region-copy' AND
		state IN ('intent', 'fired')")" -gt 0 ] && [ $tries -lt 600 ]
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
