#!/bin/sh
# reset-image-attribute - every launch permission goes at once
. tests/lib.sh

ami=$(image alpha)
reset='reset-image-attribute --attribute launchPermission --image-id'
qami modify-image-attribute --image-id "$ami" --launch-permission \
	'Add=[{Group=all},{UserId=222222222222}]'
dry qami $reset "$ami"
fails AuthFailure as 222222222222 $reset "$ami"
as 222222222222 describe-images --image-ids "$ami" >/dev/null
fails InvalidParameterValue qami reset-image-attribute --image-id "$ami" \
	--attribute description
qami reset-image-attribute --image-id "$ami" --attribute LaunchPermission
same '[]' "$(qami describe-image-attribute --image-id "$ami" \
	--attribute launchPermission | get LaunchPermissions)"
hidden "$ami" describe-images --image-ids "$ami"
hidden "$ami" $reset "$ami"
fails InvalidAMIID.Malformed qami $reset ami-g
fails InvalidAMIID.NotFound qami $reset ami-0fedcba9876543210
qami $reset "$ami"
qami deregister-image --image-id "$ami"
fails InvalidAMIID.Unavailable qami $reset "$ami"
