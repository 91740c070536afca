#!/bin/sh
# get-instance-uefi-data - there is none, of images and of instances
. tests/lib.sh

guests_here
ami=$(image alpha)
i=$(launch "$ami")
verb=get-instance-uefi-data
for id in "$ami" "$i"; do
	dry qami $verb --instance-id "$id"
	hidden "$id" $verb --instance-id "$id"
	fails UnsupportedOperation qami $verb --instance-id "$id"
done
fails InvalidInstanceID.NotFound qami $verb --instance-id i-0fedcba9876543210
fails InvalidAMIID.NotFound qami $verb --instance-id ami-0fedcba9876543210
qami modify-image-attribute --image-id "$ami" --user-ids 222222222222
fails AuthFailure as 222222222222 $verb --instance-id "$ami"
qami deregister-image --image-id "$ami" >"$TMPDIR/answer"
fails InvalidAMIID.Unavailable qami $verb --instance-id "$ami"
