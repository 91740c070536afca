#!/bin/sh
# restore-image-from-recycle-bin - behind its snapshots, under its name, with
# its tags and launch permissions
. tests/lib.sh
. tests/snapshot.sh
. tests/rbin.sh
. tests/stored.sh
. tests/tier.sh

images=$(rule EC2_IMAGE 30)
snapshots=$(rule EBS_SNAPSHOT 30)
restore()
{
	qami restore-image-from-recycle-bin --image-id "$@"
}

snap=$(snap "$(volume --size 1)")
ami=$(qami register-image --name alpha --description first --output text \
	--block-device-mappings \
	"DeviceName=/dev/sda1,Ebs={SnapshotId=$snap}" \
	"DeviceName=/dev/sdf,Ebs={VolumeSize=2}")
qami create-tags --resources "$ami" --tags Key=k,Value=v
qami modify-image-attribute --image-id "$ami" --user-ids 222222222222
qami describe-images --image-ids "$ami" >"$TMPDIR/before"
qami deregister-image --image-id "$ami" --delete-associated-snapshots \
	>"$TMPDIR/answer"
same success "$(get DeleteSnapshotResults.0.ReturnCode <"$TMPDIR/answer")"
same "$snap" "$(binned snapshots)"
same "$ami" "$(binned images)"

fails InvalidAMIID.NotFound restore ami-0fedcba9876543210
hidden "$ami" restore-image-from-recycle-bin --image-id "$ami"
fails InvalidSnapshot.NotFound restore "$ami"
has "restore it from the Recycle Bin first" "$TMPDIR/err"
qami restore-snapshot-from-recycle-bin --snapshot-id "$snap" >"$TMPDIR/answer"
other=$(qami register-image --name alpha --output text --block-device-mappings \
	"DeviceName=/dev/sda1,Ebs={SnapshotId=$snap}")
fails InvalidAMIName.Duplicate restore "$ami"
qami rbin delete-rule --identifier "$images"
qami deregister-image --image-id "$other" >"$TMPDIR/answer"
same "$ami" "$(binned images)"
dry restore "$ami"
same True "$(restore "$ami" | get Return)"
same '' "$(binned images)"
qami describe-images --image-ids "$ami" >"$TMPDIR/after"
cmp "$TMPDIR/before" "$TMPDIR/after"
same '[{"UserId": "222222222222"}]' "$(qami describe-image-attribute \
	--image-id "$ami" --attribute launchPermission |
	get LaunchPermissions)"
fails InvalidSnapshot.InUse qami delete-snapshot --snapshot-id "$snap"
fails InvalidAMIID.NotFound restore "$ami"

# a disabled one stays so; the public is let in again only if it may be
images=$(rule EC2_IMAGE 30)
sql "INSERT INTO launch_permission VALUES ('$ami', 'all')"
qami deregister-image --image-id "$ami" >"$TMPDIR/answer"
restore "$ami" >"$TMPDIR/answer"
same True "$(qami describe-images | get Images.0.Public)"
qami deregister-image --image-id "$ami" >"$TMPDIR/answer"
qami enable-image-block-public-access --image-block-public-access-state \
	block-new-sharing >"$TMPDIR/answer"
restore "$ami" >"$TMPDIR/answer"
same False "$(qami describe-images | get Images.0.Public)"

# nothing can be launched from what is archived, or soon will be again: only a
# disabled one comes back over that
qami deregister-image --image-id "$ami" >"$TMPDIR/answer"
archive "$snap"
fails IncorrectState restore "$ami"
unarchive "$snap" 1
fails IncorrectState restore "$ami"
same "$ami" "$(binned images)"
unarchive "$snap"
restore "$ami" >"$TMPDIR/answer"
qami disable-image --image-id "$ami" >"$TMPDIR/answer"
archive "$snap"
qami deregister-image --image-id "$ami" >"$TMPDIR/answer"
restore "$ami" >"$TMPDIR/answer"
same disabled "$(qami describe-images --include-disabled | get Images.0.State)"

# one whose snapshot is gone for good does not come back
qami rbin delete-rule --identifier "$snapshots"
qami deregister-image --image-id "$ami" --delete-associated-snapshots \
	>"$TMPDIR/answer"
same "$ami" "$(binned images)"
fails InvalidSnapshot.NotFound restore "$ami"
has "The snapshot '$snap' of the image '$ami' does not exist any more" \
	"$TMPDIR/err"
sql 'UPDATE image SET bin_until = 1'
fails InvalidAMIID.NotFound restore "$ami"
same ok "$(sql 'PRAGMA foreign_key_check; SELECT "ok"')"
