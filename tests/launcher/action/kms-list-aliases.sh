#!/bin/sh
# kms-list-aliases - the caller's names for keys, or for one key
. tests/lib.sh

one=$(qami kms create-key --query KeyMetadata.KeyId --output text)
two=$(qami kms create-key --query KeyMetadata.KeyId --output text)
for name in "a $one" "b $two" "c $one"; do
	qami kms create-alias --alias-name "alias/${name% *}" \
		--target-key-id "${name#* }"
done
qami kms list-aliases >"$TMPDIR/all"
tests/shape kms.ListAliases "$TMPDIR/all"
same 'arn:aws:kms:us-east-1:123456789012:alias/a' \
	"$(get Aliases.0.AliasArn <"$TMPDIR/all")"
names='Aliases[].AliasName'
same 'alias/a alias/b alias/c' "$(qami kms list-aliases --query "$names" \
	--output text | tr '\t' ' ')"
same 'alias/a alias/c' "$(qami kms list-aliases --query "$names" \
	--key-id "$one" --output text | tr '\t' ' ')"
same '[]' "$(as 222222222222 kms list-aliases --query "$names")"

qami kms list-aliases --limit 2 >"$TMPDIR/page"
marker=$(get NextMarker <"$TMPDIR/page")
same alias/c "$(qami kms list-aliases --limit 2 --marker "$marker" \
	--query "$names" --output text)"
fails InvalidMarkerException qami kms list-aliases --marker "$marker" \
	--key-id "$one"
fails ValidationException qami kms list-aliases --limit 1001
fails NotFoundException as 222222222222 kms list-aliases --key-id "$one"
fails NotFoundException qami kms list-aliases --key-id alias/a
fails InvalidArnException qami kms list-aliases --key-id arn:aws:kms

# the AWS managed key has its name from its first use on
qami kms describe-key --key-id alias/aws/ebs >/dev/null
same alias/aws/ebs "$(qami kms list-aliases --query 'Aliases[3].AliasName' \
	--output text)"
