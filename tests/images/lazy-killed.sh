#!/bin/sh
# What a process leaves that was killed while it filled a layer goes with the
# layer, although nobody starts that process again
. tests/lib.sh
. tests/snapshot.sh
. tests/stored.sh
QAMI_ARCHIVE_RESTORE=lazy QAMI_FILL_RATE=0.25
export QAMI_ARCHIVE_RESTORE QAMI_FILL_RATE
. tests/tier.sh

snap=$(snapshot_with 1 2 3 4 5 6 7 8 9 a b c d e f g h i j k)
archive "$snap"
unarchive "$snap"
vol=$(volume --snapshot-id "$snap")
layer=$(sql "SELECT layer FROM snapshot WHERE id = '$snap'")
tries=0
until [ -s "$QAMI_STORE/fill/$layer.map" ]; do
	tries=$((tries + 1))
	[ $tries -lt 600 ]
	sleep 0.1
done
for filler in $(pgrep -f "^qami --store $QAMI_STORE fill-layer"); do
	kill -9 "$filler" || : # of two one ends at once
done
# what had the layer open for that process may end a moment later: until then it
# cannot be removed, and no command comes back for it
exec 9<"$QAMI_STORE/layers/filling-$layer"
qami delete-volume --volume-id "$vol"
qami delete-snapshot --snapshot-id "$snap"
due=$(sql "SELECT due FROM op WHERE kind = 'fill'")
tries=0
until [ -n "$(sql "SELECT id FROM op WHERE kind = 'fill' AND
	(state = 'done' OR (owner = '' AND due > $due))")" ]; do
	tries=$((tries + 1))
	[ $tries -lt 600 ]
	sleep 0.1
done
exec 9<&-
settled
same '' "$(ls "$QAMI_STORE/fill")"
qami fsck | grep -q ' 0 faults'
