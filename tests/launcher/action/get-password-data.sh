#!/bin/sh
# get-password-data - an empty text
. tests/lib.sh

guests_here
i=$(launch "$(image alpha)")
dry qami get-password-data --instance-id "$i"
hidden "$i" get-password-data --instance-id "$i"
qami get-password-data --instance-id "$i" >"$TMPDIR/answer"
same "$i" "$(get InstanceId <"$TMPDIR/answer")"
same "" "$(get PasswordData <"$TMPDIR/answer")"
get Timestamp <"$TMPDIR/answer" | grep -q '^20'
fails InvalidInstanceID.NotFound qami get-password-data \
	--instance-id i-0fedcba9876543210
