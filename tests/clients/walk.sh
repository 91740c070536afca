#!/bin/sh
# walk - what AWS's users are told about snapshots and images is so here: the
# walks through three documents, the second with boto3; two minutes in all
# boots guests
. tests/lib.sh

export QAMI_CONNECT=embed QAMI_ACCEL=tcg

# walked NAME - runs a walk; it ends where something is not as it should be
walked()
{
	"$1" >"$TMPDIR/walk" 2>"$TMPDIR/walk.err" && return 0
	tail -n 20 "$TMPDIR/walk" "$TMPDIR/walk.err" >&2
	return 1
}

# shows TEXT - the walk has printed that
shows()
{
	has "$1" "$TMPDIR/walk"
}

walked examples/seeds/1-snapshots.sh
shows 'the duplicate, as it was that night: orders: 1000'
shows '(InvalidSnapshot.NotFound)'
shows 'the data is back: orders: 2000'
shows ' is there instead of '
# the restored server has the disks of the one that is gone
same 2 "$(grep -c '^ *254 *16  *209715200 vdb$' "$TMPDIR/walk")"

walked examples/seeds/2-ebs-advanced.sh
shows 'snapshot 5 points to A1 B1 C1'
shows 'with all others gone, the fifth is still complete'
shows 'never ahead of the first'
shows "'FastRestored': True"
shows "'LastTieringOperationStatus': 'temporary-restore-completed'"
shows '(OperationNotPermitted)'
shows "'222222222222', True)]"
shows '(VolumeInUse)'

libguestfs_here
walked examples/seeds/3-ami-internals.sh
shows 'listen 80;'
shows 'block 1792'
shows 'PartitionTable	msdos'
# a limit is felt, and no limit is not: 400 reads at 200 IOPS take two seconds
sed -n 's/^400 reads in \([0-9.]*\) seconds$/\1/p' "$TMPDIR/walk" |
	awk '{ took[NR] = $1 } END { exit !(NR == 2 && took[1] > took[2]) }'
shows '(UnsupportedOperation)'
shows 'The image is not made public: '
shows 'Storage	instance-store'
shows 'images that are left: 10'
