#!/bin/sh
# describe-image-attribute - each attribute, for the owner only
. tests/lib.sh

aki=$(image kernel --kind kernel --cmdline console=ttyS0)
ari=$(image ramdisk --kind ramdisk)
ami=$(image alpha --description 'a b' --boot-mode uefi --kernel-id "$aki" \
	--ramdisk-id "$ari")

# shows ATTRIBUTE PATH VALUE
shows()
{
	same "$3" "$(qami describe-image-attribute --image-id "$ami" \
		--attribute "$1" | get "$2")"
}

shows description ImageId "$ami"
shows description Description.Value 'a b'
shows kernel KernelId.Value "$aki"
shows ramdisk RamdiskId.Value "$ari"
shows bootMode BootMode.Value uefi
shows launchPermission LaunchPermissions '[]'
shows productCodes ProductCodes '[]'
shows blockDeviceMapping BlockDeviceMappings.0.DeviceName /dev/sda1
shows BlockDeviceMapping BlockDeviceMappings.0.Ebs.VolumeSize 1
shows 'LaunchPermission ' LaunchPermissions '[]'
shows sriovNetSupport ImageId "$ami"
shows imdsSupport ImageId "$ami"
qami modify-image-attribute --image-id "$ami" --launch-permission \
	'Add=[{Group=all},{UserId=222222222222}]'
shows launchPermission LaunchPermissions \
	'[{"UserId": "222222222222"}, {"Group": "all"}]'
shows description Description.Value 'a b'

describe='describe-image-attribute --attribute description --image-id'
fails InvalidParameterValue qami describe-image-attribute --image-id "$ami" \
	--attribute colour
fails InvalidAMIID.Malformed qami $describe ami-1
fails InvalidAMIID.NotFound qami $describe ami-0fedcba9876543210
fails AuthFailure as 222222222222 $describe "$ami"
dry qami $describe "$ami"
qami reset-image-attribute --image-id "$ami" --attribute launchPermission
hidden "$ami" $describe "$ami"
qami deregister-image --image-id "$ami"
fails InvalidAMIID.Unavailable qami $describe "$ami"
