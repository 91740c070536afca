#!/bin/sh
# takes long
# Snapshots of volumes at rest that are taken or deleted by who is killed at any
# step: every one that is there is whole, nothing half exists, no file leaks.
. tests/lib.sh
. tests/snapshot.sh
. tests/crash.sh
crash_setup
points=${KILL_POINTS:-5}

# at rest: each round writes another byte first
vol=$(volume --size 1)
put "$vol" 1 0
points "$points" qami create-snapshot --volume-id "$vol" >"$TMPDIR/points"
n=1
while read -r call number; do
	drop
	n=$((n + 1))
	put "$vol" $n 0
	killed "$call" "$number" qami create-snapshot --volume-id "$vol"
	sound "create $call $number" --jobs
	acknowledged "create $call $number"
	for id in $(qami snaps -q); do
		holds "$id" $n 0 || wrong "create $call $number: $id"
	done
	look "$vol" $n 0 || wrong "create $call $number: the volume"
	put "$vol" $n 7 || wrong "create $call $number: not writable"
	id=$(snap "$vol") || wrong "create $call $number: again"
	holds "$id" $n 7 || wrong "create $call $number: again: $id"
done <"$TMPDIR/points"

# deletion: what is left holds what it did
drop
for n in 1 2 3; do
	put "$vol" $((n + 100)) 0
	put "$vol" $((n + 200)) $((n + 1))
	eval "s$n=$(snap "$vol")"
done
points "$points" qami delete-snapshot --snapshot-id "$(snap "$vol")" \
	>"$TMPDIR/points"
while read -r call number; do
	put "$vol" 77 9
	s4=$(snap "$vol")
	put "$vol" 78 9
	s5=$(snap "$vol")
	put "$vol" 79 9
	killed "$call" "$number" qami delete-snapshot --snapshot-id "$s4"
	sound "delete $call $number" --jobs
	for n in 1 2 3; do
		eval "id=\$s$n"
		holds "$id" $((n + 100)) 0 &&
			holds "$id" $((n + 200)) $((n + 1)) ||
			wrong "delete $call $number: s$n"
	done
	holds "$s5" 78 9 || wrong "delete $call $number: the next"
	look "$vol" 79 9 || wrong "delete $call $number: the volume"
	[ -z "$(sql "SELECT id FROM snapshot WHERE id = '$s4'")" ] ||
		qami delete-snapshot --snapshot-id "$s4" ||
		wrong "delete $call $number: again"
	qami delete-snapshot --snapshot-id "$s5"
done <"$TMPDIR/points"
drop
qami delete-volume --volume-id "$vol"

settled || wrong "at the end"
crash_report
