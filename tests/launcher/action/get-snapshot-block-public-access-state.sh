#!/bin/sh
# get-snapshot-block-public-access-state - each account's own
. tests/lib.sh

dry qami get-snapshot-block-public-access-state
qami get-snapshot-block-public-access-state >"$TMPDIR/answer"
same unblocked "$(get State <"$TMPDIR/answer")"
same account "$(get ManagedBy <"$TMPDIR/answer")"
for state in block-new-sharing block-all-sharing; do
	qami enable-snapshot-block-public-access --state $state >/dev/null
	same $state "$(qami get-snapshot-block-public-access-state | get State)"
done
same unblocked "$(as 222222222222 get-snapshot-block-public-access-state |
	get State)"
same unblocked "$(qami get-image-block-public-access-state |
	get ImageBlockPublicAccessState)"
