#!/bin/sh
# disable-image-block-public-access - images may become public again
. tests/lib.sh

ami=$(image alpha)
qami enable-image-block-public-access \
	--image-block-public-access-state block-new-sharing >/dev/null
dry qami disable-image-block-public-access
fails OperationNotPermitted qami modify-image-attribute --image-id "$ami" \
	--user-groups all
for turn in first again; do
	same "$turn unblocked" "$turn $(qami disable-image-block-public-access |
		get ImageBlockPublicAccessState)"
done
qami modify-image-attribute --image-id "$ami" --user-groups all
same alpha "$(as 222222222222 describe-images | get Images.0.Name)"
