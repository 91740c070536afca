#!/bin/sh
# gc - what deleted snapshots alone needed goes, and it is as much as was said
. tests/lib.sh
. tests/snapshot.sh

# fill VOLUME BYTE CLUSTER… - fills 64 KiB each of an idle volume
fill()
{
	file=$(of volume "$1")
	byte=$2
	shift 2
	for cluster do
		qemu-io -f qcow2 -c "write -P $byte $((cluster * 64))k 64k" \
			"$file" >/dev/null
	done
}

# frees SNAPSHOT - what its deletion would free, in clusters
frees()
{
	echo $(($(qami snaps --tree --output json | python3 -c '
import json, sys
for row in json.load(sys.stdin)["Rows"]:
    if row["Id"] == sys.argv[1]:
        print(row["Frees"])' "$1") / 65536))
}

# shows SNAPSHOT - a digest of the part that is written here
shows()
{
	rm -f "$TMPDIR/raw"
	qemu-img dd -U -f qcow2 -O raw bs=64k count=16 \
		if="$(of snapshot "$1")" of="$TMPDIR/raw"
	sha256sum <"$TMPDIR/raw"
}

# held - the clusters that all layers hold, by QEMU's word
held()
{
	for layer in "$QAMI_STORE"/layers/*.qcow2; do
		qemu-img map -U --output json -f qcow2 "$layer"
	done | python3 -c '
import json, sys
print(sum(one["length"] for line in sys.stdin.read().replace("]\n[", "]\0[")
          .split("\0") for one in json.loads(line)
          if one["depth"] == 0 and one["data"]) // 65536)'
}

# drop SNAPSHOT WANTED - deletes it: as much goes as was announced
drop()
{
	settled
	before=$(held)
	same "$2" "$(frees "$1")"
	qami delete-snapshot --snapshot-id "$1"
	qami gc
	same "$2" $((before - $(held)))
	echo "announced and freed: $2 clusters of 64 KiB; du says" \
		"$(du -sk "$QAMI_STORE/layers" | cut -f 1) KiB are left"
}

v=$(volume --size 1)
fill "$v" 1 0 1 2 3 4 5 6 7
a=$(snap "$v" --description first)
fill "$v" 2 0 2
b=$(snap "$v")
fill "$v" 3 2 3 4
c=$(snap "$v")
fill "$v" 4 3 9
d=$(snap "$v")
fill "$v" 5 5
e=$(snap "$v")
for one in $b $c $d $e; do
	shows "$one" >"$TMPDIR/$one"
done
drop "$a" 2
for one in $b $c $d $e; do
	same "$(cat "$TMPDIR/$one")" "$(shows "$one")"
done
drop "$c" 1
for one in $b $d $e; do
	same "$(cat "$TMPDIR/$one")" "$(shows "$one")"
done
same 4 "$(sql 'SELECT count(*) FROM layer')"
qami fsck --deep >"$TMPDIR/fsck" || cat "$TMPDIR/fsck" >&2
has '4 layers looked at, 0 faults' "$TMPDIR/fsck"

# the tree: what was taken of what, and what came of it
ami=$(image alpha)
root=$(qami describe-images --image-ids "$ami" |
	get Images.0.BlockDeviceMappings.0.Ebs.SnapshotId)
w=$(volume --snapshot-id "$b")
f=$(snap "$w")
made=$(qami register-image --name beta --root-device-name /dev/sda1 \
	--block-device-mappings "DeviceName=/dev/sda1,Ebs={SnapshotId=$f}" \
	--output text)
qami delete-volume --volume-id "$v"
qami snaps --tree >"$TMPDIR/tree"
sed "1d; s/  *1 GiB .*//; s/$root/ROOT/; s/$ami/AMI/; s/$v/V/; s/$w/W/
	s/$made/MADE/; s/$b/B/; s/$d/D/; s/$e/E/; s/$f/F/" "$TMPDIR/tree" |
	sort >"$TMPDIR/drawn"
sort <<END | diff "$TMPDIR/drawn" - >&2 || { cat "$TMPDIR/tree" >&2; false; }
ROOT
└─ AMI  alpha
V  deleted
├─ B
│  └─ W
│     └─ F
│        └─ MADE  beta
├─ D
└─ E
END

# what no row names goes, but not before an hour, nor while somebody has it
stray=$QAMI_STORE/layers/layer-0123456789abcdef0.qcow2
head -c 200000 /dev/urandom >"$stray"
qami gc >/dev/null
[ -e "$stray" ]
exec 9<"$stray"
QAMI_GARBAGE_AGE=-1 qami gc >/dev/null
[ -e "$stray" ]
exec 9<&-
QAMI_GARBAGE_AGE=-1 qami gc | grep -q '1 file removed'
[ ! -e "$stray" ]
settled
