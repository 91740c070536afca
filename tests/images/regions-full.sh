#!/bin/sh
# a copy from another store for which there is no room is pending and nothing
# else, and goes on when there is room again; plain, and encrypted on the way,
# and over a wire; and while somebody stands on it
. tests/lib.sh
. tests/snapshot.sh
. tests/region.sh
has_small_disk || skip "this host gives an ordinary user no mounts of his own"
far qami images
snap=$(far sent - <<-SENT
	1 one
	3 two
	1999 three
SENT
)
far blocks "$snap" >"$TMPDIR/wanted"
export snap
ssh_stands_in
small_disk '
	cd "'"$PWD"'"
	. tests/lib.sh
	. tests/snapshot.sh
	. tests/region.sh
	qami region add far-1 --store "$TMPDIR/far"
	qami region add far-2 --store "ssh://there$TMPDIR/far"
	# room BYTES - so much is free, and no more
	room()
	{
		(cd "$QAMI_STORE/.." && fill && truncate -s "-$1" filler)
	}
	# lazily - one that is stood on: what can be kept is, and no more
	lazily()
	{
		held
		copy=$(qami copy-snapshot --source-region far-1 --output text \
			--query SnapshotId --source-snapshot-id "$snap")
		room 700K
		volume=$(volume --snapshot-id "$copy")
		let_go
		for try in $(seq 300); do
			[ "$(sql "SELECT blocks FROM filling")" = 0 ] || break
			sleep 0.1
		done
		sleep 2
		same "pending 1" "$(sql "SELECT s.state || \" \" ||
			(filled < blocks) FROM snapshot AS s, filling")"
	}
	for how in --lazy --no-encrypted --encrypted --wire; do
		region=far-1
		[ $how != --wire ] || region=far-2 how=--no-encrypted
		if [ $how = --lazy ]; then
			lazily
		else
			begun "$snap" $how
			room 700K
			slow_says "No space left|disk is full"
			same pending "$(sql "SELECT state FROM snapshot")"
		fi
		(cd "$QAMI_STORE/.." && drain)
		arrived "$copy"
		blocks "$copy" | cmp "$TMPDIR/wanted"
		[ $how != --lazy ] || qami delete-volume --volume-id "$volume"
		qami delete-snapshot --snapshot-id "$copy"
		settled
	done
	qami fsck'
