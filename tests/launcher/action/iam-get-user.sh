#!/bin/sh
# iam-get-user - the caller's own user and no other
. tests/lib.sh

same arn:aws:iam::123456789012:root "$(qami iam get-user --query User.Arn \
	--output text)"
alice=$(qami account create alice --query Account --output text)
as alice iam get-user >"$TMPDIR/alice"
same "arn:aws:iam::$alice:user/alice" "$(get User.Arn <"$TMPDIR/alice")"
same alice "$(get User.UserName <"$TMPDIR/alice")"
same / "$(get User.Path <"$TMPDIR/alice")"
same "$(as alice sts get-caller-identity --query UserId --output text)" \
	"$(get User.UserId <"$TMPDIR/alice")"
get User.CreateDate <"$TMPDIR/alice" | grep -q '^20'
as alice iam get-user --user-name alice | cmp - "$TMPDIR/alice"

# another's is none
fails NoSuchEntity qami iam get-user --user-name alice
has 'The user with name alice cannot be found.' "$TMPDIR/err"
fails NoSuchEntity as alice iam get-user --user-name root
