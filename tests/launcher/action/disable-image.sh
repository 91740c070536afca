#!/bin/sh
# disable-image - neither launched nor shared nor found, its snapshots kept
. tests/lib.sh

ami=$(image alpha)
snap=$(qami describe-images |
	get Images.0.BlockDeviceMappings.0.Ebs.SnapshotId)
qami modify-image-attribute --image-id "$ami" --user-ids 222222222222
dry qami disable-image --image-id "$ami"
fails AuthFailure as 222222222222 disable-image --image-id "$ami"
hidden "$(image beta)" disable-image --image-id \
	"$(qami describe-images --output text --query 'Images[1].ImageId')"
qami disable-image --image-id "$ami" >"$TMPDIR/answer"
same True "$(get Return <"$TMPDIR/answer")"

# only who asks for disabled ones finds it, and only its owner
alpha()
{
	as "$@" --query "length(Images[?ImageId == '$ami'])"
}
same 0 "$(alpha 123456789012 describe-images)"
same 0 "$(alpha 123456789012 describe-images --image-ids "$ami")"
same 0 "$(alpha 123456789012 describe-images --filters \
	Name=state,Values=disabled)"
same 1 "$(alpha 123456789012 describe-images --include-disabled)"
same 0 "$(alpha 222222222222 describe-images --include-disabled)"
same disabled "$(qami describe-images --include-disabled --image-ids "$ami" |
	get Images.0.State)"
qami images -q | grep -qF "$ami" && exit 1

# it is of no use
same '[]' "$(qami describe-image-attribute --image-id "$ami" \
	--attribute launchPermission --query LaunchPermissions)"
fails InvalidAMIID.Unavailable qami run-instances --image-id "$ami"
fails InvalidAMIID.Unavailable qami modify-image-attribute --image-id "$ami" \
	--user-ids 222222222222
fails InvalidAMIID.NotFound as 222222222222 run-instances --image-id "$ami"
fails InvalidSnapshot.InUse qami delete-snapshot --snapshot-id "$snap"
fails InvalidAMIName.Duplicate qami register-image --name alpha \
	--block-device-mappings "DeviceName=/dev/sda1,Ebs={SnapshotId=$snap}"
qami disable-image --image-id "$ami" >"$TMPDIR/answer"

qami deregister-image --image-id "$ami" >"$TMPDIR/answer"
fails InvalidAMIID.Unavailable qami disable-image --image-id "$ami"
same 0 "$(alpha 123456789012 describe-images --include-disabled)"
fails InvalidAMIID.NotFound qami disable-image \
	--image-id ami-0fedcba9876543210
