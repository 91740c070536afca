#!/bin/sh
# takes long
# boots guests
# A guest boots from an image that is still pending: it reads what it needs from
# the bucket, an image that is made of it is as pending, and both are available
# when all is here.
. tests/lib.sh
. tests/snapshot.sh
. tests/stored.sh

guests_here
export QAMI_FILL_RATE=0.1
cp --no-preserve=mode "$(tests/guest/build tiny)" "$TMPDIR/root.raw"
head -c 50M /dev/urandom >>"$TMPDIR/root.raw"
ami=$(qami import "$TMPDIR/root.raw" --name tiny)
qami create-store-image-task --image-id "$ami" --bucket images >"$TMPDIR/out"
stored_is "$ami" Completed
new=$(qami create-restore-image-task --bucket images --name again \
	--object-key "$ami.bin" | get ImageId)
image_is()
{
	qami describe-images --image-ids "$1" | get Images.0.State
}

i=$(qami run again)
says 180 "$i" 'qami-guest: ready'
same pending "$(image_is "$new")"
made=$(qami create-image --instance-id "$i" --name made --no-reboot |
	get ImageId)
same pending "$(image_is "$made")"
same pending "$(qami describe-snapshots --snapshot-ids \
	"$(snapshot_of "$made")" | get Snapshots.0.State)"
fast=$(volume --snapshot-id "$(snapshot_of "$made")" \
	--volume-initialization-rate 300)
restored_is "$new" available
same available "$(image_is "$made")"
rm "$QAMI_STORE/buckets/images/$ami.bin"
qami delete-volume --volume-id "$fast"
qami rm "$i"
settled
qami fsck --deep
