#!/bin/sh
# reset-ebs-default-kms-key-id - the AWS managed key is the default again
. tests/lib.sh

own=$(qami kms create-key --query KeyMetadata.Arn --output text)
qami modify-ebs-default-kms-key-id --kms-key-id "$own" >/dev/null
dry qami reset-ebs-default-kms-key-id
same "$own" "$(qami get-ebs-default-kms-key-id | get KmsKeyId)"
qami reset-ebs-default-kms-key-id >"$TMPDIR/answer"
tests/shape ResetEbsDefaultKmsKeyId "$TMPDIR/answer"
same alias/aws/ebs "$(get KmsKeyId <"$TMPDIR/answer")"
default=$(qami kms describe-key --key-id alias/aws/ebs --output text \
	--query KeyMetadata.Arn)
same "$default" "$(qami reset-ebs-default-kms-key-id | get KmsKeyId)"
# choosing the AWS managed key is no choice
qami modify-ebs-default-kms-key-id --kms-key-id alias/aws/ebs >/dev/null
same '' "$(sql "SELECT ebs_kms_key FROM account WHERE id = '123456789012'")"
