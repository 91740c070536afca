#!/bin/sh
# enable-ebs-encryption-by-default - for this account, from now on
. tests/lib.sh

said()
{
	as "$1" get-ebs-encryption-by-default | get EbsEncryptionByDefault
}

qami disable-ebs-encryption-by-default >/dev/null
before=$(said 123456789012)
dry qami enable-ebs-encryption-by-default
same "$before" "$(said 123456789012)"
qami enable-ebs-encryption-by-default >"$TMPDIR/answer"
tests/shape EnableEbsEncryptionByDefault "$TMPDIR/answer"
same True "$(get EbsEncryptionByDefault <"$TMPDIR/answer")"
same True "$(said 123456789012)"
qami enable-ebs-encryption-by-default | cmp - "$TMPDIR/answer"
# another account's is its own business
same False "$(said 222222222222)"
