#!/bin/sh
# kms-create-grant - what another account may do with a key
. tests/lib.sh

them=222222222222
key=$(qami kms create-key --query KeyMetadata.KeyId --output text)
arn=arn:aws:kms:us-east-1:123456789012:key/$key
qami kms create-grant --key-id "$key" --name lent --operations Decrypt \
	CreateGrant --grantee-principal arn:aws:iam::$them:root >"$TMPDIR/grant"
tests/shape kms.CreateGrant "$TMPDIR/grant"
get GrantId <"$TMPDIR/grant" | grep -qxE '[0-9a-f]{64}'

# the same name for the same is the same grant, for another one another
again()
{
	qami kms grant --key-id "$key" --operations Decrypt CreateGrant "$@" \
		--query GrantId --output text
}
same "$(get GrantId <"$TMPDIR/grant")" "$(again --name lent \
	--grantee-principal $them)"
again --name lent --grantee-principal 333333333333 >/dev/null
again --grantee-principal $them >/dev/null
same 3 "$(sql 'SELECT count(*) FROM kms_grant')"

# who was allowed to grant hands on what he has, and no more
as $them kms create-grant --key-id "$arn" --operations Decrypt \
	--grantee-principal 333333333333 >/dev/null
fails AccessDeniedException as $them kms create-grant --key-id "$arn" \
	--operations Decrypt Encrypt --grantee-principal 333333333333
fails NotFoundException as 444444444444 kms create-grant --key-id "$arn" \
	--operations Decrypt --grantee-principal 333333333333

bad()
{
	local code

	code=$1
	shift
	fails "$code" qami kms create-grant --key-id "$key" "$@"
}
bad ValidationException --grantee-principal $them --operations Sign
bad InvalidArnException --operations Decrypt --grantee-principal \
	arn:aws:iam::$them:user/eve
bad InvalidArnException --operations Decrypt --grantee-principal nobody
fails NotFoundException qami kms create-grant --key-id alias/web \
	--operations Decrypt --grantee-principal $them
default=$(qami kms describe-key --key-id alias/aws/ebs --output text \
	--query KeyMetadata.KeyId)
fails AccessDeniedException qami kms create-grant --key-id "$default" \
	--operations Decrypt --grantee-principal $them

sql "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
	WHERE i < 4996) INSERT INTO kms_grant (id, key, name, grantee,
	operations, created) SELECT 'g' || i, '$key', '', '$them', 1, 1 FROM n"
bad LimitExceededException --operations Decrypt --grantee-principal $them
qami kms disable --key-id "$key"
sql "DELETE FROM kms_grant WHERE id LIKE 'g%'"
bad DisabledException --operations Decrypt --grantee-principal $them
qami kms schedule-deletion --key-id "$key" >/dev/null
bad KMSInvalidStateException --operations Decrypt --grantee-principal $them
