#!/bin/sh
# reflink - on XFS and btrfs an import of a raw disk shares its blocks, and a
# layer is pulled into a copy of its child that shares all but what moves
. tests/lib.sh
. tests/snapshot.sh

[ "$(id -u)" = 0 ] || skip "mounting a filesystem takes root"
mount=$TMPDIR/mount
mkdir "$mount"
trap 'umount -l "$mount" 2>/dev/null || :' EXIT
trap 'exit 130' INT TERM

# used - KiB of the filesystem
used()
{
	sync -f "$mount"
	df -k --output=used "$mount" | tail -n 1
}

# written - KiB that its disk was given to write since it is there
written()
{
	sync -f "$mount"
	set -- $(cat "/sys/block/$(basename "$(findmnt -no SOURCE \
		"$mount")")/stat")
	echo $(($7 / 2))
}

# less WHAT MOST GOT - in KiB
less()
{
	echo "$1: $3 KiB"
	[ "$3" -le "$2" ] || {
		echo "$1: $3 KiB, not at most $2" >&2
		return 1
	}
}

# inode SNAPSHOT - of its layer's file
inode()
{
	stat -c %i "$(of snapshot "$1")"
}

# on FILESYSTEM [OPTION…] - all of it there
on()
{
	local before snap v one two three was doomed

	rm -f "$TMPDIR/disk"
	truncate -s 600M "$TMPDIR/disk"
	"mkfs.$1" -q "$TMPDIR/disk"
	mount -o loop "$TMPDIR/disk" "$mount" 2>"$TMPDIR/err" ||
		skip "mounting $1: $(cat "$TMPDIR/err")"
	export QAMI_STORE="$mount/store"
	qami images >/dev/null

	# imported from the same filesystem
	head -c 64M /dev/urandom >"$mount/raw"
	before=$(used)
	qami import "$mount/raw" --name raw >/dev/null
	less "$1, imported 64 MiB, new blocks" 4096 $(($(used) - before))
	snap=$(sql 'SELECT id FROM snapshot')
	cmp -n $((64 << 20)) "$mount/raw" "$(of snapshot "$snap")"

	# much stands on the little that goes: it is pulled up
	v=$(volume --snapshot-id "$snap" --size 1)
	put "$v" 1 100
	one=$(snap "$v")
	put "$v" 2 101
	two=$(snap "$v")
	for at in $(seq 200 2 262); do
		put "$v" 3 "$at"
	done
	three=$(snap "$v")
	settled
	was=$(inode "$three")
	doomed=$(inode "$two")
	before=$(written)
	qami delete-snapshot --snapshot-id "$two"
	settled
	qami gc
	settled
	# neither left alone nor pushed down
	[ "$(inode "$three")" != "$was" ]
	[ "$(inode "$three")" != "$doomed" ]
	same 0 "$(sql "SELECT count(*) FROM layer WHERE name NOT IN
		(SELECT layer FROM snapshot UNION SELECT layer FROM volume)")"
	less "$1, pulled 1 MiB under 32 MiB, written" 16384 \
		$(($(written) - before))
	holds "$three" 2 101
	holds "$three" 3 262
	holds "$three" 1 100
	holds "$one" 1 100

	# nothing is shared with a file that goes
	qami rmi raw
	rm "$mount/raw"
	settled
	qami gc
	qami fsck --deep
	holds "$three" 2 101
	settled
	umount "$mount"
}

on xfs
on btrfs
