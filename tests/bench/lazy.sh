# lazy - how soon a volume of a snapshot that is in the archive gives its first
# byte and its last: restored lazily, restored whole, and by fast restore
#
# 256 MiB that do not compress. From the call that restores, and for fast
# restore, which has been enabled before, from the call that makes the volume.
# The first byte is that of a read by bench-volume, with all that this starts.
head -c 256M /dev/urandom >"$work/cold.raw"

# since BEGIN - milliseconds
since()
{
	echo "$1 $(date +%s%N)" | awk '{ printf "%.0f", ($2 - $1) / 1e6 }'
}

# tier_is SNAPSHOT WORD - waits until the last thing about its tier is that
tier_is()
{
	until qami describe-snapshot-tier-status --output text --query \
		'SnapshotTierStatuses[].LastTieringOperationStatus' --filters \
		Name=snapshot-id,Values="$1" | grep -q "$2"; do sleep 0.02; done
}

# volume_of SNAPSHOT - a volume's id
volume_of()
{
	qami create-volume --availability-zone us-east-1a --output text \
		--query VolumeId --snapshot-id "$1" \
		--volume-initialization-rate 300
}

# first VOLUME - reads its first block
first()
{
	qami bench-volume "$1" --size 1 --block-size 1024 >/dev/null
}

# all_here - waits until nothing is fetched any more
all_here()
{
	until [ "$(sqlite3 "$QAMI_STORE/qami.db" "SELECT count(*) FROM filling
		WHERE state <> 'full'")" = 0 ]; do sleep 0.02; done
}

# row LABEL FIRST LAST
row()
{
	printf '%-54s %8s ms %8s ms\n' "$@"
}

snap=$(qami import-snapshot --disk-container "File=$work/cold.raw,Format=raw" \
	--output text --query SnapshotTaskDetail.SnapshotId)
row 'lazy: to the first byte, to the last' first last
for how in lazy whole; do
	export QAMI_ARCHIVE_RESTORE=$how
	qami modify-snapshot-tier --snapshot-id "$snap" --storage-tier archive \
		>/dev/null
	tier_is "$snap" archival-completed
	# who runs jobs has the setting that it was started with
	while pgrep -f "^qami --store $QAMI_STORE .*run-jobs" >/dev/null; do
		sleep 0.1
	done
	begin=$(date +%s%N)
	qami restore-snapshot-tier --snapshot-id "$snap" --permanent-restore \
		>/dev/null
	tier_is "$snap" permanent-restore-completed
	volume=$(volume_of "$snap")
	first "$volume"
	byte=$(since "$begin")
	all_here
	row "lazy: restored $how" "$byte" "$(since "$begin")"
done
qami enable-fast-snapshot-restores --availability-zones us-east-1a \
	--source-snapshot-ids "$snap" >/dev/null
until qami describe-fast-snapshot-restores --output text \
	--query 'FastSnapshotRestores[].State' | grep -qx enabled; do
	sleep 0.1
	qami clock forward 1h >/dev/null
done
qami clock forward 1h >/dev/null
begin=$(date +%s%N)
volume=$(volume_of "$snap")
first "$volume"
byte=$(since "$begin")
qami bench-volume "$volume" --size 256 >/dev/null
row 'lazy: fast restore' "$byte" "$(since "$begin")"
qami bench-volume "$volume" --size 256 | sed 's/^/lazy: /'
