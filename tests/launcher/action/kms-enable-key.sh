#!/bin/sh
# kms-enable-key - a disabled key is used again, one that is to go is not
. tests/lib.sh

qami kms create-key >"$TMPDIR/key"
key=$(get KeyMetadata.KeyId <"$TMPDIR/key")
qami kms-enable-key --key-id "$key" # it was enabled all the time
qami kms describe-key --key-id "$key" | cmp - "$TMPDIR/key"
qami kms disable-key --key-id "$key"
same '' "$(qami kms enable-key --key-id "$(get KeyMetadata.Arn <"$TMPDIR/key")")"
qami kms describe-key --key-id "$key" | cmp - "$TMPDIR/key"

fails NotFoundException as 222222222222 kms enable-key --key-id "$key"
fails InvalidArnException qami kms enable --key-id arn:aws:kms:us-east-1
default=$(qami kms describe-key --key-id alias/aws/ebs --output text \
	--query KeyMetadata.KeyId)
fails AccessDeniedException qami kms enable --key-id "$default"
qami kms schedule-deletion --key-id "$key" >/dev/null
fails KMSInvalidStateException qami kms enable --key-id "$key"
qami kms cancel-deletion --key-id "$key" >/dev/null
qami kms enable --key-id "$key"
