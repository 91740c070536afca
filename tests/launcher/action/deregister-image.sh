#!/bin/sh
# deregister-image - the image goes, its snapshot stays, its name is free
. tests/lib.sh

ami=$(image alpha)
snap=$(qami describe-images |
	get Images.0.BlockDeviceMappings.0.Ebs.SnapshotId)
dry qami deregister-image --image-id "$ami"
hidden "$ami" deregister-image --image-id "$ami"
qami modify-image-attribute --image-id "$ami" --user-ids 222222222222
fails AuthFailure as 222222222222 deregister-image --image-id "$ami"
same 1 "$(qami describe-images --query 'length(Images)')"

qami deregister-image --image-id "$ami" >"$TMPDIR/answer"
same '[]' "$(qami describe-images --query Images)"
same '[]' "$(qami describe-images --image-ids "$ami" --query Images)"
same '[]' "$(as 222222222222 describe-images --query Images)"
same completed "$(qami describe-snapshots --snapshot-ids "$snap" |
	get Snapshots.0.State)"
same '[]' "$(qami describe-tags --query Tags --filters \
	Name=resource-id,Values="$ami")"
fails InvalidAMIID.Unavailable qami deregister-image --image-id "$ami"
fails InvalidAMIID.NotFound qami deregister-image \
	--image-id ami-0fedcba9876543210
fails InvalidAMIID.Malformed qami deregister-image --image-id ami-12345
# a stranger cannot tell an image that is gone from one that never was
hidden "$ami" deregister-image --image-id "$ami"
hidden "$ami" describe-images --image-ids "$ami"

image alpha >/dev/null

# kernels go the same way
aki=$(image kernel --kind kernel)
qami deregister-image --image-id "$aki"
fails InvalidAMIID.Unavailable qami deregister-image --image-id "$aki"
