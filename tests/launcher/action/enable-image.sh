#!/bin/sh
# enable-image - back in use, but shared with nobody
. tests/lib.sh

ami=$(image alpha)
qami modify-image-attribute --image-id "$ami" --user-ids 222222222222
qami disable-image --image-id "$ami" >"$TMPDIR/answer"
dry qami enable-image --image-id "$ami"
hidden "$ami" enable-image --image-id "$ami"
same '[]' "$(qami describe-images --query Images)"
qami enable-image --image-id "$ami" >"$TMPDIR/answer"
same True "$(get Return <"$TMPDIR/answer")"
same available "$(qami describe-images --image-ids "$ami" |
	get Images.0.State)"
same '[]' "$(as 222222222222 describe-images --query Images)"
qami modify-image-attribute --image-id "$ami" --user-ids 222222222222
fails AuthFailure as 222222222222 enable-image --image-id "$ami"
qami enable-image --image-id "$ami" >"$TMPDIR/answer"
same 1 "$(as 222222222222 describe-images --query 'length(Images)')"

qami deregister-image --image-id "$ami" >"$TMPDIR/answer"
fails InvalidAMIID.Unavailable qami enable-image --image-id "$ami"
fails InvalidAMIID.NotFound qami enable-image --image-id ami-0fedcba9876543210

# one whose snapshot was archived meanwhile waits until that is back for good
. tests/stored.sh
. tests/tier.sh
ami=$(image frozen)
snap=$(snapshot_of "$ami")
qami disable-image --image-id "$ami" >"$TMPDIR/out"
archive "$snap"
fails IncorrectState qami enable-image --image-id "$ami"
unarchive "$snap"
qami enable-image --image-id "$ami" >"$TMPDIR/out"
