#!/bin/sh
# disable-ebs-encryption-by-default - for this account, from now on
. tests/lib.sh

said()
{
	as "$1" get-ebs-encryption-by-default | get EbsEncryptionByDefault
}

qami enable-ebs-encryption-by-default >/dev/null
before=$(said 123456789012)
dry qami disable-ebs-encryption-by-default
same "$before" "$(said 123456789012)"
qami disable-ebs-encryption-by-default >"$TMPDIR/answer"
tests/shape DisableEbsEncryptionByDefault "$TMPDIR/answer"
same False "$(get EbsEncryptionByDefault <"$TMPDIR/answer")"
same False "$(said 123456789012)"
qami disable-ebs-encryption-by-default | cmp - "$TMPDIR/answer"
# another account's is its own business
same False "$(said 222222222222)"
