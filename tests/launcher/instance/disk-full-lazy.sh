#!/bin/sh
# A full disk while a restored snapshot is being filled: what is read is still
# answered from the archive, nothing that was fetched is lost, and the filling
# goes on when there is room.
. tests/lib.sh
. tests/snapshot.sh
. tests/stored.sh
QAMI_ARCHIVE_RESTORE=lazy QAMI_FILL_RATE=1
export QAMI_ARCHIVE_RESTORE QAMI_FILL_RATE
. tests/tier.sh
. tests/crash.sh
crash_mount 48M

head -c 12M /dev/urandom >"$TMPDIR/disk.raw"
snap=$(qami import-snapshot --disk-container \
	"File=$TMPDIR/disk.raw,Format=raw" --output text \
	--query SnapshotTaskDetail.SnapshotId)
QAMI_ARCHIVE=$(dirname "$QAMI_STORE")/cheap
export QAMI_ARCHIVE
mkdir "$QAMI_ARCHIVE"
archive "$snap"
unarchive "$snap" 1
v=$(volume --snapshot-id "$snap")
left 1000000

# all of it twice, while most of it cannot be kept
qami bench-volume "$v" --size 12 >"$TMPDIR/out"
[ "$(sql 'SELECT state FROM filling')" = filling ] ||
	wrong "it is $(sql 'SELECT state FROM filling')"
same initializing "$(qami describe-volume-status --output text --query \
	'VolumeStatuses[0].VolumeStatus.Details[2].Status')"
rm -f "$mount/fill"
for try in $(seq 600); do
	[ "$(sql 'SELECT state FROM filling')" = filling ] || break
	sleep 0.1
done
[ "$(sql 'SELECT state FROM filling')" != filling ] || wrong "it goes on"
patient qemu-img convert -O raw "$(of snapshot "$snap")" "$TMPDIR/got"
cmp -n $((12 << 20)) "$TMPDIR/disk.raw" "$TMPDIR/got" || wrong "other bytes"
qami delete-volume --volume-id "$v"
settled
qami fsck --deep >"$TMPDIR/out" || wrong "$(cat "$TMPDIR/out")"
[ $bad -eq 0 ]
