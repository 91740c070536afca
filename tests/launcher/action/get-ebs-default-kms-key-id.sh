#!/bin/sh
# get-ebs-default-kms-key-id - the key of what names none
. tests/lib.sh

key()
{
	as "$1" get-ebs-default-kms-key-id --query KmsKeyId --output text
}

dry qami get-ebs-default-kms-key-id
qami get-ebs-default-kms-key-id >"$TMPDIR/answer"
tests/shape GetEbsDefaultKmsKeyId "$TMPDIR/answer"
same alias/aws/ebs "$(get KmsKeyId <"$TMPDIR/answer")"
# asking does not make it
same 0 "$(sql 'SELECT count(*) FROM kms_key')"
default=$(qami kms describe-key --key-id alias/aws/ebs --output text \
	--query KeyMetadata.Arn)
same "$default" "$(key 123456789012)"
own=$(qami kms create-key --query KeyMetadata.Arn --output text)
qami modify-ebs-default-kms-key-id --kms-key-id "$own" >/dev/null
same "$own" "$(key 123456789012)"
same alias/aws/ebs "$(key 222222222222)"
