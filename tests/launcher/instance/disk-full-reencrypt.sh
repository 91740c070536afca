#!/bin/sh
# A copy under another key for which there is no room, from none to almost
# enough, fails as a whole: no layer of it is left, its source is what it was,
# and with room the same copy is made.
. tests/lib.sh
. tests/snapshot.sh
. tests/crash.sh
crash_mount 64M

head -c 12000000 /dev/urandom >"$TMPDIR/disk.raw"
qami import "$TMPDIR/disk.raw" --name plain >"$TMPDIR/out"
plain=$(sql 'SELECT id FROM snapshot')
copy()
{
	qami "copy-$1" --source-region us-east-1 --encrypted --output text \
		"--source-$1-id" "$2" --query "$3" ${4:+--name "$4"}
}
state()
{
	sql "SELECT state FROM snapshot WHERE id = '$1'"
}
# over - waits until no copy is under way; false where the disk is so full that
# not even its end can be noted: each command tries that again
over()
{
	local tries=0

	while [ "$(sql "SELECT count(*) FROM op WHERE kind = 'reencrypt' AND
		state IN ('intent', 'fired')")" -gt 0 ]; do
		tries=$((tries + 1))
		[ $tries -lt 50 ] || return 1
		qami ps >"$TMPDIR/out" 2>&1 || :
		sleep 0.2
	done
}
for room in 3000000 6000000 12000000; do
	left $room
	layers=$(ls "$QAMI_STORE/layers" | wc -l)
	if ami=$(copy image "$(qami images -q)" ImageId "at$room" \
		2>"$TMPDIR/err"); then
		new=$(sql "SELECT snapshot FROM image_mapping
			WHERE image = '$ami'")
		if over; then
			same failed "$(sql "SELECT state FROM image
				WHERE id = '$ami'")"
			same error "$(state "$new")"
			[ -n "$(sql "SELECT message FROM snapshot
				WHERE id = '$new'")" ]
			fails IncorrectState qami create-volume \
				--availability-zone us-east-1a \
				--snapshot-id "$new"
		else
			same pending "$(state "$new")"
		fi
		rm -f "$mount/fill"
		over
		qami deregister-image --image-id "$ami"
		qami delete-snapshot --snapshot-id "$new"
		settled
	else
		has InsufficientVolumeCapacity "$TMPDIR/err"
	fi
	rm -f "$mount/fill"
	qami gc
	same "$layers" "$(ls "$QAMI_STORE/layers" | wc -l)"
done
qami fsck
new=$(copy snapshot "$plain" SnapshotId)
settled
same completed "$(state "$new")"
truncate -s 12M "$TMPDIR/disk.raw"
index=0
qami ebs list-snapshot-blocks --snapshot-id "$new" --output text \
	--query 'Blocks[].[BlockIndex,BlockToken]' >"$TMPDIR/blocks"
while read -r index token; do
	qami ebs get-snapshot-block --snapshot-id "$new" --block-index \
		"$index" --block-token "$token" "$TMPDIR/block" >"$TMPDIR/out"
	dd if="$TMPDIR/disk.raw" bs=512k skip="$index" count=1 status=none |
		cmp - "$TMPDIR/block"
done <"$TMPDIR/blocks"
same 23 "$(wc -l <"$TMPDIR/blocks")"
qami fsck --deep
