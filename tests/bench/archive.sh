# archive - a snapshot to the archive, and back, against a compressed qcow2
#
# Two disks: a Debian that boots, and 1 GiB that is 745 MiB full of Debian's own
# files. An archive is verified, durable and read once more when it is told
# completed; the peer verifies nothing, and is followed by a sync of its file.
# What is to be reached is the size; it is paid for in time, which is shown, and
# is the less the lower $QAMI_ARCHIVE_LEVEL.
# The sizes are those of files: what the snapshot takes in the standard tier is
# what is paid for there, the disk's size is what it was provisioned with.
export QAMI_ARCHIVE_RESTORE=whole
cat >"$work/away" <<'END'
set -eu
qami modify-snapshot-tier --snapshot-id "$1" --storage-tier archive >/dev/null
until qami describe-snapshot-tier-status --output text --query \
	'SnapshotTierStatuses[].LastTieringOperationStatus' \
	--filters Name=snapshot-id,Values="$1" | grep -q archival-completed
do sleep 0.05; done
END
cat >"$work/back" <<'END'
set -eu
qami restore-snapshot-tier --snapshot-id "$1" --permanent-restore >/dev/null
until qami describe-snapshot-tier-status --output text --query \
	'SnapshotTierStatuses[].LastTieringOperationStatus' \
	--filters Name=snapshot-id,Values="$1" | grep -q permanent-.*completed
do sleep 0.05; done
END

# rate LABEL - how much of the standard tier's bytes a second that was
rate()
{
	awk -v label="$1" -v bytes="$stored" '{ print }
		match($0, /[0-9.]+ ms +[0-9.]+ ms/) {
			split(substr($0, RSTART, RLENGTH), ms, / +ms */)
			printf "%-54s %5.1f MiB/s %5.1f MiB/s\n",
				label, bytes / 2^20 / ms[1] * 1000,
				bytes / 2^20 / ms[2] * 1000
		}'
}

# archived LABEL DISK - both ways, and what it takes
archived()
{
	local snap layer object stored disk

	snap=$(qami import-snapshot --disk-container "File=$2,Format=raw" \
		--output text --query SnapshotTaskDetail.SnapshotId)
	qami gc >/dev/null # its digest list is made
	layer=$QAMI_STORE/layers/$(sqlite3 "$QAMI_STORE/qami.db" \
		"SELECT layer FROM snapshot WHERE id = '$snap'")
	cp --sparse=always "$layer" "$work/kept.raw"
	stored=$(($(stat -c %b "$layer") * 512))
	disk=$(stat -c %s "$work/kept.raw")
	tests/bench/compare 3 - "sh $work/away $snap" \
		"rm -f $work/packed
		qemu-img convert -c -f raw -O qcow2 -o compression_type=zstd \
			$work/kept.raw $work/packed
		sync $work/packed" \
		"if [ \"\$1\" = ours ]; then sh $work/back $snap; fi" \
		"archive, $1: qemu-img convert -c" |
		rate "archive, $1: throughput"
	sh "$work/away" "$snap"
	object=$(stat -c %s "$QAMI_STORE"/archive/*)
	echo "$object $stored $disk $(stat -c %s "$work/packed")" |
		awk -v label="archive, $1" '
		function line(what, other) {
			printf "%-54s %7.1f MiB %7.1f MiB   %5.1f %%%s\n",
				label ": " what, $1 / 2^20, other / 2^20,
				100 * $1 / other,
				what ~ /tier/ ? "  (reach 25 %)" : "" }
		{ line("its size, the standard tier", $2)
		  line("its size, the disk", $3)
		  line("its size, the compressed qcow2", $4)
		  printf "%-54s %19s   %5.1f %%\n", label \
			": the compressed qcow2, the standard tier", "",
			100 * $4 / $2 }'
	tests/bench/compare 3 - "sh $work/back $snap" \
		"rm -f $work/whole
		qemu-img convert -f qcow2 -O qcow2 $work/packed $work/whole
		sync $work/whole" \
		"if [ \"\$1\" = ours ]; then sh $work/away $snap; fi" \
		"restore, $1: qemu-img convert" |
		rate "restore, $1: throughput"
	qami delete-snapshot --snapshot-id "$snap"
	until [ -z "$(ls "$QAMI_STORE/archive")" ]; do sleep 0.1; done
}
archived 'a Debian' "$(tests/guest/build debian)"
full=${XDG_CACHE_HOME:-$HOME/.cache}/qami-bench/disk-745.raw
tests/bench/filled 745 "$full"
archived '1 GiB, 745 MiB full' "$full"
