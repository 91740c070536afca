#!/bin/sh
# get-image-block-public-access-state - each account's own
. tests/lib.sh

state()
{
	as "$1" get-image-block-public-access-state |
		get ImageBlockPublicAccessState
}

dry qami get-image-block-public-access-state
same unblocked "$(state 123456789012)"
same account "$(qami get-image-block-public-access-state | get ManagedBy)"
qami enable-image-block-public-access \
	--image-block-public-access-state block-new-sharing >/dev/null
same block-new-sharing "$(state 123456789012)"
same unblocked "$(state 222222222222)"
same unblocked "$(qami get-snapshot-block-public-access-state | get State)"
