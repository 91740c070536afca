#!/bin/sh
# takes long
# Who begins to restore an image from a bucket, or fetches its bytes, is killed
# at any step: there is no image, or one that becomes available by itself and is
# what was stored, and nothing is left over.
. tests/lib.sh
. tests/snapshot.sh
. tests/stored.sh
. tests/crash.sh
QAMI_FILL_RATE=1
export QAMI_FILL_RATE
crash_setup
points=${KILL_POINTS:-2}

disk "$TMPDIR/disk.raw" 4M
for byte in a b c d; do
	head -c 524288 /dev/zero | tr '\0' $byte >>"$TMPDIR/disk.raw"
done
ami=$(qami import "$TMPDIR/disk.raw" --name web)
qami create-store-image-task --image-id "$ami" --bucket images >"$TMPDIR/out"
stored_is "$ami" Completed
settled
crash_children
cp -a "$QAMI_STORE" "$TMPDIR/seed"

# anew SEED - the store as it was then
anew()
{
	crash_children
	rm -rf "$QAMI_STORE"
	cp -a "$TMPDIR/$1" "$QAMI_STORE"
}

restore()
{
	qami create-restore-image-task --bucket images --object-key "$ami.bin" \
		--name again
}

# restored WHAT - what there is of the image gets where it should
restored()
{
	local new tries=0

	sound "$1" --jobs
	new=$(sql "SELECT id FROM image WHERE name = 'again'")
	[ -n "$new" ] || return 0
	while [ "$(sql "SELECT state FROM image
		WHERE id = '$new'")" = pending ] && [ $tries -lt 300 ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
	same available "$(sql "SELECT state FROM image WHERE id = '$new'")" ||
		wrong "$1: the image"
	same completed "$(sql "SELECT state FROM snapshot
		WHERE id = '$(snapshot_of "$new")'")" || wrong "$1: the snapshot"
	patient qemu-img convert -O raw "$(of snapshot "$(snapshot_of "$new")")" \
		"$TMPDIR/got"
	cmp -n $((6 << 20)) "$TMPDIR/disk.raw" "$TMPDIR/got" ||
		wrong "$1: other bytes"
	qami fsck >"$TMPDIR/fsck" || wrong "$1: $(cat "$TMPDIR/fsck")"
}

QAMI_FILL_RATE=1000
points "$points" qami create-restore-image-task --bucket images --object-key \
	"$ami.bin" --name again >"$TMPDIR/points"
restored "not killed"
# the slow job is there, and what that leaves is another runner's
echo fdatasync 3 >>"$TMPDIR/points"
while read -r call number; do
	anew seed
	killed "$call" "$number" qami create-restore-image-task \
		--bucket images --object-key "$ami.bin" --name again
	acknowledged "restore $call $number"
	restored "restore $call $number"
done <"$TMPDIR/points"

# begun by a process that fetches slowly, and is killed as it has noted a part
anew seed
QAMI_FILL_RATE=0.1 restore >"$TMPDIR/out"
tries=0
until [ "$(sql 'SELECT count(*) FROM filling WHERE filled > 0')" = 1 ]; do
	tries=$((tries + 1))
	[ $tries -lt 300 ]
	sleep 0.1
done
crash_children
cp -a "$QAMI_STORE" "$TMPDIR/part"
layer=$(sql 'SELECT layer FROM filling')
points "$points" qami fill-layer --layer "$layer" >"$TMPDIR/points"
while read -r call number; do
	anew part
	killed "$call" "$number" qami fill-layer --layer "$layer"
	restored "fill $call $number"
done <"$TMPDIR/points"

# one that is deregistered on its way takes all of it along
anew part
new=$(sql "SELECT id FROM image WHERE name = 'again'")
qami deregister-image --image-id "$new" --delete-associated-snapshots \
	>"$TMPDIR/out"
qami snaps >"$TMPDIR/out"
settled
same 1 "$(ls "$QAMI_STORE/layers" | wc -l)"
same '' "$(ls "$QAMI_STORE/fill")"
crash_report
