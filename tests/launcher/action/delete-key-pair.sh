#!/bin/sh
# delete-key-pair - by name and by id; a name that is not there is no error
. tests/lib.sh

# new NAME - its id
new()
{
	qami create-key-pair --key-type ed25519 --output text \
		--query KeyPairId --key-name "$1"
}

a=$(new a)
b=$(new b)
theirs=$(as 222222222222 create-key-pair --key-type ed25519 --key-name a |
	get KeyPairId)
qami create-tags --resources "$a" "$b" --tags Key=x,Value=y

dry qami delete-key-pair --key-name a
dry qami delete-key-pair --key-pair-id "$b"
same 2 "$(qami describe-key-pairs --query 'length(KeyPairs)')"

same '' "$(qami delete-key-pair --key-name a)"
fails InvalidKeyPair.NotFound qami describe-key-pairs --key-names a
qami delete-key-pair --key-name a
dry qami delete-key-pair --key-name never

hidden "$b" delete-key-pair --key-pair-id "$b"
qami delete-key-pair --key-pair-id "$b"
fails InvalidKeyPair.NotFound qami delete-key-pair --key-pair-id "$b"
fails InvalidKeyPair.NotFound qami delete-key-pair --dry-run --key-pair-id "$b"
same '{"KeyPairs": []}' "$(qami describe-key-pairs | python3 -c '
import json, sys; print(json.dumps(json.load(sys.stdin)))')"
same 0 "$(qami describe-tags --query 'length(Tags)')"

# another account's of the same name is its own
same "$theirs" "$(as 222222222222 describe-key-pairs --key-names a |
	get KeyPairs.0.KeyPairId)"
[ "$(new a)" != "$a" ]

fails MissingParameter qami delete-key-pair
fails InvalidParameterCombination qami delete-key-pair --key-name a \
	--key-pair-id "$a"
fails InvalidID qami delete-key-pair --key-pair-id ami-0fedcba9876543210
tests/audit
