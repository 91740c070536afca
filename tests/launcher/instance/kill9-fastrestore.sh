#!/bin/sh
# The layer of a fast restore is all that its snapshot shows, under the same key,
# whoever is killed at whatever step: until it is whole and compared nothing
# stands on it, and the next command has it go on. Who is killed while it is
# given back has it given back.
. tests/lib.sh
. tests/snapshot.sh
. tests/fastrestore.sh
. tests/crash.sh
crash_setup
points=${KILL_POINTS:-4}
marker=what-a-guest-wrote-in-clear

# an encrypted chain of three
truncate -s 4M "$TMPDIR/disk.raw"
yes $marker | head -c 2000000 |
	dd of="$TMPDIR/disk.raw" bs=1M conv=notrunc status=none
image=$(qami import "$TMPDIR/disk.raw" --name sealed --encrypted)
first=$(sql 'SELECT id FROM snapshot')
vol=$(volume --snapshot-id "$first" --size 1)
second=$(snap "$vol")
snap=$(snap "$vol")
settled
shown()
{
	qami ebs list-snapshot-blocks --snapshot-id "$1" --output text \
		--query 'Blocks[].[BlockIndex,BlockToken]' |
		while read -r index token; do
			qami ebs get-snapshot-block --snapshot-id "$1" \
				--block-index "$index" --block-token "$token" \
				"$TMPDIR/block" >"$TMPDIR/out"
			echo "$index $(openssl dgst -r -sha256 "$TMPDIR/block")"
		done
}
shown "$snap" >"$TMPDIR/wanted"
[ "$(wc -l <"$TMPDIR/wanted")" -ge 4 ]

# begun by nobody, as the runner's lock is held
mkdir -p "$QAMI_STORE/run"
(
	exec 9>"$QAMI_STORE/run/slow.lock"
	python3 -c '
import fcntl, struct
fcntl.fcntl(9, 38, struct.pack("hhqqi4x", 1, 0, 0, 0, 0))'
	fast enable "$snap" >"$TMPDIR/out"
)
same enabling "$(sql 'SELECT state FROM fast_restore')"
qami fsck
crash_children
cp -a "$QAMI_STORE" "$TMPDIR/seed"
# whole WHAT - it goes on, and a volume on the layer alone shows the same
whole()
{
	same '' "$(grep -lraF $marker "$QAMI_STORE" || :)" ||
		wrong "$1: something is in clear"
	sound "$1" --jobs
	built "$snap"
	settled
	later 7200
	made=$(volume --snapshot-id "$snap")
	[ "$(below "$made")" = 1 ] || wrong "$1: it stands on $(below "$made")"
	shown "$(snap "$made")" >"$TMPDIR/got"
	cmp -s "$TMPDIR/wanted" "$TMPDIR/got" || wrong "$1: other bytes"
	same '' "$(grep -lraF $marker "$QAMI_STORE" || :)" ||
		wrong "$1: something is in clear"
}
points "$points" qami run-jobs --slow >"$TMPDIR/points"
while read -r call number; do
	anew "$TMPDIR/seed"
	killed "$call" "$number" qami run-jobs --slow
	whole "build $call $number"
done <"$TMPDIR/points"
qami fsck --deep

# given back
anew "$TMPDIR/seed"
qami ps
built "$snap"
settled
(
	exec 9>"$QAMI_STORE/run/slow.lock"
	python3 -c '
import fcntl, struct
fcntl.fcntl(9, 38, struct.pack("hhqqi4x", 1, 0, 0, 0, 0))'
	fast disable "$snap" >"$TMPDIR/out"
)
crash_children
rm -rf "$TMPDIR/seed"
cp -a "$QAMI_STORE" "$TMPDIR/seed"
files=$(ls "$QAMI_STORE/layers" | wc -l)
points "$points" qami run-jobs --slow >"$TMPDIR/points"
while read -r call number; do
	anew "$TMPDIR/seed"
	killed "$call" "$number" qami run-jobs --slow
	sound "give back $call $number" --jobs
	settled
	same $((files - 1)) "$(ls "$QAMI_STORE/layers" | wc -l)" ||
		wrong "$call $number: it is still there"
	same disabled "$(fast_state "$snap")"
done <"$TMPDIR/points"

# a snapshot that is deleted while it waits takes all along
anew "$TMPDIR/seed"
fast enable "$snap" >"$TMPDIR/out"
qami delete-snapshot --snapshot-id "$snap"
settled
same 0 "$(sql 'SELECT count(*) FROM fast_layer')"
qami rmi "$image"
crash_report
