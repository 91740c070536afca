#!/bin/sh
# get-ebs-encryption-by-default - whether new volumes are encrypted
. tests/lib.sh

dry qami get-ebs-encryption-by-default
qami get-ebs-encryption-by-default >"$TMPDIR/answer"
tests/shape GetEbsEncryptionByDefault "$TMPDIR/answer"
same False "$(get EbsEncryptionByDefault <"$TMPDIR/answer")"
same False "$(qami create-volume --size 1 --availability-zone us-east-1a |
	get Encrypted)"
qami enable-ebs-encryption-by-default >/dev/null
same True "$(qami get-ebs-encryption-by-default | get EbsEncryptionByDefault)"
