#!/bin/sh
# rbin - the recycle bin by Debian's aws and boto3: rules, what they keep, and
# that it comes back
. tests/clients/lib.sh

endpoint_here
aws rbin create-rule --resource-type EBS_SNAPSHOT --description 'of aws' \
	--retention-period RetentionPeriodValue=7,RetentionPeriodUnit=DAYS \
	>"$TMPDIR/made"
rule=$(get Identifier <"$TMPDIR/made")
aws rbin get-rule --identifier "$rule" >"$TMPDIR/got"
same 'of aws' "$(get Description <"$TMPDIR/got")"
if aws rbin get-rule --identifier 00000000000 2>"$TMPDIR/err"; then
	exit 1
fi
has '(ResourceNotFoundException) when calling the GetRule operation: Rule' \
	"$TMPDIR/err"
vol=$(qami create-volume --availability-zone us-east-1a --size 1 \
	--output text --query VolumeId)
snap=$(qami create-snapshot --volume-id "$vol" --output text \
	--query SnapshotId)
aws ec2 delete-snapshot --snapshot-id "$snap"
aws ec2 list-snapshots-in-recycle-bin >"$TMPDIR/theirs"
qami list-snapshots-in-recycle-bin >"$TMPDIR/ours"
tests/clients/beside "$TMPDIR/theirs" "$TMPDIR/ours"
same "$snap" "$(get Snapshots.0.SnapshotId <"$TMPDIR/theirs")"
aws ec2 restore-snapshot-from-recycle-bin --snapshot-id "$snap" \
	>"$TMPDIR/answer"
same completed "$(get State <"$TMPDIR/answer")"
same '' "$(aws rbin delete-rule --identifier "$rule")"

as 222222222222 access-key create --output json >"$TMPDIR/key"
/usr/bin/python3 - "$TMPDIR/key" <<'PYTHON'
import datetime
import json
import os
import sys

import boto3

URL = os.environ["AWS_ENDPOINT_URL"]
with open(sys.argv[1], encoding="utf-8") as file:
    theirs = json.load(file)
theirs = theirs.get("AccessKey", theirs)
rbin = boto3.client("rbin", endpoint_url=URL)
other = boto3.client("rbin", endpoint_url=URL,
                     aws_access_key_id=theirs["AccessKeyId"],
                     aws_secret_access_key=theirs["SecretAccessKey"])
DAYS = {"RetentionPeriodValue": 7, "RetentionPeriodUnit": "DAYS"}
DELAY = {"UnlockDelay": {"UnlockDelayValue": 7, "UnlockDelayUnit": "DAYS"}}


def refused(error, reason, function, **params):
    """The client has a class of its own for each error, which has a reason."""
    try:
        function(**params)
    except getattr(rbin.exceptions, error) as raised:
        assert raised.response["Reason"] == reason, raised.response
        return
    raise AssertionError(error + " was not raised")


made = [rbin.create_rule(RetentionPeriod=DAYS, ResourceType="EC2_IMAGE",
                         Description=f"d\u00e9j\u00e0 {number}")["Identifier"]
        for number in range(5)]
pages = list(rbin.get_paginator("list_rules").paginate(
    ResourceType="EC2_IMAGE", PaginationConfig={"PageSize": 2}))
assert [[rule["Identifier"] for rule in page["Rules"]] for page in pages] == [
    made[:2], made[2:4], made[4:]], pages
rule = made[0]
assert rbin.get_rule(Identifier=rule)["Description"] == "d\u00e9j\u00e0 0"
refused("ResourceNotFoundException", "RULE_NOT_FOUND", other.get_rule,
        Identifier=rule)
refused("ValidationException", "INVALID_PARAMETER_VALUE", rbin.create_rule,
        RetentionPeriod={**DAYS, "RetentionPeriodValue": 366},
        ResourceType="EC2_IMAGE")
refused("ValidationException", "INVALID_PAGE_TOKEN", rbin.list_rules,
        ResourceType="EC2_IMAGE", NextToken="bm8=")

# ARNs in paths, keys in queries
arn = f"arn:aws:rbin:us-east-1:123456789012:rule/{rule}"
rbin.tag_resource(ResourceArn=arn, Tags=[{"Key": "a=b/c&d", "Value": "%2F +"},
                                         {"Key": "e", "Value": ""}])
assert rbin.list_tags_for_resource(ResourceArn=arn)["Tags"] == [
    {"Key": "a=b/c&d", "Value": "%2F +"}, {"Key": "e", "Value": ""}]
rbin.untag_resource(ResourceArn=arn, TagKeys=["a=b/c&d", "x"])
assert rbin.list_tags_for_resource(ResourceArn=arn)["Tags"] == [
    {"Key": "e", "Value": ""}]
refused("ResourceNotFoundException", "RULE_NOT_FOUND",
        other.list_tags_for_resource, ResourceArn=arn)

# locks
assert rbin.lock_rule(Identifier=rule, LockConfiguration=DELAY)[
    "LockState"] == "locked"
refused("ConflictException", "INVALID_RULE_STATE", rbin.update_rule,
        Identifier=rule, Description="other")
ends = rbin.unlock_rule(Identifier=rule)["LockEndTime"]
days = (ends - datetime.datetime.now(datetime.timezone.utc)).total_seconds()
assert abs(days - 7 * 86400) < 600, ends
refused("ConflictException", "INVALID_RULE_STATE", rbin.delete_rule,
        Identifier=rule)
changed = rbin.update_rule(Identifier=made[1], ResourceTags=[
    {"ResourceTagKey": "k", "ResourceTagValue": ""}])
assert changed["ResourceTags"][0]["ResourceTagValue"] == "", changed
assert rbin.update_rule(Identifier=made[1], ResourceTags=[])[
    "ResourceTags"] == []
PYTHON
