#!/bin/sh
# sts-get-caller-identity - whose account it is, by name if it has one
. tests/lib.sh

same "123456789012	arn:aws:iam::123456789012:root	123456789012" \
	"$(qami sts get-caller-identity --query '[Account, Arn, UserId]' \
		--output text)"
alice=$(qami account create alice --query Account --output text)
as alice sts get-caller-identity >"$TMPDIR/alice"
same "$alice" "$(get Account <"$TMPDIR/alice")"
same "arn:aws:iam::$alice:user/alice" "$(get Arn <"$TMPDIR/alice")"
get UserId <"$TMPDIR/alice" | grep -qxE 'AIDA[A-Z2-7]{17}'
# always the same, and nobody else's
as "$alice" sts get-caller-identity | cmp - "$TMPDIR/alice"
bob=$(qami account create bob --query Account --output text)
! as "$bob" sts get-caller-identity | cmp -s - "$TMPDIR/alice" || exit 1
