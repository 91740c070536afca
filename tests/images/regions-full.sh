#!/bin/sh
# a copy from another store for which there is no room is pending and nothing
# else, and goes on when there is room again; plain, and encrypted on the way
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
small_disk '
	cd "'"$PWD"'"
	. tests/lib.sh
	. tests/snapshot.sh
	. tests/region.sh
	qami region add far-1 --store "$TMPDIR/far"
	# room BYTES - so much is free, and no more
	room()
	{
		(cd "$QAMI_STORE/.." && fill && truncate -s "-$1" filler)
	}
	for how in --no-encrypted --encrypted; do
		begun "$snap" $how
		room 700K
		timeout 4 qami run-jobs --slow 2>"$TMPDIR/full" || :
		grep -qE "No space left|disk is full" "$TMPDIR/full"
		same pending "$(sql "SELECT state FROM snapshot")"
		fails IncorrectState qami create-volume --snapshot-id "$copy" \
			--availability-zone us-east-1a
		(cd "$QAMI_STORE/.." && drain)
		arrived "$copy"
		blocks "$copy" | cmp "$TMPDIR/wanted"
		qami delete-snapshot --snapshot-id "$copy"
		settled
	done
	qami fsck'
