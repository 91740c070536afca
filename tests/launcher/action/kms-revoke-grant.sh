#!/bin/sh
# kms-revoke-grant - what a grant alone allowed is refused again
. tests/lib.sh

them=222222222222
key=$(qami kms create-key --query KeyMetadata.KeyId --output text)
arn=arn:aws:kms:us-east-1:123456789012:key/$key
grant=$(qami kms grant --key-id "$key" --grantee-principal $them \
	--operations DescribeKey --query GrantId --output text)
as $them kms describe-key --key-id "$arn" >/dev/null
fails NotFoundException as $them kms revoke-grant --key-id "$arn" \
	--grant-id "$grant"
same '' "$(qami kms revoke-grant --key-id "$arn" --grant-id "$grant")"
fails NotFoundException as $them kms describe-key --key-id "$arn"
fails NotFoundException qami kms revoke-grant --key-id "$key" \
	--grant-id "$grant"
fails InvalidGrantIdException qami kms revoke-grant --key-id "$key" \
	--grant-id g1
fails InvalidArnException qami kms revoke-grant --key-id arn:aws \
	--grant-id "$grant"

# one of another key's is none of this one's
other=$(qami kms create-key --query KeyMetadata.KeyId --output text)
grant=$(qami kms grant --key-id "$key" --grantee-principal $them \
	--operations Decrypt --query GrantId --output text)
fails NotFoundException qami kms revoke --key-id "$other" --grant-id "$grant"
qami kms revoke --key-id "$key" --grant-id "$grant"
