#!/bin/sh
# kms-cancel-key-deletion - the key stays, disabled
. tests/lib.sh

key=$(qami kms create-key --query KeyMetadata.KeyId --output text)
arn=arn:aws:kms:us-east-1:123456789012:key/$key
fails KMSInvalidStateException qami kms cancel-key-deletion --key-id "$key"
qami kms schedule-key-deletion --key-id "$key" >/dev/null
fails NotFoundException as 222222222222 kms cancel-key-deletion --key-id "$arn"
qami kms cancel-key-deletion --key-id "$key" >"$TMPDIR/answer"
tests/shape kms.CancelKeyDeletion "$TMPDIR/answer"
same "$arn" "$(get KeyId <"$TMPDIR/answer")"
qami kms describe-key --key-id "$key" >"$TMPDIR/key"
same Disabled "$(get KeyMetadata.KeyState <"$TMPDIR/key")"
same None "$(qami kms describe-key --key-id "$key" --output text \
	--query KeyMetadata.DeletionDate)"
qami kms schedule-deletion --key-id "$key" >/dev/null
qami kms cancel-deletion --key-id "$arn" >/dev/null
qami kms enable-key --key-id "$key"

fails InvalidArnException qami kms cancel-key-deletion --key-id arn:aws:kms
default=$(qami kms describe-key --key-id alias/aws/ebs --output text \
	--query KeyMetadata.KeyId)
fails AccessDeniedException qami kms cancel-key-deletion --key-id "$default"
