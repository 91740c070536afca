#!/bin/sh
# disable-fast-snapshot-restores - the layer goes with the last who wants it
. tests/lib.sh
. tests/snapshot.sh
. tests/fastrestore.sh

qami clock freeze >"$TMPDIR/out"
vol=$(volume --size 1)
for at in 1 2; do
	put "$vol" 0x1$at $at
	snap=$(snap "$vol")
done
disable='disable-fast-snapshot-restores --source-snapshot-ids'
code()
{
	get Unsuccessful.0.FastSnapshotRestoreStateErrors.0.Error.Code
}
fails MissingParameter qami $disable "$snap"
fails InvalidParameterCombination qami $disable "$snap" --availability-zones \
	$zone --availability-zone-ids use1-az1
dry qami $disable "$snap" --availability-zones $zone
same IncorrectState "$(fast disable "$snap" | code)"
same InvalidSnapshot.NotFound "$(fast disable snap-0fedcba9876543210 | code)"
same InvalidZone.NotFound "$(qami $disable "$snap" --availability-zones x |
	code)"
same InvalidZone.NotFound "$(qami $disable "$snap" --availability-zone-ids x |
	code)"

# two accounts have it, by the zone's id and by its name
bob=$(qami account create bob --output text --query Account)
qami modify-snapshot-attribute --snapshot-id "$snap" --user-ids "$bob"
qami enable-fast-snapshot-restores --availability-zone-ids use1-az1 \
	--source-snapshot-ids "$snap" >"$TMPDIR/out"
same use1-az1 "$(get Successful.0.AvailabilityZoneId <"$TMPDIR/out")"
as bob enable-fast-snapshot-restores --availability-zones $zone \
	--source-snapshot-ids "$snap" >"$TMPDIR/out"
same "$bob" "$(get Successful.0.OwnerId <"$TMPDIR/out")"
built "$snap"
settled
flat=$QAMI_STORE/layers/$(sql 'SELECT layer FROM fast_layer')
[ "$(stat -c %a "$flat")" = 400 ]
fast_is "$snap" optimizing
later 3600
same enabled "$(fast_state "$snap")"
fast disable "$snap" >"$TMPDIR/out"
same 'disabling Client.UserInitiated' "$(get Successful.0.State \
	<"$TMPDIR/out") $(get Successful.0.StateTransitionReason \
	<"$TMPDIR/out")"
fast_is "$snap" disabled
settled
[ -e "$flat" ]
qami describe-fast-snapshot-restores >"$TMPDIR/out"
for time in Enabling Optimizing Enabled Disabling Disabled; do
	get FastSnapshotRestores.0.${time}Time <"$TMPDIR/out" | grep -q '^20'
done
same 'Client.UserInitiated - Lifecycle state transition' \
	"$(get FastSnapshotRestores.0.StateTransitionReason <"$TMPDIR/out")"
same IncorrectState "$(fast disable "$snap" | code)"
# who may not use the snapshot any more has lost it, too
qami modify-snapshot-attribute --snapshot-id "$snap" --user-ids "$bob" \
	--operation-type remove
state()
{
	as bob describe-fast-snapshot-restores --output text \
		--query 'FastSnapshotRestores[].State'
}
tries=0
until [ "$(state)" = disabled ]; do
	tries=$((tries + 1))
	[ $tries -lt 600 ]
	sleep 0.1
done
settled
[ ! -e "$flat" ]
same 0 "$(sql 'SELECT count(*) FROM fast_layer')"
holds "$snap" 0x12 2
