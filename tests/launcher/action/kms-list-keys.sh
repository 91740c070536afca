#!/bin/sh
# kms-list-keys - one's own keys, page by page, and nobody else's
. tests/lib.sh

same '[]' "$(qami kms list-keys --query Keys --output json)"
for _ in 1 2 3 4 5; do
	qami kms create-key --query KeyMetadata.Arn --output text
done >"$TMPDIR/made"
as 222222222222 kms create-key >/dev/null
qami kms list-keys >"$TMPDIR/keys"
tests/shape kms.ListKeys "$TMPDIR/keys"
qami kms list-keys --query 'Keys[].KeyArn' --output text | tr '\t' '\n' |
	cmp - "$TMPDIR/made"
same False "$(get Truncated <"$TMPDIR/keys")"

# two at a time
: >"$TMPDIR/paged"
set --
while :; do
	qami kms list-keys --limit 2 "$@" >"$TMPDIR/page"
	tests/shape kms.ListKeys "$TMPDIR/page"
	grep -o '"arn:[^"]*' "$TMPDIR/page" | tr -d '"' >>"$TMPDIR/paged"
	[ "$(get Truncated <"$TMPDIR/page")" = True ] || break
	set -- --marker "$(get NextMarker <"$TMPDIR/page")"
done
cmp "$TMPDIR/made" "$TMPDIR/paged"
qami kms list-keys --limit 5 >"$TMPDIR/page"
same False "$(get Truncated <"$TMPDIR/page")"

# a marker is its caller's and its listing's
fails InvalidMarkerException as 222222222222 kms list-keys "$@"
fails InvalidMarkerException qami kms list-aliases "$@"
fails InvalidMarkerException qami kms list-keys --marker AAAA
fails ValidationException qami kms list-keys --limit 0
fails ValidationException qami kms list-keys --limit 1001

# what is deleted is in no list
sql "UPDATE kms_key SET state = 'PendingDeletion', deletion = 1 WHERE seq = 1"
same 4 "$(qami kms list-keys --query 'length(Keys)')"
