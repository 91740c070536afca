# changed-blocks - which of 100 GiB of allocated clusters 1 % of the blocks
# changed in, by digests and by tables; qemu-img map lists what the newer layer
# and the older one hold, which is the nearest that there is
blocks_layer()
{
	sqlite3 "$QAMI_STORE/qami.db" "SELECT layer FROM $1 WHERE id = '$2'"
}
blocks_volume=$(qami create-volume --size 100 --output text --query VolumeId \
	--availability-zone us-east-1a)
qemu-img create -q -f qcow2 -o preallocation=metadata \
	"$QAMI_STORE/layers/$(blocks_layer volume "$blocks_volume")" 100G
blocks_old=$(qami create-snapshot --volume-id "$blocks_volume" --output text \
	--query SnapshotId)
python3 -c 'import random
random.seed(7)
for block in random.sample(range(204800), 2048):
    print("write -P 7", block * 524288, 4096)' |
	qemu-io -f qcow2 "$QAMI_STORE/layers/$(blocks_layer volume \
		"$blocks_volume")" >/dev/null
blocks_new=$(qami create-snapshot --volume-id "$blocks_volume" --output text \
	--query SnapshotId)
blocks_ask="qami ebs list-changed-blocks --first-snapshot-id $blocks_old \
	--second-snapshot-id $blocks_new 2>$work/note |
	grep -c BlockIndex | grep -qx 2048"
blocks_map="qemu-img map --output=json $QAMI_STORE/layers/$(blocks_layer \
	snapshot "$blocks_new")"
qami gc >/dev/null
tests/bench/compare 9 2.0 "$blocks_ask; [ ! -s $work/note ]" "$blocks_map" : \
	'ListChangedBlocks by digests; qemu-img map'
rm "$QAMI_STORE"/digests/*
tests/bench/compare 9 2.0 "$blocks_ask; [ -s $work/note ]" "$blocks_map" : \
	'ListChangedBlocks by tables; qemu-img map'
qami delete-snapshot --snapshot-id "$blocks_old"
qami delete-snapshot --snapshot-id "$blocks_new"
qami delete-volume --volume-id "$blocks_volume"
