#!/bin/sh
# access-key … - an account's keys are made, listed without secrets, disabled,
# enabled, deleted; no account touches another's
. tests/lib.sh

same '' "$(qami access-key list)"
qami access-key create -o json >"$TMPDIR/key"
id=$(get AccessKeyId <"$TMPDIR/key")
secret=$(get SecretAccessKey <"$TMPDIR/key")
echo "$id" | grep -qxE 'AKIA[A-Z2-7]{16}'
echo "$secret" | grep -qxE '[A-Za-z0-9+/]{40}'
same 123456789012 "$(get Account <"$TMPDIR/key")"
qami access-key create | grep -q '^SecretAccessKey	'
qami access-key list >"$TMPDIR/list"
same 2 "$(wc -l <"$TMPDIR/list")"
has "$id	active	20" "$TMPDIR/list"
qami access-key list -o json >>"$TMPDIR/list"
if grep -qF "$secret" "$TMPDIR/list"; then exit 1; fi
same 600 "$(stat -c %a "$QAMI_STORE/qami.db")"

qami access-key disable "$id"
qami access-key list | grep -q "^$id	disabled	"
qami access-key disable "$id"
qami access-key enable "$id"
qami access-key list | grep -q "^$id	active	"

# a stranger's key is none
for verb in disable enable delete; do
	for key in "$id" AKIAAAAAAAAAAAAAAAAA; do
		fails qami.AccessKeyNotFound \
			as 222222222222 access-key $verb "$key"
	done
done
same '' "$(as 222222222222 access-key list)"
qami access-key delete "$id"
same 1 "$(qami access-key list -q | wc -l)"
fails qami.AccessKeyNotFound qami access-key delete "$id"

# eight are enough, also when nine want to be the eighth
for _ in 1 2 3 4 5 6; do
	qami access-key create >"$TMPDIR/more"
done
for _ in 1 2 3; do
	qami access-key create >"$TMPDIR/more" 2>&1 || : &
done
wait
same 8 "$(qami access-key list -q | wc -l)"
fails ResourceLimitExceeded qami access-key create
qami account create alice
qami access-key create --account alice >"$TMPDIR/key"

# no request makes or touches one, not even the owner's through the socket
served
for verb in 'access-key create' 'access-key list' 'access-key disable' \
	'access-key enable' 'access-key delete' 'account create' env; do
	for name in "$(echo "$verb" | tr ' ' -)" \
		"$(echo "$verb" | sed 's/ /%20/')"; do
		curl -s --unix-socket "$QAMI_STORE/run/qami.sock" \
			-d '{"version": "0.1", "params": {}}' \
			"http://localhost/qami/$name" >"$TMPDIR/answer"
		grep -qE '^\{"error":"(InvalidAction|OperationNotPermitted)"' \
			"$TMPDIR/answer"
	done
done
same 1 "$(qami access-key list -q --account alice | wc -l)"
same 3 "$(qami account list -q | wc -l)"
