#!/bin/sh
# takes long
# Archiving and restoring where the store's disk is full, and where the
# archive's is: at every fill level it succeeds, or the status says why it did
# not, the snapshot is where it was and nothing is left over; with room again
# all of it works.
. tests/lib.sh
. tests/stored.sh
. tests/tier.sh
. tests/crash.sh
crash_mount 48M

# begun and ended WHAT VERB OPTION… - the verb is refused, or ends somehow; with
# a failure the snapshot is where it was
ended()
{
	what=$1
	was=$(tier_says "$snap" StorageTier)
	shift
	if ! qami "$@" --snapshot-id "$snap" >"$TMPDIR/out" 2>"$TMPDIR/err"
	then
		full_said "$what" "$(cat "$TMPDIR/err")"
		return 0
	fi
	case $(task_over "describe-snapshot-tier-status --filters \
		Name=snapshot-id,Values=$snap" \
		SnapshotTierStatuses.0.LastTieringOperationStatus \
		archival-completed archival-failed permanent-restore-completed \
		permanent-restore-failed) in
	*-failed)
		full_said "$what" "$(tier_says "$snap" \
			LastTieringOperationStatusDetail)"
		same "$was" "$(tier_says "$snap" StorageTier)" ||
			wrong "$what: it is elsewhere"
		;;
	esac
}

truncate -s 6M "$TMPDIR/disk.raw"
head -c 2500000 /dev/urandom |
	dd of="$TMPDIR/disk.raw" bs=1M seek=1 conv=notrunc status=none
snap=$(qami import-snapshot --disk-container \
	"File=$TMPDIR/disk.raw,Format=raw" --output text \
	--query SnapshotTaskDetail.SnapshotId)
qami gc >"$TMPDIR/out"
wanted=$(blocks "$snap")
place=$(dirname "$QAMI_STORE")/cheap
mkdir "$place"

# settled WHAT - with room again it is sound, and shows what it showed
settled()
{
	rm -f "$mount/fill"
	sound "$1" --jobs
	[ "$(ls "$QAMI_STORE/archive" "$place" | grep -c draft)" = 0 ] ||
		wrong "$1: $(ls "$QAMI_STORE/archive" "$place")"
}

refused=0
for room in ${FILL_LEVELS:-0 1000000 4000000}; do
	for QAMI_ARCHIVE in '' "$place"; do
		export QAMI_ARCHIVE
		left "$room"
		ended "archive at $room" modify-snapshot-tier
		settled "archive at $room"
		[ "$(tier_says "$snap" StorageTier)" = archive ] ||
			archive "$snap"
		left "$room"
		ended "restore at $room" restore-snapshot-tier \
			--permanent-restore
		settled "restore at $room"
		[ "$(tier_says "$snap" StorageTier)" = standard ] ||
			unarchive "$snap"
		[ "$(blocks "$snap")" = "$wanted" ] ||
			wrong "at $room: other bytes"
	done
done
[ "$refused" -ge 8 ] || wrong "only $refused were refused"

# the archive's disk alone is full: the store has room
if has_small_disk; then
	QAMI_STORE=$TMPDIR/roomy unshare -rm sh -euc '
		. tests/lib.sh
		. tests/stored.sh
		. tests/tier.sh
		mkdir "$TMPDIR/tiny"
		mount -t tmpfs -o size=1M tmpfs "$TMPDIR/tiny"
		export QAMI_ARCHIVE=$TMPDIR/tiny
		snap=$(qami import-snapshot --disk-container \
			"File=$TMPDIR/disk.raw,Format=raw" --output text \
			--query SnapshotTaskDetail.SnapshotId)
		qami modify-snapshot-tier --snapshot-id "$snap" >"$TMPDIR/out"
		tiered "$snap" archival-failed
		tier_says "$snap" LastTieringOperationStatusDetail \
			>"$TMPDIR/why"
		has InsufficientVolumeCapacity "$TMPDIR/why"
		same standard "$(tier_says "$snap" StorageTier)"
		same "" "$(ls "$TMPDIR/tiny")"
		qami fsck --deep >"$TMPDIR/out"' || wrong "a full archive"
fi
[ $bad -eq 0 ]
