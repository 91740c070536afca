#!/bin/sh
# reset-snapshot-attribute - afterwards only its owner may use the snapshot
. tests/lib.sh
. tests/snapshot.sh

snap=$(snap "$(volume --size 1)")
qami modify-snapshot-attribute --snapshot-id "$snap" \
	--user-ids 222222222222 333333333333 --group-names all
dry qami reset-snapshot-attribute --snapshot-id "$snap" \
	--attribute createVolumePermission
fails AuthFailure as 222222222222 reset-snapshot-attribute \
	--snapshot-id "$snap" --attribute createVolumePermission
same 1 "$(as 222222222222 describe-snapshots --query 'length(Snapshots)')"
qami reset-snapshot-attribute --snapshot-id "$snap" \
	--attribute 'CreateVolumePermission '
same '[]' "$(qami describe-snapshot-attribute --snapshot-id "$snap" \
	--attribute createVolumePermission --query CreateVolumePermissions)"
hidden "$snap" reset-snapshot-attribute --snapshot-id "$snap" \
	--attribute createVolumePermission
hidden "$snap" describe-snapshots --snapshot-ids "$snap"
fails InvalidSnapshot.NotFound qami reset-snapshot-attribute \
	--snapshot-id snap-0fedcba9876543210 --attribute createVolumePermission
fails InvalidParameterValue qami reset-snapshot-attribute \
	--snapshot-id "$snap" --attribute colour
