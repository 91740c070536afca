#!/bin/sh
# enable-image-block-public-access - nothing becomes public, what is stays so
. tests/lib.sh

old=$(image old)
new=$(image new)
qami modify-image-attribute --image-id "$old" --user-groups all

block()
{
	qami enable-image-block-public-access "$@"
}

dry block --image-block-public-access-state block-new-sharing
fails InvalidParameterValue block \
	--image-block-public-access-state block-all-sharing
same unblocked "$(qami get-image-block-public-access-state |
	get ImageBlockPublicAccessState)"
same block-new-sharing "$(block \
	--image-block-public-access-state block-new-sharing |
	get ImageBlockPublicAccessState)"

fails OperationNotPermitted qami modify-image-attribute --image-id "$new" \
	--launch-permission 'Add=[{UserId=222222222222},{Group=all}]'
hidden "$new" describe-images --image-ids "$new"
qami modify-image-attribute --image-id "$new" --user-ids 333333333333
same 1 "$(as 222222222222 describe-images --query 'length(Images)')"
same 2 "$(as 333333333333 describe-images --query 'length(Images)')"

# it can be taken back, and then not be given again
qami modify-image-attribute --image-id "$old" --user-groups all \
	--operation-type remove
fails OperationNotPermitted qami modify-image-attribute --image-id "$old" \
	--user-groups all

# others' images are others' business
as 222222222222 import "$TMPDIR/disk.raw" --name theirs >"$TMPDIR/theirs"
as 222222222222 modify-image-attribute --image-id "$(cat "$TMPDIR/theirs")" \
	--user-groups all
