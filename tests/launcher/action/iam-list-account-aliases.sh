#!/bin/sh
# iam-list-account-aliases - the account's name, if it has one
. tests/lib.sh

same '[]' "$(qami iam list-account-aliases --query AccountAliases)"
qami account create alice >"$TMPDIR/id"
same alice "$(as alice iam list-account-aliases --max-items 10 |
	get AccountAliases.0)"
same False "$(as alice iam list-account-aliases | get IsTruncated)"
fails ValidationError qami iam list-account-aliases --max-items 0
fails ValidationError qami iam list-account-aliases --marker anything
