#!/bin/sh
# boots guests
# A guest boots from a copy of another store's image that is on its way, and
# stands on the copy of an older one: what it reads comes when it is read, and
# all is there when it is.
. tests/lib.sh
. tests/snapshot.sh
. tests/region.sh
. tests/lazy.sh
guests_here
export QAMI_FILL_RATE=0.1
region_setup

cp --no-preserve=mode "$(tests/guest/build tiny)" "$TMPDIR/root.raw"
head -c 8M /dev/urandom >>"$TMPDIR/root.raw"
older=$(snapshot_of "$(far qami import "$TMPDIR/root.raw" --name older)")
# most of what is newer is not for the guest, which keeps it from being full
vol=$(far volume --snapshot-id "$older" --size 1)
file=$(QAMI_STORE=$TMPDIR/far of volume "$vol")
qemu-io -f qcow2 -c 'write -P 0x21 16M 40M' "$file" >"$TMPDIR/io"
newer=$(far snap "$vol")
image=$(far qami register-image --name newer --root-device-name /dev/sda1 \
	--block-device-mappings "DeviceName=/dev/sda1,Ebs={SnapshotId=$newer}" |
	get ImageId)
far settled
copy=$(qami copy-snapshot --source-region far-1 --source-snapshot-id "$older" \
	--output text --query SnapshotId)
arrived "$copy"

# a block after the other, which is full of what was written there or is not
cat >"$TMPDIR/script" <<'SCRIPT'
#!/bin/sh
(n=0
while n=$((n + 1)); do
	echo 1 >/proc/sys/vm/drop_caches
	other=$(dd if=/dev/vda bs=512k skip=$((32 + n % 80)) count=1 \
		2>/dev/null | tr -d '!' | wc -c)
	[ "$other" = 0 ] && word=ok || word="has $other others"
	echo "turn $n $word" >/dev/console
	sleep 0.1
done) &
SCRIPT
turns()
{
	qami logs "$i" | grep -c 'turn [0-9]* ok' || :
}
goes_on()
{
	says 120 "$i" ' ok' $(($(turns) + 4))
}

held
ami=$(qami copy-image --source-region far-1 --source-image-id "$image" \
	--name newer | get ImageId)
i=$(launch "$ami" --instance-type t2.nano --user-data "file://$TMPDIR/script")
let_go
copy=$(sql "SELECT snapshot FROM image_mapping WHERE image = '$ami'")
layer=$(sql "SELECT layer FROM snapshot WHERE id = '$copy'")
same 1 "$(sql "SELECT count(*) FROM layer WHERE name = '$layer'
	AND parent IS NOT NULL")"
goes_on
same 'pending filling 80' "$(state) $(filling) $(sql 'SELECT blocks FROM filling')"
# whoever fills it is killed: the guest waits for the next one
kill_filler "$layer"
goes_on
fast "$newer"
qami wait image-available --image-ids "$ami"
goes_on
same '' "$(qami logs "$i" | grep others || :)"
qami rm "$i" >"$TMPDIR/out"
qami fsck --deep | grep ' 0 faults'
