#!/bin/sh
# images - for people: one's own, shared and public images
. tests/lib.sh

same '' "$(qami images -q)"
a=$(image alpha)
b=$(image 'beta two')
image kernel --kind kernel >/dev/null
same 3 "$(qami images | wc -l)"
qami images | grep "^$a	alpha	machine	1 GiB	123456789012	no	" >/dev/null
qami images -q | grep -qx "$b"
qami images --quiet --output json >"$TMPDIR/json" || :
qami images --output json >"$TMPDIR/json"
same alpha "$(get Images.0.Name <"$TMPDIR/json")"
qami images --output table | grep -q 'beta two'

same '' "$(as 222222222222 images)"
qami modify-image-attribute --image-id "$a" --user-ids 222222222222
qami modify-image-attribute --image-id "$b" --user-groups all
same "$a $b" "$(as 222222222222 images -q | tr '\n' ' ' | sed 's/ $//')"
same "$b" "$(as 333333333333 images -q)"
as 333333333333 images | grep -q '	yes	'
same 'beta two' "$(QAMI_ACCOUNT=333333333333 qami images |
	cut -f 2)"
qami deregister-image --image-id "$b"
same '' "$(as 333333333333 images -q)"
