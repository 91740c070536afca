#!/bin/sh
# A full disk while an image is restored from a bucket: what is read is answered
# from the object, the image stays pending, and is available when there is room.
# One for which there is none to begin with has failed, and says so.
. tests/lib.sh
. tests/snapshot.sh
. tests/stored.sh
QAMI_FILL_RATE=1
export QAMI_FILL_RATE
. tests/crash.sh
crash_mount 64M

head -c 12M /dev/urandom >"$TMPDIR/disk.raw"
ami=$(qami import "$TMPDIR/disk.raw" --name web)
qami create-store-image-task --image-id "$ami" --bucket images >"$TMPDIR/out"
stored_is "$ami" Completed
qami deregister-image --image-id "$ami" --delete-associated-snapshots \
	>"$TMPDIR/out"
settled
state()
{
	qami describe-images --image-ids "$new" | get Images.0.State
}

new=$(qami create-restore-image-task --bucket images --object-key "$ami.bin" |
	get ImageId)
snap=$(snapshot_of "$new")
v=$(volume --snapshot-id "$snap")
left 1000000

# all of it twice, while most of it cannot be kept
qami bench-volume "$v" --size 12 >"$TMPDIR/out"
[ "$(sql 'SELECT state FROM filling')" = filling ] ||
	wrong "it is $(sql 'SELECT state FROM filling')"
[ "$(state)" = pending ] || wrong "it is $(state)"
small=$(qami create-restore-image-task --bucket images --name small \
	--object-key "$ami.bin" | get ImageId)
restored_is "$small" failed
qami describe-images --image-ids "$small" |
	get Images.0.StateReason.Message >"$TMPDIR/out"
has 'the image may take' "$TMPDIR/out"
rm -f "$mount/fill"
restored_is "$new" available
patient qemu-img convert -O raw "$(of snapshot "$snap")" "$TMPDIR/got"
cmp -n $((12 << 20)) "$TMPDIR/disk.raw" "$TMPDIR/got" || wrong "other bytes"
qami delete-volume --volume-id "$v"
settled
qami fsck --deep >"$TMPDIR/out" || wrong "$(cat "$TMPDIR/out")"
[ $bad -eq 0 ]
