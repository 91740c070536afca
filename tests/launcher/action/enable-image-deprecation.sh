#!/bin/sh
# enable-image-deprecation - to the minute; others no longer find the image
. tests/lib.sh

# deprecated - as the owner sees it
deprecated()
{
	qami describe-images --image-ids "$ami" | get Images.0.DeprecationTime
}

ami=$(image alpha)
soon=$(date -u -d '+40 days' +%Y-%m-%dT%H:%M)
at()
{
	qami enable-image-deprecation --image-id "$ami" --deprecate-at "$1"
}

fails InvalidParameterValue at soon
fails InvalidParameterValue at 2020-01-01T00:00:00Z
fails InvalidParameterValue at "$(date -u -d '+121 months' +%FT%TZ)"
fails InvalidAMIID.NotFound qami enable-image-deprecation \
	--image-id ami-0fedcba9876543210 --deprecate-at "${soon}Z"
dry qami enable-image-deprecation --image-id "$ami" --deprecate-at "${soon}Z"
hidden "$ami" enable-image-deprecation --image-id "$ami" \
	--deprecate-at "${soon}Z"
same '[]' "$(qami describe-images \
	--query 'Images[].DeprecationTime | [?@]')"

qami enable-image-deprecation --image-id "$ami" \
	--deprecate-at "$soon:29Z" >"$TMPDIR/answer"
same True "$(get Return <"$TMPDIR/answer")"
same "$soon:00.000Z" "$(deprecated)"
at "$soon:31Z" >"$TMPDIR/answer"
same "$(date -u -d "$soon:00Z + 1 minute" +%FT%H:%M):00.000Z" "$(deprecated)"
at "$(date -u -d '+119 months' +%FT%TZ)" >"$TMPDIR/answer"
at "$soon:00Z" >"$TMPDIR/answer"

# another account finds it until then, and after that only by its id
qami modify-image-attribute --image-id "$ami" --user-ids 222222222222
fails AuthFailure as 222222222222 enable-image-deprecation \
	--image-id "$ami" --deprecate-at "${soon}Z"
count()
{
	as "$@" --query 'length(Images)'
}
same 1 "$(count 222222222222 describe-images)"
qami clock forward 39d >"$TMPDIR/clock"
same 1 "$(count 222222222222 describe-images)"
qami clock forward 1d >"$TMPDIR/clock"
same 0 "$(count 222222222222 describe-images)"
same 0 "$(count 222222222222 describe-images --executable-users self)"
same 0 "$(count 222222222222 describe-images --filters Name=name,Values=alpha)"
same 1 "$(count 222222222222 describe-images --image-ids "$ami")"
same 1 "$(count 222222222222 describe-images --include-deprecated)"
same 1 "$(count 123456789012 describe-images)"
same "" "$(as 222222222222 images -q)"
same "$ami" "$(qami images -q)"
fails InvalidParameterValue at "$soon:00Z"
qami run-instances --image-id "$ami" --dry-run 2>&1 | grep -q DryRunOperation
as 222222222222 run-instances --image-id "$ami" --dry-run 2>&1 |
	grep -q DryRunOperation
qami disable-image-deprecation --image-id "$ami" >"$TMPDIR/answer"
qami clock real >"$TMPDIR/clock"

# what is public grows old by itself, two years after it was made
fails InvalidParameterValue at 2020-01-01T00:00:00Z
qami modify-image-attribute --image-id "$ami" --user-groups all
at "$(date -u -d '+25 months' +%FT%TZ)" 2>&1 |
	grep -q "2 years after the public image '$ami' was made"
made=$(qami describe-images --image-ids "$ami" | get Images.0.CreationDate)
same "$(date -u -d "$made + 2 years" +%FT%T).000Z" "$(deprecated)"
fails InvalidParameterValue at "$(date -u -d '+25 months' +%FT%TZ)"
at "$soon:00Z" >"$TMPDIR/answer"
same "$soon:00.000Z" "$(deprecated)"
same 1 "$(count 333333333333 describe-images --owners 123456789012)"
sql "UPDATE image SET deprecated = NULL, created = 1000000"
same 0 "$(count 333333333333 describe-images --owners 123456789012)"
same 1972-01-01T00:00:01.000Z "$(deprecated)"

qami deregister-image --image-id "$ami" >"$TMPDIR/answer"
fails InvalidAMIID.Unavailable at "${soon}Z"
