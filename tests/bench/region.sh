# region - a snapshot of 1 GiB, 17 % full, from another store, against qemu-img
# convert and rsync of its layer; then the next one of the lineage, 1 % changed
#
# A copy is durable when it is told completed, and every block of it was held
# against its digest. The peers verify nothing, and leave what they wrote to the
# kernel but where they are followed by a sync of it.
far="$work/far"
truncate -s 1G "$work/disk.raw"
i=0
while [ $i -lt 17 ]; do
	dd if=/dev/urandom of="$work/disk.raw" bs=1M count=10 \
		seek=$((i * 60)) conv=notrunc status=none
	i=$((i + 1))
done
snap=$(qami --store "$far" import "$work/disk.raw" --name bench >/dev/null &&
	qami --store "$far" describe-snapshots --output text \
		--query 'Snapshots[0].SnapshotId')
qami region add bench-1 --store "$far"
vol=$(qami --store "$far" create-volume --availability-zone us-east-1a \
	--snapshot-id "$snap" --output text --query VolumeId)
i=0
while [ $i -lt 10 ]; do
	qemu-io -f qcow2 -c "write -P $((i + 1)) $((i * 100))M 1M" \
		"$far/layers/$(sqlite3 "$far/qami.db" \
			"SELECT layer FROM volume WHERE id = '$vol'")" >/dev/null
	i=$((i + 1))
done
next=$(qami --store "$far" create-snapshot --volume-id "$vol" --output text \
	--query SnapshotId)
qami --store "$far" gc >/dev/null # its digest lists are made
cat >"$work/fetch" <<'END'
set -eu
copy=$(qami copy-snapshot --source-region bench-1 --source-snapshot-id "$1" \
	--output text --query SnapshotId)
until qami snaps | grep "$copy" | grep -q completed; do sleep 0.01; done
echo "$copy" >"$work/copy"
END
layer=$far/layers/$(sqlite3 "$far/qami.db" \
	"SELECT layer FROM snapshot WHERE id = '$snap'")
gone='if [ "$1" = ours ]; then
		qami delete-snapshot --snapshot-id "$(cat "$work/copy")"
		qami gc
	else rm -rf "$work/copied"; fi'

# beside SNAPSHOT LABEL COMMAND - a copy, beside what makes $work/copied; once
# as it is, and once durable
beside()
{
	tests/bench/compare 5 1.0 "sh $work/fetch $1" "$3" "$gone" "$2"
	tests/bench/compare 5 1.0 "sh $work/fetch $1" "$3
		sync $work/copied" "$gone" "$2, sync"
}
beside "$snap" '1 GiB from another store: qemu-img convert' \
	"qemu-img convert -f raw -O qcow2 $layer $work/copied"
beside "$snap" '1 GiB from another store: rsync' "rsync -S $layer $work/copied"
sh "$work/fetch" "$snap"
rsync -S "$layer" "$work/kept"
layer=$far/layers/$(sqlite3 "$far/qami.db" \
	"SELECT layer FROM snapshot WHERE id = '$next'")
qemu-img convert -f qcow2 -O raw "$layer" "$work/next.raw"
beside "$next" 'the next one, 1 % changed: rsync of the whole' \
	"cp --sparse=always $work/kept $work/copied
	rsync --inplace --no-whole-file $work/next.raw $work/copied"
beside "$next" 'the next one, 1 % changed: rsync of its layer' \
	"rsync -S $layer $work/copied"
qami --store "$far" gc >/dev/null
