#!/bin/sh
# A copy under another key is the same bytes, none of which is in clear in the
# store, whoever is killed at whatever step, and however full the disk is: it is
# pending until it is whole, and the next command has it go on.
. tests/lib.sh
. tests/snapshot.sh
. tests/crash.sh
crash_setup
points=${KILL_POINTS:-6}
marker=what-a-guest-wrote-in-clear

# an encrypted snapshot, of which no clear one is left, and a copy of it under
# another key that nobody has begun
truncate -s 40M "$TMPDIR/disk.raw"
for at in 0 9 30; do
	yes $marker | head -c 2000000 |
		dd of="$TMPDIR/disk.raw" bs=1M seek=$at conv=notrunc status=none
done
head -c 3000000 /dev/urandom |
	dd of="$TMPDIR/disk.raw" bs=1M seek=20 conv=notrunc status=none
clear=$(qami import "$TMPDIR/disk.raw" --name clear)
copy()
{
	qami copy-snapshot --source-region us-east-1 --encrypted --output text \
		--query SnapshotId --source-snapshot-id "$@"
}
# blocks SNAPSHOT - what a reader sees, by its blocks
blocks()
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
state()
{
	qami describe-snapshots --snapshot-ids "$1" --output text \
		--query 'Snapshots[0].State'
}
# in_clear - the files that hold what was written, or a key
in_clear()
{
	grep -lraF $marker "$QAMI_STORE" || :
}
plain=$(sql 'SELECT id FROM snapshot')
blocks "$plain" >"$TMPDIR/wanted"
[ "$(wc -l <"$TMPDIR/wanted")" -gt 15 ]
same 1 "$(in_clear | wc -l)"
first=$(copy "$plain")
settled
blocks "$first" >"$TMPDIR/got"
cmp "$TMPDIR/wanted" "$TMPDIR/got"
qami rmi "$clear"
settled
same '' "$(in_clear)"
key=$(qami kms create-key --query KeyMetadata.KeyId --output text)
mkdir -p "$QAMI_STORE/run"
(
	exec 9>"$QAMI_STORE/run/slow.lock"
	python3 -c '
import fcntl, struct
fcntl.fcntl(9, 38, struct.pack("hhqqi4x", 1, 0, 0, 0, 0))'
	copy "$first" --kms-key-id "$key" >"$TMPDIR/second"
)
second=$(cat "$TMPDIR/second")
same pending "$(sql "SELECT state FROM snapshot WHERE id = '$second'")"
fails IncorrectState qami copy-snapshot --source-region us-east-1 \
	--source-snapshot-id "$second"
crash_children
cp -a "$QAMI_STORE" "$TMPDIR/seed"
# whole WHAT - the next command has it go on, and it is what it should be
whole()
{
	same '' "$(in_clear)" || wrong "$1: something is in clear"
	sound "$1" --jobs
	settled
	[ "$(state "$second")" = completed ] || wrong "$1: $(state "$second")"
	blocks "$second" >"$TMPDIR/got"
	cmp -s "$TMPDIR/wanted" "$TMPDIR/got" || wrong "$1: other bytes"
	same '' "$(in_clear)" || wrong "$1: something is in clear"
}
points "$points" qami run-jobs --slow >"$TMPDIR/points"
whole 'nobody was killed'
while read -r call number; do
	anew "$TMPDIR/seed"
	killed "$call" "$number" qami run-jobs --slow
	whole "copy $call $number"
done <"$TMPDIR/points"
qami fsck --deep
qami delete-snapshot --snapshot-id "$first"
qami kms schedule-deletion --key-id "$key" --pending-window-in-days 7 \
	>"$TMPDIR/out"
settled

# a source that goes while its copy is pending stays as long as that needs it
anew "$TMPDIR/seed"
qami delete-snapshot --snapshot-id "$first"
whole 'the source was deleted'
fails InvalidSnapshot.NotFound state "$first"
same 1 "$(find "$QAMI_STORE/layers" -type f | wc -l)"

# a copy that was deleted while it was pending goes, and so does what it made
anew "$TMPDIR/seed"
qami delete-snapshot --snapshot-id "$second"
settled
fails InvalidSnapshot.NotFound state "$second"
qami fsck
crash_report
