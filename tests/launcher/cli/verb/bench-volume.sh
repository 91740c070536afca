#!/bin/sh
# bench-volume - the same reads twice; of a cold snapshot the first ones fetch
# boots guests
. tests/lib.sh
. tests/snapshot.sh
. tests/stored.sh
QAMI_ARCHIVE_RESTORE=lazy QAMI_FILL_RATE=0.1
export QAMI_ARCHIVE_RESTORE QAMI_FILL_RATE
. tests/tier.sh

head -c 16M /dev/urandom >"$TMPDIR/raw"
snap=$(qami import-snapshot --disk-container "File=$TMPDIR/raw,Format=raw" \
	--output text --query SnapshotTaskDetail.SnapshotId)
archive "$snap"
unarchive "$snap" 1
v=$(volume --snapshot-id "$snap")
qami bench-volume "$v" --size 16 --block-size 512 --output json >"$TMPDIR/out"
for pair in Reads=32 BlockKiB=512 Random=False Passes.0.Touch=first \
	Passes.1.Touch=second; do
	same "$pair" "${pair%%=*}=$(get "${pair%%=*}" <"$TMPDIR/out")"
done
# all of it was fetched by the first touch, long before the rate would have
for try in $(seq 600); do
	[ "$(sql 'SELECT state FROM filling')" = filling ] || break
	sleep 0.1
done
[ "$(sql 'SELECT state FROM filling')" != filling ]
qami bench-volume "$v" --random --size 1 --block-size 4 >"$TMPDIR/out"
same '256 random reads of 4 KiB' "$(head -n 1 "$TMPDIR/out")"
same 4 "$(wc -l <"$TMPDIR/out")"
grep -q '^first  *[0-9.]* ' "$TMPDIR/out"
grep -q '^second  *[0-9.]* ' "$TMPDIR/out"

for bad in '--block-size 2' '--block-size 12' '--block-size 8192' '--size 0'; do
	fails InvalidParameterValue qami bench-volume "$v" $bad
done
fails InvalidVolume.NotFound qami bench-volume vol-0fedcba9876543210
hidden "$v" bench-volume "$v"

# what a guest has is not disturbed
guests_here
box=$(launch "$(image small)")
fails VolumeInUse qami bench-volume "$(sql "SELECT volume FROM attachment
	WHERE instance = '$box'")"
