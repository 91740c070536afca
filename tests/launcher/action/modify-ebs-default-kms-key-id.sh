#!/bin/sh
# modify-ebs-default-kms-key-id - a key that the caller may encrypt under
. tests/lib.sh

them=222222222222
arn=$(qami kms create-key --query KeyMetadata.Arn --output text)
key=${arn##*/}
qami kms create-alias --alias-name alias/web --target-key-id "$key"
dry qami modify-ebs-default-kms-key-id --kms-key-id alias/web
same alias/aws/ebs "$(qami get-ebs-default-kms-key-id | get KmsKeyId)"
for name in "$key" "$arn" alias/web; do
	qami modify-ebs-default-kms-key-id --kms-key-id "$name" \
		>"$TMPDIR/answer"
	same "$arn" "$(get KmsKeyId <"$TMPDIR/answer")"
done
tests/shape ModifyEbsDefaultKmsKeyId "$TMPDIR/answer"

# another's takes a grant
fails InvalidKMSKey.NotFound as $them modify-ebs-default-kms-key-id \
	--kms-key-id "$arn"
qami kms grant --key-id "$key" --grantee-principal $them --operations \
	GenerateDataKeyWithoutPlaintext >/dev/null
as $them modify-ebs-default-kms-key-id --kms-key-id "$arn" >/dev/null
same "$arn" "$(as $them get-ebs-default-kms-key-id | get KmsKeyId)"

fails InvalidKMSKey.NotFound qami modify-ebs-default-kms-key-id \
	--kms-key-id alias/none
fails InvalidParameterValue qami modify-ebs-default-kms-key-id \
	--kms-key-id arn:aws:kms
qami kms disable --key-id "$key"
fails InvalidKMSKey.InvalidState qami modify-ebs-default-kms-key-id \
	--kms-key-id "$key"
qami kms schedule-deletion --key-id "$key" >/dev/null
fails InvalidKMSKey.InvalidState qami modify-ebs-default-kms-key-id \
	--kms-key-id "$key"
