# tier.sh - what the tests of the archive tier share; read after tests/stored.sh

# what is restored is there, unless a test wants it otherwise
QAMI_ARCHIVE_RESTORE=${QAMI_ARCHIVE_RESTORE:-whole}
export QAMI_ARCHIVE_RESTORE

# tiered SNAPSHOT STATUS - the last thing that is done about its tier ends so
tiered()
{
	same "$2" "$(task_over "describe-snapshot-tier-status --filters \
		Name=snapshot-id,Values=$1" \
		SnapshotTierStatuses.0.LastTieringOperationStatus \
		archival-completed archival-failed temporary-restore-completed \
		temporary-restore-failed permanent-restore-completed \
		permanent-restore-failed)"
}

# tier_says SNAPSHOT MEMBER - what is said of its tier; '-': nothing
tier_says()
{
	qami describe-snapshot-tier-status --output text --filters \
		Name=snapshot-id,Values="$1" \
		--query "SnapshotTierStatuses[0].$2 || '-'"
}

# archive SNAPSHOT - archives it, and waits
archive()
{
	qami modify-snapshot-tier --snapshot-id "$1" --storage-tier archive \
		>"$TMPDIR/out"
	tiered "$1" archival-completed
}

# unarchive SNAPSHOT [DAYS] - restores it, and waits
unarchive()
{
	if [ -n "${2:-}" ]; then
		qami restore-snapshot-tier --snapshot-id "$1" \
			--temporary-restore-days "$2" >"$TMPDIR/out"
		tiered "$1" temporary-restore-completed
	else
		qami restore-snapshot-tier --snapshot-id "$1" \
			--permanent-restore >"$TMPDIR/out"
		tiered "$1" permanent-restore-completed
	fi
}

# blocks SNAPSHOT - the digest of each block that it shows
blocks()
{
	local index token

	qami ebs list-snapshot-blocks --snapshot-id "$1" --output text \
		--query 'Blocks[].[BlockIndex,BlockToken]' >"$TMPDIR/blocks"
	while read -r index token; do
		qami ebs get-snapshot-block --snapshot-id "$1" \
			--block-index "$index" --block-token "$token" \
			"$TMPDIR/block" >"$TMPDIR/out"
		echo "$index $(sha256sum <"$TMPDIR/block")"
	done <"$TMPDIR/blocks"
}

# gone FILE… - objects that a job removes are not there any more, nor the job
gone()
{
	local end

	end=$(($(date +%s) + 300))
	for file do
		while [ -e "$file" ] || [ "$(sql "SELECT count(*) FROM op
			WHERE kind = 'archive-remove' AND
			state IN ('intent', 'fired')")" != 0 ]; do
			[ "$(date +%s)" -lt $end ] || {
				echo "$file is still there" >&2
				return 1
			}
			sleep 0.1
		done
	done
}

# object_of SNAPSHOT - the file that has it in the store's own archive
object_of()
{
	echo "$QAMI_STORE/archive/$(sql "SELECT object FROM snapshot_tier
		WHERE snapshot = '$1'").archive"
}

# snapshot_with BYTE… - a snapshot of a small disk that has a block of each byte
snapshot_with()
{
	local byte

	truncate -s 4M "$TMPDIR/with.raw"
	for byte do
		head -c 524288 /dev/zero | tr '\0' "$byte" >>"$TMPDIR/with.raw"
	done
	qami import-snapshot --disk-container \
		"File=$TMPDIR/with.raw,Format=raw" --output text \
		--query SnapshotTaskDetail.SnapshotId
}
