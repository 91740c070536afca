#!/bin/sh
# disable-image-deprecation - others find the image again
. tests/lib.sh

ami=$(image alpha)
seen()
{
	as 222222222222 describe-images --query 'length(Images)'
}
qami modify-image-attribute --image-id "$ami" --user-ids 222222222222
qami enable-image-deprecation --image-id "$ami" \
	--deprecate-at "$(date -u -d '+9 days' +%FT%TZ)" >"$TMPDIR/answer"
same 1 "$(seen)"
qami clock forward "9d 1m" >"$TMPDIR/clock"
same 0 "$(seen)"
dry qami disable-image-deprecation --image-id "$ami"
fails AuthFailure as 222222222222 disable-image-deprecation --image-id "$ami"
same 0 "$(seen)"
qami disable-image-deprecation --image-id "$ami" >"$TMPDIR/answer"
same True "$(get Return <"$TMPDIR/answer")"
same 1 "$(seen)"
same '[]' "$(qami describe-images \
	--query 'Images[].DeprecationTime | [?@]')"
qami disable-image-deprecation --image-id "$ami" >"$TMPDIR/answer"

qami modify-image-attribute --image-id "$ami" --user-groups all
fails OperationNotPermitted qami disable-image-deprecation --image-id "$ami"
qami reset-image-attribute --image-id "$ami" --attribute launchPermission
hidden "$ami" disable-image-deprecation --image-id "$ami"
qami deregister-image --image-id "$ami" >"$TMPDIR/answer"
fails InvalidAMIID.Unavailable qami disable-image-deprecation \
	--image-id "$ami"
fails InvalidAMIID.NotFound qami disable-image-deprecation \
	--image-id ami-0fedcba9876543210
