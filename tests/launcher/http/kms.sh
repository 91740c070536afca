#!/bin/sh
# kms - the key service by Debian's aws and boto3: what they read is what the
# command line says, between two accounts
. tests/clients/lib.sh

endpoint_here
aws kms create-key --description 'of aws' >"$TMPDIR/made"
key=$(get KeyMetadata.KeyId <"$TMPDIR/made")
qami kms describe-key --key-id "$key" --output json >"$TMPDIR/ours"
tests/clients/beside "$TMPDIR/made" "$TMPDIR/ours"
same '' "$(aws kms create-alias --alias-name alias/aws-made \
	--target-key-id "$key")"
if aws kms describe-key --key-id alias/none 2>"$TMPDIR/err"; then
	exit 1
fi
has '(NotFoundException) when calling the DescribeKey operation: Alias' \
	"$TMPDIR/err"

as 222222222222 access-key create --output json >"$TMPDIR/theirs"
/usr/bin/python3 - "$TMPDIR/theirs" <<'PYTHON'
import datetime
import json
import os
import sys

import boto3
import botocore.exceptions

URL = os.environ["AWS_ENDPOINT_URL"]
with open(sys.argv[1], encoding="utf-8") as file:
    theirs = json.load(file)
theirs = theirs.get("AccessKey", theirs)
kms = boto3.client("kms", endpoint_url=URL)
other = boto3.client("kms", endpoint_url=URL,
                     aws_access_key_id=theirs["AccessKeyId"],
                     aws_secret_access_key=theirs["SecretAccessKey"])


def refused(error, function, **params):
    """The client has a class of its own for each of KMS's errors."""
    try:
        function(**params)
    except getattr(kms.exceptions, error):
        return
    raise AssertionError(error + " was not raised")


for number in range(6):
    kms.create_key(Description=str(number))
pages = list(kms.get_paginator("list_keys").paginate(
    PaginationConfig={"PageSize": 3}))
assert [len(page["Keys"]) for page in pages] == [3, 3, 1], pages
arn = pages[1]["Keys"][0]["KeyArn"]
metadata = kms.describe_key(KeyId=arn)["KeyMetadata"]
assert metadata["Description"] == "2", metadata
age = datetime.datetime.now(datetime.timezone.utc) - metadata["CreationDate"]
assert abs(age.total_seconds()) < 600, age

# between two accounts
refused("NotFoundException", other.describe_key, KeyId=arn)
grant = kms.create_grant(KeyId=arn, Operations=["DescribeKey"],
                         GranteePrincipal="arn:aws:iam::222222222222:root")
assert other.describe_key(KeyId=arn)["KeyMetadata"] == metadata
refused("NotFoundException", other.disable_key, KeyId=arn)
kms.revoke_grant(KeyId=arn, GrantId=grant["GrantId"])
refused("NotFoundException", other.describe_key, KeyId=arn)

names = [page["Aliases"] for page in
         kms.get_paginator("list_aliases").paginate()]
assert [one["AliasName"] for one in names[0]] == ["alias/aws-made"], names
refused("AlreadyExistsException", kms.create_alias,
        AliasName="alias/aws-made", TargetKeyId=arn)
kms.disable_key(KeyId=arn)
refused("DisabledException", kms.create_grant, KeyId=arn,
        Operations=["Decrypt"], GranteePrincipal="222222222222")
gone = kms.schedule_key_deletion(KeyId=arn, PendingWindowInDays=8)
assert gone["DeletionDate"] == \
    kms.describe_key(KeyId=arn)["KeyMetadata"]["DeletionDate"], gone
refused("KMSInvalidStateException", kms.enable_key, KeyId=arn)
refused("InvalidArnException", kms.enable_key, KeyId="arn:aws:kms")
assert kms.cancel_key_deletion(KeyId=arn)["KeyId"] == arn

# nothing leaves the store
for name, params in (
        ("generate_data_key", {"KeySpec": "AES_256"}),
        ("encrypt", {"Plaintext": b"x"})):
    try:
        getattr(kms, name)(KeyId=arn, **params)
    except botocore.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == \
            "UnknownOperationException", error
    else:
        raise AssertionError(name)
PYTHON
no_faults

# nor is a key in the log, or in what the server shows of itself
python3 - "$QAMI_STORE/keys/master" "$TMPDIR/served.log" "/proc/$SERVED" <<'PYTHON'
import pathlib
import sys

master, log, server = map(pathlib.Path, sys.argv[1:])
key = master.read_bytes()
for path in (log, server / "environ", server / "cmdline"):
    try:
        text = path.read_bytes()
    except PermissionError:
        continue  # of a process that is not to be looked into
    assert key not in text and key.hex().encode() not in text.lower(), path
PYTHON
