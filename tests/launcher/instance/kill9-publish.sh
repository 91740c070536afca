#!/bin/sh
# takes long
# What is published to a bucket while it is killed at any step is there wholly
# or not at all, and whoever begins again finishes it; a collector that is
# killed takes nothing that is named; and a copy that is fetched from there
# while its job is killed arrives. Two publish at once.
. tests/lib.sh
. tests/snapshot.sh
. tests/region.sh
. tests/crash.sh
crash_setup
points=${KILL_POINTS:-4}
bucket=$TMPDIR/bucket
bucket_setup "$bucket"
one=$(far sent - <<-ONE
	1 one
	4 two
ONE
)
two=$(far sent "$one" <<-TWO
	4 three
	7 four
	9 five
TWO
)
far blocks "$one" >"$TMPDIR/one"
far blocks "$two" >"$TMPDIR/two"
pushed 2/2 "$one"
there_one=$there
base=$(objects '')

# there_is ID - whether it can be seen there
there_is()
{
	far qami region contents far-1 -q | grep -qx "$1"
}
# arrives ID FILE WHAT - it is copied from there, and shows that
arrives()
{
	begun "$1"
	arrived "$copy" || wrong "$3: never arrived"
	blocks "$copy" | cmp -s "$2" || wrong "$3: it shows something else"
	qami delete-snapshot --snapshot-id "$copy"
}
# clean WHAT - withdraws and collects: what is left is what was there before
clean()
{
	far qami region withdraw far-1 "$there_two"
	far qami region collect far-1 --force >"$TMPDIR/out"
	same "$base" "$(objects '')" || wrong "$1: something is left there"
}

QAMI_STORE=$TMPDIR/far points "$points" qami region push far-1 "$two" \
	>"$TMPDIR/points"
pushed 0/4 "$two"
there_two=$there
clean first
[ "$(wc -l <"$TMPDIR/points")" -ge 4 ]
while read -r call number; do
	rounds=$((rounds + 1))
	QAMI_STORE=$TMPDIR/far killed "$call" "$number" \
		qami region push far-1 "$two"
	if there_is "$there_two"; then
		arrives "$there_two" "$TMPDIR/two" "publish $call $number"
	fi
	far qami region push far-1 "$two" >"$TMPDIR/out"
	same "$there_two" "$(cat "$TMPDIR/out")"
	arrives "$there_two" "$TMPDIR/two" "publish $call $number, again"
	clean "publish $call $number"
done <"$TMPDIR/points"

# a collector
left()
{
	pushed 3/4 "$two"
	far qami region withdraw far-1 "$there_two"
}
left
QAMI_STORE=$TMPDIR/far points "$points" qami region collect far-1 \
	>"$TMPDIR/points"
same "$base" "$(objects '')"
while read -r call number; do
	rounds=$((rounds + 1))
	left
	QAMI_STORE=$TMPDIR/far killed "$call" "$number" \
		qami region collect far-1
	arrives "$there_one" "$TMPDIR/one" "collect $call $number"
	far qami region collect far-1 --force >"$TMPDIR/out"
	same "$base" "$(objects '')" ||
		wrong "collect $call $number: something is left there"
done <"$TMPDIR/points"

# the job that fetches
far qami region push far-1 "$two" >"$TMPDIR/out"
begun "$there_one"
arrived "$copy"
begun "$there_two"
points "$points" qami run-jobs --slow >"$TMPDIR/points"
arrived "$copy"
qami delete-snapshot --snapshot-id "$copy"
while read -r call number; do
	begun "$there_two"
	killed "$call" "$number" qami run-jobs --slow
	qami ps -a >"$TMPDIR/ps"
	arrived "$copy" || wrong "fetch $call $number: never arrived"
	blocks "$copy" | cmp -s "$TMPDIR/two" ||
		wrong "fetch $call $number: it shows something else"
	same 3 "$(own "$copy")" || wrong "fetch $call $number: more was fetched"
	qami delete-snapshot --snapshot-id "$copy"
	sound "fetch $call $number" --jobs
done <"$TMPDIR/points"

# two at once, of the same and of others that have blocks in common
three=$(sent - <<-THREE
	4 three
	5 four
	6 six
THREE
)
blocks "$three" >"$TMPDIR/three"
clean between
settled
qami region push far-1 "$three" >"$TMPDIR/a" &
first=$!
far qami region push far-1 "$two" >"$TMPDIR/b" &
second=$!
far qami region push far-1 "$two" >"$TMPDIR/c"
wait $first
wait $second
same "$there_two" "$(cat "$TMPDIR/b")"
same "$there_two" "$(cat "$TMPDIR/c")"
same '' "$(find "$bucket" -path '*/publishing/*')"
arrives "$there_two" "$TMPDIR/two" 'two at once'
arrives "$(cat "$TMPDIR/a")" "$TMPDIR/three" 'two at once'
same '0 blocks removed' "$(qami region collect far-1 |
	grep -o '[0-9]* blocks removed')"
sound 'two at once' --jobs
crash_report
