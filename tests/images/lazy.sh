#!/bin/sh
# takes long
# A snapshot that is being brought back from the archive is used at once: what
# is read is right or an error, is fetched once for all volumes, and every other
# verb either reads it the same way or leaves it alone.
. tests/lib.sh
. tests/snapshot.sh
. tests/stored.sh
QAMI_ARCHIVE_RESTORE=lazy QAMI_FILL_RATE=0.25
export QAMI_ARCHIVE_RESTORE QAMI_FILL_RATE
. tests/tier.sh

# status VOLUME MEMBER - of DescribeVolumeStatus; '-': there is none
status()
{
	qami describe-volume-status --volume-ids "$1" --output text \
		--query "VolumeStatuses[0].$2 || '-'"
}

# until_is WANTED COMMAND… - waits until a command says that
until_is()
{
	local tries wanted

	wanted=$1
	tries=0
	shift
	until [ "$("$@")" = "$wanted" ]; do
		tries=$((tries + 1))
		[ $tries -lt 600 ] || same "$wanted" "$("$@")"
		sleep 0.1
	done
}

# layer_of SNAPSHOT - its file
layer_of()
{
	sql "SELECT layer FROM snapshot WHERE id = '$1'"
}
fillers()
{
	pgrep -fc "^qami --store $QAMI_STORE fill-layer" || :
}

# listed SNAPSHOT - the numbers of the blocks that it has
listed()
{
	qami ebs list-snapshot-blocks --snapshot-id "$1" --output text \
		--query 'Blocks[].BlockIndex' | tr '\t' '\n'
}

# 40 blocks of different bytes, and zeros between
truncate -s 64M "$TMPDIR/raw"
for i in $(seq 0 39); do
	printf '%04d' "$i" | dd of="$TMPDIR/raw" bs=4 seek=$((i * 3 * 65536)) \
		conv=notrunc status=none
done
snap=$(qami import-snapshot --disk-container "File=$TMPDIR/raw,Format=raw" \
	--output text --query SnapshotTaskDetail.SnapshotId)
listed=$(listed "$snap")
archive "$snap"
object=$(object_of "$snap")

# for good: usable at once, and the object stays until all is here
unarchive "$snap"
layer=$(layer_of "$snap")
[ ! -e "$QAMI_STORE/layers/$layer" ]
[ -e "$object" ]
one=$(volume --snapshot-id "$snap")
two=$(volume --snapshot-id "$snap" --size 2)
until_is 1 fillers
same initializing "$(status "$one" 'VolumeStatus.Details[2].Status')"
same ok "$(status "$one" VolumeStatus.Status)"
same "$listed" "$(listed "$snap")"
same default "$(status "$two" InitializationStatusDetails.InitializationType)"
until_is 40 sql 'SELECT blocks FROM filling'
[ "$(status "$one" \
	InitializationStatusDetails.EstimatedTimeToCompleteInSeconds)" -ge 5 ]
qami map "$snap" >"$TMPDIR/map"
finds 2 describe-volume-status \
	volume-status.details-name=initialization-state \
	volume-status.details-status=initializing
qami fsck
qami gc
qami snaps >"$TMPDIR/out"
qami vols >"$TMPDIR/out"

# QEMU's own tools find no file where the layer is going to be
fails_with() { ! "$@" >"$TMPDIR/io" 2>&1 && grep -q 'No such file' "$TMPDIR/io"; }
fails_with qemu-img convert -O raw "$(of volume "$one")" "$TMPDIR/never"

# a snapshot of a volume, its copy, and a copy of the snapshot itself are whole
copy=$(qami copy-snapshot --source-snapshot-id "$snap" \
	--source-region us-east-1 | get SnapshotId)
upper=$(snap "$one")
qami delete-volume --volume-id "$one"
fast=$(volume --snapshot-id "$snap" --volume-initialization-rate 300)
qami wait snapshot-completed --snapshot-ids "$copy" "$upper"
until_is 0 sql "SELECT count(*) FROM filling WHERE state <> 'full'"
[ -e "$QAMI_STORE/layers/$layer" ]
qami delete-volume --volume-id "$fast"
same completed "$(status "$two" 'VolumeStatus.Details[2].Status')"
same - "$(status "$two" InitializationStatusDetails)"
gone "$object"
same "$listed" "$(listed "$snap")"
qami map "$snap" | cmp - "$TMPDIR/map"
for id in "$snap" "$copy" "$upper"; do
	patient qemu-img convert -O raw "$(of snapshot "$id")" "$TMPDIR/got"
	cmp -n $((64 << 20)) "$TMPDIR/raw" "$TMPDIR/got"
done
settled
qami fsck --deep
until_is 0 fillers

# a damaged object: what it still has is read, its volumes are impaired
archive "$snap"
object=$(object_of "$snap")
cp "$object" "$TMPDIR/object"
printf x | dd of="$object" bs=1 seek=180 conv=notrunc status=none
QAMI_FILL_RATE=1000
unarchive "$snap" 1
three=$(volume --snapshot-id "$snap" --volume-initialization-rate 300)
until_is impaired status "$three" VolumeStatus.Status
same provisioned-rate \
	"$(status "$three" InitializationStatusDetails.InitializationType)"
same failed "$(status "$three" 'VolumeStatus.Details[0].Status')"
finds 1 describe-volume-status volume-status.status=impaired
[ ! -e "$QAMI_STORE/layers/$(layer_of "$snap")" ]
cp "$TMPDIR/object" "$object"
until_is ok status "$three" VolumeStatus.Status
until_is completed status "$three" 'VolumeStatus.Details[2].Status'
[ -e "$object" ] # it goes back there when its days are over

# back to the archive and deleted in the middle of it: nothing is left behind
archive "$snap"
settled # whoever ran jobs at the other rate is gone
QAMI_FILL_RATE=0.25
unarchive "$snap" 1
four=$(volume --snapshot-id "$snap")
archive "$snap"
same initializing "$(status "$four" 'VolumeStatus.Details[2].Status')"
qami delete-volume --volume-id "$four"
qami delete-volume --volume-id "$three"
settled
until_is 0 fillers
same '' "$(ls "$QAMI_STORE/fill")"
[ -e "$object" ]

# encrypted: what is fetched is never in clear on a disk
sealed=$(qami copy-snapshot --source-snapshot-id "$copy" --encrypted \
	--source-region us-east-1 | get SnapshotId)
qami wait snapshot-completed --snapshot-ids "$sealed"
archive "$sealed"
settled
QAMI_FILL_RATE=1000
unarchive "$sealed"
five=$(volume --snapshot-id "$sealed")
until_is completed status "$five" 'VolumeStatus.Details[2].Status'
for text in 0007 0021 0039; do
	! grep -qaF "$text" "$QAMI_STORE/layers/$(layer_of "$sealed")" || exit 1
done
clear=$(snap "$five")
settled
qami fsck --deep
until_is 0 fillers
