#!/bin/sh
# takes long
# inspect - partitions and file systems of images, honest and hostile
set -eu
. tests/lib.sh

libguestfs_here

look()
{
	qami describe-image-layout "$1" --output json >"$TMPDIR/out" \
		2>"$TMPDIR/err" && return
	if grep -q 'apt-get install' "$TMPDIR/err"; then
		cat "$TMPDIR/err" >&2
		exit 77
	fi
	cat "$TMPDIR/err" >&2
	exit 1
}

qami import "$(tests/guest/build disk)" --name disk >/dev/null
look disk
grep -q '"PartitionTable": "msdos"' "$TMPDIR/out"
grep -q '"Filesystem": "ext4"' "$TMPDIR/out"
grep -q '"Type": "0x83"' "$TMPDIR/out"

# a file system without a table, whose label is an attack on terminals
truncate -s 8M "$TMPDIR/label.raw"
mkfs.ext2 -q -F -L "$(printf '\033[31m"\377')" "$TMPDIR/label.raw"
qami import "$TMPDIR/label.raw" --name label >/dev/null
look label
grep -q '"PartitionTable": "none"' "$TMPDIR/out"
grep -qF '\\x1b[31m' "$TMPDIR/out"

# no sense at all is no error
head -c 1048576 /dev/urandom >"$TMPDIR/noise.raw"
qami import "$TMPDIR/noise.raw" --name noise >/dev/null
look noise
grep -q '"Size": 1048576' "$TMPDIR/out"
