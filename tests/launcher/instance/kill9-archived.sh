#!/bin/sh
# takes long
# Whoever archives a snapshot, restores it or archives it again may die at any
# step: the next one ends what was begun. At each moment the snapshot shows what
# it showed or is in the archive whole, no file or row is left over, and of one
# that is encrypted nothing is ever in clear.
. tests/lib.sh
. tests/stored.sh
. tests/tier.sh
. tests/crash.sh
crash_setup
points=${KILL_POINTS:-3}

# over - no job of the archive is at work any more
over()
{
	tries=0
	while [ "$(sql "SELECT count(*) FROM op WHERE kind LIKE '%archive%' AND
		state IN ('intent', 'fired')")" != 0 ] && [ $tries -lt 600 ]
	do
		tries=$((tries + 1))
		sleep 0.1
	done
	[ $tries -lt 600 ]
}

marker=what-a-disk-holds-in-clear
truncate -s 6M "$TMPDIR/disk.raw"
yes $marker | head -c 600000 |
	dd of="$TMPDIR/disk.raw" bs=1M seek=3 conv=notrunc status=none
head -c 400000 /dev/urandom |
	dd of="$TMPDIR/disk.raw" bs=1M seek=1 conv=notrunc status=none
plain=$(qami import-snapshot --disk-container \
	"File=$TMPDIR/disk.raw,Format=raw" --output text \
	--query SnapshotTaskDetail.SnapshotId)
snap=$(qami copy-snapshot --source-snapshot-id "$plain" --encrypted \
	--source-region us-east-1 | get SnapshotId)
qami wait snapshot-completed --snapshot-ids "$snap"
wanted=$(blocks "$snap")
qami delete-snapshot --snapshot-id "$plain"
qami gc >"$TMPDIR/out"

# whole WHAT STATUS TIER FILES - it is where it should be, and nothing else is
whole()
{
	over || wrong "$1: it does not end"
	same "$2 $3" "$(tier_says "$snap" LastTieringOperationStatus) $(
		tier_says "$snap" StorageTier)" || wrong "$1: not so"
	[ "$(ls "$QAMI_STORE/archive" | wc -l)" = "$4" ] ||
		wrong "$1: $(ls "$QAMI_STORE/archive")"
	if [ "$3" = standard ]; then
		[ "$(blocks "$snap")" = "$wanted" ] || wrong "$1: other bytes"
	else
		[ -z "$(ls "$QAMI_STORE/layers")" ] ||
			wrong "$1: $(ls "$QAMI_STORE/layers")"
	fi
	[ -z "$(grep -lraF $marker "$QAMI_STORE")" ] ||
		wrong "$1: something is in clear"
}

# swept WHAT STATUS TIER FILES SET COMMAND… - kills what is done after SET, which
# makes things as they were before, at some points of its life
swept()
{
	what=$1
	status=$2
	tier=$3
	files=$4
	set_up=$5
	shift 5
	$set_up
	points "$points" "$@" >"$TMPDIR/points" || wrong "$what does not succeed"
	whole "$what" "$status" "$tier" "$files"
	while read -r call number; do
		$set_up
		killed "$call" "$number" "$@"
		[ -z "$(grep -lraF $marker "$QAMI_STORE")" ] ||
			wrong "$what $call $number: something is in clear"
		sound "$what $call $number" --jobs
		whole "$what $call $number" "$status" "$tier" "$files"
	done <"$TMPDIR/points"
}

to_archive()
{
	[ "$(tier_says "$snap" StorageTier)" = standard ] || unarchive "$snap"
	over
	begun qami modify-snapshot-tier --snapshot-id "$snap" >"$TMPDIR/out"
}
swept archive archival-completed archive 1 to_archive qami run-jobs --slow

to_restore()
{
	[ "$(tier_says "$snap" StorageTier)" = archive ] || archive "$snap"
	over
	begun qami restore-snapshot-tier --snapshot-id "$snap" \
		--temporary-restore-days 3 >"$TMPDIR/out"
}
swept restore temporary-restore-completed standard 1 to_restore \
	qami run-jobs --slow

# its days are over
to_expire()
{
	[ "$(tier_says "$snap" StorageTier)" = standard ] ||
		unarchive "$snap" 3
	sql 'UPDATE snapshot_tier SET expires = started'
}
swept expire archival-completed archive 1 to_expire qami ps

# for good: the object goes in a job of its own
to_stay()
{
	[ "$(tier_says "$snap" StorageTier)" = archive ] || archive "$snap"
	over
	begun qami restore-snapshot-tier --snapshot-id "$snap" \
		--permanent-restore >"$TMPDIR/out"
}
swept stay permanent-restore-completed standard 0 to_stay qami run-jobs --slow

# deleted while it is on its way: when it may have begun, and before
gone()
{
	over
	sound "deleted on its way" --jobs
	[ -z "$(ls "$QAMI_STORE/archive")" ] || wrong "$(ls "$QAMI_STORE/archive")"
	same 0 "$(sql 'SELECT count(*) FROM archive_object')"
	same 0 "$(sql 'SELECT count(*) FROM disk_key WHERE id NOT IN
		(SELECT disk_key FROM layer WHERE disk_key NOT NULL)')"
	same "$1" "$(sql 'SELECT count(*) FROM layer')"
}
copy=$(qami copy-snapshot --source-snapshot-id "$snap" --encrypted \
	--source-region us-east-1 | get SnapshotId)
qami wait snapshot-completed --snapshot-ids "$copy"
qami modify-snapshot-tier --snapshot-id "$copy" >"$TMPDIR/out"
qami delete-snapshot --snapshot-id "$copy"
gone 1
# shellcheck disable=SC2016
begun sh -c 'qami modify-snapshot-tier --snapshot-id "$1" &&
	qami delete-snapshot --snapshot-id "$1"' sh "$snap" >"$TMPDIR/out"
qami run-jobs --slow
gone 0
crash_report
