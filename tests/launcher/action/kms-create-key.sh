#!/bin/sh
# kms-create-key - a key of the caller's, whose material nobody sees
. tests/lib.sh

qami kms create-key --description 'déjà vu' >"$TMPDIR/key"
tests/shape kms.CreateKey "$TMPDIR/key"
key=$(get KeyMetadata.KeyId <"$TMPDIR/key")
echo "$key" | grep -qxE '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'
same "arn:aws:kms:us-east-1:123456789012:key/$key" \
	"$(get KeyMetadata.Arn <"$TMPDIR/key")"
same 'Enabled CUSTOMER True déjà vu' "$(for member in KeyState KeyManager \
	Enabled Description; do get KeyMetadata.$member <"$TMPDIR/key"; done |
	paste -sd ' ')"
qami kms-create-key --key-usage ENCRYPT_DECRYPT --key-spec SYMMETRIC_DEFAULT \
	--origin AWS_KMS --no-multi-region >/dev/null
qami create-key --customer-master-key-spec SYMMETRIC_DEFAULT >/dev/null
same 3 "$(sql 'SELECT count(DISTINCT sealed) FROM kms_key
	WHERE length(sealed) = 60')"
same '600 700' "$(stat -c %a "$QAMI_STORE/keys/master" "$QAMI_STORE/keys" |
	paste -sd ' ')"

fails ValidationException qami kms create-key --key-spec RSA_2048
fails ValidationException qami kms create-key --key-usage SIGN_VERIFY
fails ValidationException qami kms create-key --origin EXTERNAL
fails ValidationException qami kms create-key --description \
	"$(head -c 8193 /dev/zero | tr '\0' x)"
fails UnsupportedOperationException qami kms create-key --multi-region
sql "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
	WHERE i < 9997) INSERT INTO kms_key (id, owner, manager, description,
	state, sealed, created) SELECT 'k' || i, '123456789012', 'CUSTOMER', '',
	'Enabled', x'00', 1 FROM n"
fails LimitExceededException qami kms create-key
as 222222222222 kms create-key >/dev/null
