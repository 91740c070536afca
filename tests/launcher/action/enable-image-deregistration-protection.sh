#!/bin/sh
# enable-image-deregistration-protection - the image cannot be deregistered
. tests/lib.sh

ami=$(image alpha)
verb=enable-image-deregistration-protection
protection()
{
	qami describe-images --image-ids "$ami" |
		get Images.0.DeregistrationProtection
}
same disabled "$(protection)"
dry qami $verb --image-id "$ami"
hidden "$ami" $verb --image-id "$ami"
qami modify-image-attribute --image-id "$ami" --user-ids 222222222222
fails AuthFailure as 222222222222 $verb --image-id "$ami"
same disabled "$(protection)"

qami $verb --image-id "$ami" >"$TMPDIR/answer"
same true "$(get Return <"$TMPDIR/answer")"
same enabled-without-cooldown "$(protection)"
fails OperationNotPermitted qami deregister-image --image-id "$ami"
fails OperationNotPermitted qami deregister-image --image-id "$ami" \
	--delete-associated-snapshots
fails OperationNotPermitted qami deregister-image --image-id "$ami" --dry-run
qami $verb --image-id "$ami" --with-cooldown >"$TMPDIR/answer"
same enabled-with-cooldown "$(protection)"
same enabled-with-cooldown "$(qami describe-image-attribute --image-id "$ami" \
	--attribute deregistrationProtection | get DeregistrationProtection.Value)"
# how an image is protected is its owner's to know
same '[]' "$(as 222222222222 describe-images \
	--query 'Images[].DeregistrationProtection | [?@]')"

qami disable-image-deregistration-protection --image-id "$(image beta)" \
	>"$TMPDIR/answer"
gone=$(image gone)
qami deregister-image --image-id "$gone" >"$TMPDIR/answer"
fails InvalidAMIID.Unavailable qami $verb --image-id "$gone"
fails InvalidAMIID.NotFound qami $verb --image-id ami-0fedcba9876543210
