#!/bin/sh
# get-ebs-encryption-by-default - new volumes are not encrypted
. tests/lib.sh

dry qami get-ebs-encryption-by-default
qami get-ebs-encryption-by-default >"$TMPDIR/answer"
tests/shape GetEbsEncryptionByDefault "$TMPDIR/answer"
same False "$(get EbsEncryptionByDefault <"$TMPDIR/answer")"
same False "$(qami create-volume --size 1 --availability-zone us-east-1a |
	get Encrypted)"
