#!/bin/sh
# disable-image-deregistration-protection - at once, or after a day
. tests/lib.sh

ami=$(image alpha)

verb=disable-image-deregistration-protection
enable=enable-image-deregistration-protection
protection()
{
	qami describe-images --image-ids "$ami" |
		get Images.0.DeregistrationProtection
}
qami $enable --image-id "$ami" >"$TMPDIR/answer"
dry qami $verb --image-id "$ami"
hidden "$ami" $verb --image-id "$ami"
qami modify-image-attribute --image-id "$ami" --user-ids 222222222222
fails AuthFailure as 222222222222 $verb --image-id "$ami"
same enabled-without-cooldown "$(protection)"
qami $verb --image-id "$ami" >"$TMPDIR/answer"
same true "$(get Return <"$TMPDIR/answer")"
same disabled "$(protection)"
dry qami deregister-image --image-id "$ami"

# with a cooldown: not before a day has passed, however often it is asked for
qami clock freeze >"$TMPDIR/clock"
qami $enable --image-id "$ami" --with-cooldown >"$TMPDIR/answer"
qami $verb --image-id "$ami" >"$TMPDIR/answer"
until=$(date -u -d "$(qami clock show -o json | get Time) + 1 day" +%FT%T)
protection | grep -qE "^disabled after $until\.[0-9]{3}Z$"
fails OperationNotPermitted qami deregister-image --image-id "$ami"
qami clock forward 23h >"$TMPDIR/clock"
qami $verb --image-id "$ami" >"$TMPDIR/answer"
protection | grep -q "^disabled after $until"
fails OperationNotPermitted qami deregister-image --image-id "$ami"
qami clock forward 1h >"$TMPDIR/clock"
same disabled "$(protection)"
dry qami deregister-image --image-id "$ami"
qami $enable --image-id "$ami" >"$TMPDIR/answer"
same enabled-without-cooldown "$(protection)"
qami $verb --image-id "$ami" >"$TMPDIR/answer"
qami deregister-image --image-id "$ami" >"$TMPDIR/answer"

fails InvalidAMIID.Unavailable qami $verb --image-id "$ami"
fails InvalidAMIID.NotFound qami $verb --image-id ami-0fedcba9876543210
