#!/bin/sh
# describe-snapshot-attribute - to its owner alone
. tests/lib.sh
. tests/snapshot.sh

snap=$(snap "$(volume --size 1)")
show()
{
	qami describe-snapshot-attribute --snapshot-id "$snap" --attribute "$@"
}
show createVolumePermission >"$TMPDIR/answer"
same "$snap" "$(get SnapshotId <"$TMPDIR/answer")"
same '[]' "$(get CreateVolumePermissions <"$TMPDIR/answer")"
qami modify-snapshot-attribute --snapshot-id "$snap" \
	--user-ids 222222222222 --group-names all
show CREATEVOLUMEPERMISSION >"$TMPDIR/answer"
same 222222222222 "$(get CreateVolumePermissions.0.UserId <"$TMPDIR/answer")"
same all "$(get CreateVolumePermissions.1.Group <"$TMPDIR/answer")"
same '[]' "$(show productCodes --query ProductCodes)"
fails InvalidParameterValue show colour
dry show createVolumePermission
fails AuthFailure as 222222222222 describe-snapshot-attribute \
	--snapshot-id "$snap" --attribute createVolumePermission
qami reset-snapshot-attribute --snapshot-id "$snap" \
	--attribute createVolumePermission
hidden "$snap" describe-snapshot-attribute --snapshot-id "$snap" \
	--attribute createVolumePermission
fails InvalidSnapshot.NotFound qami describe-snapshot-attribute \
	--snapshot-id snap-0fedcba9876543210 --attribute createVolumePermission
