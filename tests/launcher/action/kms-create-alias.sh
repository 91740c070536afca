#!/bin/sh
# kms-create-alias - names for one's own keys
. tests/lib.sh

key=$(qami kms create-key --query KeyMetadata.KeyId --output text)
arn=arn:aws:kms:us-east-1:123456789012
same '' "$(qami kms create-alias --alias-name alias/web --target-key-id "$key")"
qami kms create-alias --alias-name alias/a/b_c-D --target-key-id "$arn:key/$key"
same "$key" "$(qami kms describe-key --key-id alias/a/b_c-D --output text \
	--query KeyMetadata.KeyId)"

fails AlreadyExistsException qami kms create-alias --alias-name alias/web \
	--target-key-id "$key"
for bad in web alias/ 'alias/a b' alias/a:b "alias/$(head -c 251 /dev/zero |
	tr '\0' x)"; do
	fails ValidationException qami kms create-alias --alias-name "$bad" \
		--target-key-id "$key"
done
fails NotAuthorizedException qami kms create-alias \
	--alias-name alias/aws/mine --target-key-id "$key"
fails NotFoundException qami kms create-alias --alias-name alias/x \
	--target-key-id alias/web
fails InvalidArnException qami kms create-alias --alias-name alias/x \
	--target-key-id "$arn:alias/web"
fails NotFoundException as 222222222222 kms create-alias --alias-name alias/x \
	--target-key-id "$arn:key/$key"
default=$(qami kms describe-key --key-id alias/aws/ebs --output text \
	--query KeyMetadata.KeyId)
fails AccessDeniedException qami kms create-alias --alias-name alias/x \
	--target-key-id "$default"

# each account has its own names; a key has 50
as 222222222222 kms create-key >"$TMPDIR/theirs"
as 222222222222 kms create-alias --alias-name alias/web \
	--target-key-id "$(get KeyMetadata.KeyId <"$TMPDIR/theirs")"
sql "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
	WHERE i < 48) INSERT INTO kms_alias (owner, name, key, created)
	SELECT '123456789012', 'alias/n' || i, '$key', 1 FROM n"
fails LimitExceededException qami kms create-alias --alias-name alias/last \
	--target-key-id "$key"

other=$(qami kms create-key --query KeyMetadata.KeyId --output text)
qami kms schedule-deletion --key-id "$other" >/dev/null
fails KMSInvalidStateException qami kms create-alias --alias-name alias/x \
	--target-key-id "$other"
