#!/bin/sh
# a bucket on a disk that is full takes nothing half, and a store that is full
# waits with what it fetches from one; both go on when there is room again
. tests/lib.sh
. tests/snapshot.sh
. tests/region.sh
has_small_disk || skip "this host gives an ordinary user no mounts of his own"
far qami images
# blocks that zstd makes no smaller
noisy=$(far qami ebs start-snapshot --volume-size 1 --output text \
	--query SnapshotId)
for i in 0 1; do
	head -c 524288 /dev/urandom >"$TMPDIR/noise.$i"
	far qami ebs put-snapshot-block --snapshot-id "$noisy" \
		--block-index $i --data-length 524288 \
		--block-data "fileb://$TMPDIR/noise.$i" --checksum "$(
		openssl dgst -sha256 -binary "$TMPDIR/noise.$i" | base64)" \
		--checksum-algorithm SHA256 >"$TMPDIR/answer"
done
far qami ebs complete-snapshot --snapshot-id "$noisy" \
	--changed-blocks-count 2 >"$TMPDIR/answer"
far arrived "$noisy"
far blocks "$noisy" >"$TMPDIR/wanted"
export noisy
small_disk '
	cd "'"$PWD"'"
	. tests/lib.sh
	. tests/snapshot.sh
	. tests/region.sh
	room()
	{
		(cd "$QAMI_STORE/.." && fill && truncate -s "-$1" filler)
	}
	empty()
	{
		(cd "$QAMI_STORE/.." && drain)
	}
	# the bucket is on the small disk, as this store is
	bucket=$(dirname "$QAMI_STORE")/site/bucket
	mkdir -p "$(dirname "$bucket")"
	far settled
	bucket_setup "$bucket"
	room 700K
	fails InsufficientVolumeCapacity far qami region push far-1 "$noisy"
	same "" "$(far qami region contents far-1)"
	[ ! -e "$bucket/snapshots" ]
	empty
	same "" "$(ls -A "$bucket/../.new")"
	far qami region push far-1 "$noisy" >"$TMPDIR/there"
	same 2 "$(objects blocks)"

	begun "$(cat "$TMPDIR/there")"
	room 700K
	slow_says "No space left|disk is full"
	same pending "$(sql "SELECT state FROM snapshot")"
	empty
	arrived "$copy"
	blocks "$copy" | cmp "$TMPDIR/wanted"
	qami fsck'
