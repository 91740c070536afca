#!/bin/sh
# kms-disable-key - a key that is not used until it is enabled
. tests/lib.sh

state()
{
	qami kms describe-key --key-id "$key" --output text \
		--query 'KeyMetadata.[KeyState,Enabled]' | tr '\t' ' '
}

key=$(qami kms create-key --query KeyMetadata.KeyId --output text)
arn=arn:aws:kms:us-east-1:123456789012:key/$key
qami kms disable --key-id "$key"
same 'Disabled False' "$(state)"
fails InvalidKMSKey.InvalidState qami modify-ebs-default-kms-key-id \
	--kms-key-id "$key"
qami kms enable --key-id "$arn"
same 'Enabled True' "$(state)"
qami modify-ebs-default-kms-key-id --kms-key-id "$key" >/dev/null
# twice is as once
same '' "$(qami kms disable-key --key-id "$key")"
qami kms disable-key --key-id "$key"

fails NotFoundException as 222222222222 kms disable-key --key-id "$arn"
fails NotFoundException qami kms disable-key --key-id alias/aws/ebs
fails InvalidArnException qami kms disable-key --key-id arn:aws:kms
default=$(qami kms describe-key --key-id alias/aws/ebs --output text \
	--query KeyMetadata.KeyId)
fails AccessDeniedException qami kms disable-key --key-id "$default"
qami kms schedule-deletion --key-id "$key" >/dev/null
fails KMSInvalidStateException qami kms disable-key --key-id "$key"
