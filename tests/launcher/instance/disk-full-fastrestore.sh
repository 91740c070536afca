#!/bin/sh
# A layer of a fast restore for which there is no room leaves nothing behind,
# its snapshot is what it was, and with room it is built.
. tests/lib.sh
. tests/snapshot.sh
. tests/fastrestore.sh
. tests/crash.sh
crash_mount 64M

head -c 12000000 /dev/urandom >"$TMPDIR/disk.raw"
qami import "$TMPDIR/disk.raw" --name one >"$TMPDIR/out"
vol=$(volume --size 1 --snapshot-id "$(sql 'SELECT id FROM snapshot')")
put "$vol" 0x11 3
snap=$(snap "$vol")
settled
for room in 3000000 8000000; do
	left $room
	files=$(ls "$QAMI_STORE/layers" | wc -l)
	fast enable "$snap" >"$TMPDIR/out"
	# the job finds that it is full, and says when it comes again
	tries=0
	until [ "$(sql "SELECT count(*) FROM op WHERE kind = 'fast-restore'
		AND state = 'intent' AND owner = '' AND
		due > (unixepoch() + 5) * 1000000")" = 1 ]; do
		tries=$((tries + 1))
		[ $tries -lt 600 ]
		sleep 0.1
	done
	same "$files" "$(ls "$QAMI_STORE/layers" | wc -l)"
	same optimizing "$(fast_state "$snap")"
	later 86400
	same optimizing "$(fast_state "$snap")"
	rm -f "$mount/fill"
	sql "UPDATE op SET due = 0 WHERE kind = 'fast-restore'"
	built "$snap"
	settled
	later 7200
	same 'True 1' "$(restored "$snap")"
	fast disable "$snap" >"$TMPDIR/out"
	fast_is "$snap" disabled
	settled
	same "$files" "$(ls "$QAMI_STORE/layers" | wc -l)"
done
holds "$snap" 0x11 3
