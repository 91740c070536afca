# layers - what does not depend on sizes: a snapshot; what a middle deletion
# moves; and what reading through a year of snapshots costs
export QAMI_CONNECT=embed

# file TABLE ID - the layer of a volume or snapshot
file()
{
	sqlite3 -cmd '.timeout 10000' "$QAMI_STORE/qami.db" \
		"SELECT layer FROM $1 WHERE id = '$2'"
}
create='qami create-volume --availability-zone us-east-1a --output text
	--query VolumeId --size'
snap='qami create-snapshot --output text --query SnapshotId --volume-id'
like=cluster_size=128k,extended_l2=on

# random VOLUME MIB AT… - so many MiB of noise at each of these MiB
random()
{
	target=$QAMI_STORE/layers/$(file volume "$1")
	size=$2
	shift 2
	for at do
		head -c "${size}M" /dev/urandom >"$work/noise"
		qemu-io -f qcow2 -c \
			"write -q -s $work/noise ${at}M ${size}M" "$target"
	done
}

# A snapshot of one GiB and of a hundred, every cluster of which is allocated.
for size in 1 100; do
	volume=$($create $size)
	target=$QAMI_STORE/layers/$(file volume "$volume")
	rm "$target"
	qemu-img create -q -f qcow2 -o $like,preallocation=metadata \
		"$target" ${size}G
	chmod 600 "$target"
	[ $size = 100 ] || small=$volume
done
(
	alone
	tests/bench/compare 15 1.0 "$snap $volume" "$snap $small" : \
		'CreateSnapshot, 100 GiB allocated: 1 GiB allocated'
)

# Three in a line; the middle one goes, by the merge that `qami gc` forces; in
# the background the first of the two is left, because it would not pay. The
# peers do it in place on the same files, which nothing may look at meanwhile,
# and which a crash of theirs may ruin; they verify nothing.
for case in 'small 256 16' 'large 16 256'; do
	set -- $case
	QAMI_STORE=$work/line.$1
	volume=$($create 2)
	random "$volume" 128 0 128 256 384
	$snap "$volume" >/dev/null
	random "$volume" "$3" 64
	middle=$($snap "$volume")
	random "$volume" "$2" 72
	top=$($snap "$volume")
	qami gc >/dev/null
	(
		alone
		qami delete-snapshot --snapshot-id "$middle"
		sqlite3 "$QAMI_STORE/qami.db" 'DELETE FROM op'
	)
	top=$(file snapshot "$top")
	doomed=$(qemu-img info -f qcow2 --output json \
		"$QAMI_STORE/layers/$top" | python3 -c '
import json, sys; print(json.load(sys.stdin)["backing-filename"])')
	below=$(qemu-img info -f qcow2 --output json \
		"$QAMI_STORE/layers/$doomed" | python3 -c '
import json, sys; print(json.load(sys.stdin)["backing-filename"])')
	seed=$QAMI_STORE
	QAMI_STORE=$work/merge
	again="rm -rf $work/merge; cp -a $seed $work/merge; sync"
	in="cd $work/merge/layers; chmod 600 *;"
	tests/bench/moved 3 1.0 'qami gc' "$in qemu-img commit -q -d -f qcow2 \
		$top" "$again" "$1 layer goes, commit"
	tests/bench/moved 3 1.0 'qami gc' "$in qemu-img rebase -q -f qcow2 \
		-t writethrough -F qcow2 -b $below $top" "$again" \
		"$1 layer goes, rebase"
done

# A year of nights, each with some of its own; read through what jobs in the
# background and a `qami gc` have made of them, and from one flat file with the
# same bytes. Guests read by writeback, from the host's page cache; there a layer
# costs most, beside a disk little.
QAMI_STORE=$work/year
volume=$($create 1)
random "$volume" 128 0 128 256 384
for night in $(seq 365); do
	random "$volume" 1 $((night * 7 % 512))
	$snap "$volume" >/dev/null
done
qami gc >/dev/null
newest=$QAMI_STORE/layers/$(file volume "$volume")
qemu-img convert -f qcow2 -O qcow2 -o $like "$newest" "$work/flat.qcow2"
for at in $(seq 0 2 510); do
	echo "read -q ${at}M 2M"
done >"$work/sequential"
python3 -c '
import random
for i in range(12000):
    print(f"read -q {random.randrange(512 * 256) * 4}k 4k")' >"$work/random"
deep=$(qemu-img info -U -f qcow2 --backing-chain --output json "$newest" |
	grep -c '"backing-filename"')
echo "365 snapshots, consolidated: a volume on them is $((deep + 1)) layers deep"
for way in sequential random; do
	for cache in writeback none; do
		tests/bench/compare 7 1.1 \
			"qemu-io -t $cache -r -U -f qcow2 $newest <$work/$way" \
			"qemu-io -t $cache -r -U -f qcow2 $work/flat.qcow2 \
				<$work/$way" : \
			"$way reads over 365 snapshots, cache $cache: flat"
	done
done
QAMI_STORE=$work/store
