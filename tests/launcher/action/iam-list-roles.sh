#!/bin/sh
# iam-list-roles - there are none, and the answer has the SDK's shape
. tests/lib.sh

qami iam list-roles >"$TMPDIR/roles"
same '[]' "$(get Roles <"$TMPDIR/roles")"
same False "$(get IsTruncated <"$TMPDIR/roles")"
same 0 "$(qami iam list-roles --path-prefix / --max-items 1000 \
	--query 'length(Roles)')"
fails ValidationError qami iam list-roles --max-items 0
fails ValidationError qami iam list-roles --max-items 1001
fails ValidationError qami iam list-roles --marker anything
