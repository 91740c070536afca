#!/bin/sh
# kms-list-grants - who else may use a key, and for what
. tests/lib.sh

key=$(qami kms create-key --query KeyMetadata.KeyId --output text)
for grantee in 222222222222 333333333333 222222222222; do
	qami kms grant --key-id "$key" --grantee-principal $grantee \
		--operations DescribeKey Decrypt --query GrantId --output text
done >"$TMPDIR/made"
qami kms list-grants --key-id "$key" >"$TMPDIR/grants"
tests/shape kms.ListGrants "$TMPDIR/grants"
same '["Decrypt", "DescribeKey"]' "$(get Grants.0.Operations <"$TMPDIR/grants")"
same arn:aws:iam::333333333333:root \
	"$(get Grants.1.GranteePrincipal <"$TMPDIR/grants")"
same "arn:aws:kms:us-east-1:123456789012:key/$key" \
	"$(get Grants.0.KeyId <"$TMPDIR/grants")"
qami kms list-grants --key-id "$key" --query 'Grants[].GrantId' --output text |
	tr '\t' '\n' | cmp - "$TMPDIR/made"
same 2 "$(qami kms list-grants --key-id "$key" --query 'length(Grants)' \
	--grantee-principal arn:aws:iam::222222222222:root)"
same 1 "$(qami kms list-grants --key-id "$key" --query 'length(Grants)' \
	--grant-id "$(head -n 1 "$TMPDIR/made")")"

qami kms list-grants --key-id "$key" --limit 2 >"$TMPDIR/page"
marker=$(get NextMarker <"$TMPDIR/page")
same "$(tail -n 1 "$TMPDIR/made")" "$(qami kms list-grants --key-id "$key" \
	--marker "$marker" --query 'Grants[].GrantId' --output text)"
fails InvalidMarkerException qami kms list-grants --key-id "$key" \
	--marker "$marker" --grantee-principal 222222222222
fails ValidationException qami kms list-grants --key-id "$key" --limit 0
fails NotFoundException as 222222222222 kms list-grants --key-id "$key"
# not even who may describe a key sees who else may
fails NotFoundException as 222222222222 kms list-grants \
	--key-id "arn:aws:kms:us-east-1:123456789012:key/$key"
fails InvalidArnException qami kms list-grants --key-id "$key" \
	--grantee-principal me
