#!/bin/sh
# kms-describe-key - a key by its names, for those who may know of it
. tests/lib.sh

arn=arn:aws:kms:us-east-1:123456789012
qami kms create-key --description mine >"$TMPDIR/key"
key=$(get KeyMetadata.KeyId <"$TMPDIR/key")
qami kms create-alias --alias-name alias/web --target-key-id "$key"
for name in "$key" "$arn:key/$key" alias/web "$arn:alias/web"; do
	qami kms describe-key --key-id "$name" | cmp - "$TMPDIR/key"
done
tests/shape kms.DescribeKey "$TMPDIR/key"

# the AWS managed key is made when it is asked for, once, and for each account
qami kms describe-key --key-id alias/aws/ebs >"$TMPDIR/default"
tests/shape kms.DescribeKey "$TMPDIR/default"
same AWS "$(get KeyMetadata.KeyManager <"$TMPDIR/default")"
qami kms describe-key --key-id "$arn:alias/aws/ebs" |
	cmp - "$TMPDIR/default"
as 222222222222 kms describe-key --key-id alias/aws/ebs >"$TMPDIR/theirs"
same 2 "$(cat "$TMPDIR/default" "$TMPDIR/theirs" | grep '"KeyId"' |
	sort -u | wc -l)"

# another's looks like none, by whatever name
them=222222222222
fails NotFoundException as $them kms describe-key --key-id "$key"
fails NotFoundException as $them kms describe-key --key-id alias/web
fails NotFoundException as $them kms describe-key --key-id "$arn:alias/aws/ebs"
fails NotFoundException as $them kms describe-key --key-id "$arn:key/$key"
sed "s/$key/ID/" "$TMPDIR/err" >"$TMPDIR/real"
none=0fedcba9-0000-4000-8000-0fedcba98765
fails NotFoundException as $them kms describe-key --key-id "$arn:key/$none"
sed "s/$none/ID/" "$TMPDIR/err" | cmp - "$TMPDIR/real"

# until it is told of it
grant=$(qami kms grant --key-id "$key" --grantee-principal $them \
	--operations DescribeKey --query GrantId --output text)
as $them kms describe-key --key-id "$arn:key/$key" | cmp - "$TMPDIR/key"
fails NotFoundException as $them kms describe-key --key-id "$key"
qami kms revoke --key-id "$key" --grant-id "$grant"
fails NotFoundException as $them kms describe-key --key-id "$arn:key/$key" \
	--grant-tokens "$grant"

fails NotFoundException qami kms describe-key --key-id nonsense
fails NotFoundException qami kms describe-key \
	--key-id arn:aws:kms:eu-west-1:123456789012:alias/web
for bad in arn:aws:kms arn:aws:s3:us-east-1:123456789012:key/x \
	arn:aws:kms:us-east-1:1234:key/x "$arn:grant/x"; do
	fails InvalidArnException qami kms describe-key --key-id $bad
done
