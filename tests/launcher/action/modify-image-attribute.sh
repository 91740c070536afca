#!/bin/sh
# modify-image-attribute - sharing in both of its forms, and the description
. tests/lib.sh

ami=$(image alpha --description old)

# may NUMBER… - exactly these (and the owner) have launch permission
may()
{
	same "$*" "$(qami describe-image-attribute --image-id "$ami" \
		--attribute launchPermission \
		--query 'LaunchPermissions[].[UserId||Group]' --output text |
		tr '\n' ' ' | sed 's/ $//')"
}

change()
{
	qami modify-image-attribute --image-id "$ami" "$@"
}

# the structure
change --launch-permission 'Add=[{UserId=222222222222},{UserId=333333333333}]'
may 222222222222 333333333333
change --launch-permission 'Add=[{UserId=222222222222}]'
may 222222222222 333333333333
change --launch-permission 'Add=[{Group=all}],Remove=[{UserId=333333333333}]'
may 222222222222 all
same True "$(qami describe-images --image-ids "$ami" | get Images.0.Public)"
same alpha "$(as 444444444444 describe-images | get Images.0.Name)"
change --launch-permission 'Remove=[{Group=all},{UserId=222222222222}]'
may ''
hidden "$ami" describe-images --image-ids "$ami"

# Attribute and OperationType, as clients write it and both at once
change --attribute LaunchPermission --operation-type add \
	--user-ids 222222222222 --user-groups all
may 222222222222 all
change --attribute ' launchpermission ' --operation-type remove \
	--user-groups all
may 222222222222
change --attribute launchPermission --operation-type add \
	--user-ids 222222222222 --launch-permission 'Add=[{UserId=222222222222}]'
may 222222222222
change --user-ids 333333333333
may 222222222222 333333333333

# the description, in both forms
change --description 'new one'
same 'new one' "$(qami describe-images --image-ids "$ami" |
	get Images.0.Description)"
change --description Value=newer
same newer "$(qami describe-images | get Images.0.Description)"
change --attribute 'Description ' --value newest
same newest "$(qami describe-images | get Images.0.Description)"
change --attribute description --value ''
same '' "$(qami describe-images | get Images.0.Description)"

# what is wrong changes nothing
fails InvalidAMIAttributeItemValue change --launch-permission \
	'Add=[{UserId=444444444444},{UserId=12}]'
fails InvalidAMIAttributeItemValue change --launch-permission \
	'Add=[{UserId=all}]'
fails InvalidAMIAttributeItemValue change --launch-permission \
	'Add=[{Group=everyone}]'
fails InvalidAMIAttributeItemValue change --user-ids all
fails InvalidAMIAttributeItemValue change --user-groups self
fails InvalidAMIAttributeItemValue change --launch-permission 'Add=[{}]'
fails InvalidParameterCombination change
fails InvalidParameterCombination change --attribute launchPermission
fails InvalidParameterCombination change --description x \
	--launch-permission 'Add=[{Group=all}]'
fails InvalidParameterValue change --attribute colour --value red
fails InvalidParameterValue change --operation-type take \
	--user-ids 222222222222
fails InvalidAMIID.Malformed qami modify-image-attribute --image-id ami-x \
	--description x
fails InvalidAMIID.NotFound qami modify-image-attribute \
	--image-id ami-0fedcba9876543210 --description x
may 222222222222 333333333333
same '' "$(qami describe-images | get Images.0.Description)"

# a dry run
dry change --description dry
dry change --launch-permission 'Add=[{Group=all}]'
fails InvalidAMIAttributeItemValue change --user-ids 12 --dry-run
may 222222222222 333333333333
same '' "$(qami describe-images | get Images.0.Description)"

# who has it shared may not change it; who has not does not know of it
fails AuthFailure as 222222222222 modify-image-attribute --image-id "$ami" \
	--description mine
fails AuthFailure as 222222222222 modify-image-attribute --image-id "$ami" \
	--launch-permission 'Add=[{UserId=444444444444}]'
change --launch-permission 'Remove=[{UserId=222222222222}]'
hidden "$ami" modify-image-attribute --image-id "$ami" --description mine
hidden "$ami" modify-image-attribute --image-id "$ami" \
	--launch-permission 'Add=[{UserId=222222222222}]'
may 333333333333

# blocked, it becomes public to nobody
qami enable-image-block-public-access \
	--image-block-public-access-state block-new-sharing >/dev/null
fails OperationNotPermitted change --user-groups all
qami disable-image-block-public-access >/dev/null

qami deregister-image --image-id "$ami"
fails InvalidAMIID.Unavailable change --description late
fails InvalidAMIID.Unavailable change --user-groups all

# guests that speak IMDSv2 only, for good
ami=$(image tokens)
dry qami modify-image-attribute --image-id "$ami" --imds-support Value=v2.0
qami modify-image-attribute --image-id "$ami" --imds-support Value=v2.0
same v2.0 "$(qami describe-images --image-ids "$ami" |
	get Images.0.ImdsSupport)"
qami modify-image-attribute --image-id "$ami" --attribute imdsSupport \
	--value v2.0
fails InvalidParameterValue qami modify-image-attribute --image-id "$ami" \
	--imds-support Value=v1.0
fails InvalidParameterCombination qami modify-image-attribute \
	--image-id "$ami" --imds-support Value=v2.0 --description Value=x

# what is encrypted is never public
vol=$(qami create-volume --size 1 --availability-zone us-east-1a --encrypted |
	get VolumeId)
snap=$(qami create-snapshot --volume-id "$vol" | get SnapshotId)
sealed=$(qami register-image --name sealed --root-device-name /dev/sda1 \
	--block-device-mappings \
	"DeviceName=/dev/sda1,Ebs={SnapshotId=$snap}" | get ImageId)
fails OperationNotPermitted qami modify-image-attribute --image-id "$sealed" \
	--launch-permission 'Add=[{Group=all}]'
