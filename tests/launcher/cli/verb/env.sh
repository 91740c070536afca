#!/bin/sh
# env - what it prints is safe to evaluate, makes one key and no second one
. tests/lib.sh
unset AWS_ENDPOINT_URL AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY \
	AWS_DEFAULT_REGION AWS_REGION AWS_PAGER

qami env --region eu-west-9 >"$TMPDIR/env"
first=$(qami access-key list -q)
(
	export AWS_SESSION_TOKEN=another
	. "$TMPDIR/env"
	same '' "${AWS_SESSION_TOKEN:-}"
	same "$first" "$AWS_ACCESS_KEY_ID"
	same 40 "${#AWS_SECRET_ACCESS_KEY}"
	same 'eu-west-9 eu-west-9' "$AWS_REGION $AWS_DEFAULT_REGION"
	same http://127.0.0.1:8773 "$AWS_ENDPOINT_URL"
	same 'set:' "${AWS_PAGER+set}:$AWS_PAGER"
	same set "$(env | sed -n 's/^AWS_PAGER=/set/p')"
	eval "$(qami env --unset)"
	same '' "$(env | grep -E '^AWS_(E|A|S|D|R|P)' || true)"
)
qami env | cmp - "$TMPDIR/env"
same 1 "$(qami access-key list -q | wc -l)"

# a server that runs is where it says
served
url=$AWS_ENDPOINT_URL
unset AWS_ENDPOINT_URL
eval "$(qami env)"
same "$url" "$AWS_ENDPOINT_URL"
end_served
qami env | cmp - "$TMPDIR/env"

# a text is a text, whatever it holds
eval "$(qami env --endpoint-url "http://a'b\$(touch $TMPDIR/bad)\"c; d")"
same "http://a'b\$(touch $TMPDIR/bad)\"c; d" "$AWS_ENDPOINT_URL"
[ ! -e "$TMPDIR/bad" ]

# a disabled key is not handed out, nor another account's
qami access-key disable "$first"
(
	eval "$(qami env)"
	[ "$AWS_ACCESS_KEY_ID" != "$first" ]
	same 2 "$(qami access-key list -q | wc -l)"
)
qami account create alice
eval "$(qami env --account alice)"
same "$AWS_ACCESS_KEY_ID" "$(qami access-key list -q --account alice)"

# nor is a ninth one made where eight are disabled
for _ in 1 2 3 4 5 6 7; do
	id=$(qami access-key create --account alice -o json | get AccessKeyId)
	qami access-key disable "$id" --account alice
done
qami env --account alice >"$TMPDIR/env"
qami access-key disable "$AWS_ACCESS_KEY_ID" --account alice
fails ResourceLimitExceeded qami env --account alice
