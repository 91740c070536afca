#!/bin/sh
# matrix - who may do what at the endpoint, for every action there is
# boots guests
. tests/lib.sh

guests_here
them=222222222222
# things ACCOUNT - makes one of each and prints them as JSON
things()
{
	local image instance

	image=$(as "$1" images -q | head -n 1)
	instance=$(as "$1" run-instances --image-id "$image" --output text \
		--query 'Instances[0].InstanceId')
	as "$1" create-key-pair --key-name "key-$1" --key-type ed25519 \
		--output text --query KeyPairId >"$TMPDIR/keyid"
	as "$1" create-security-group --group-name "group-$1" \
		--description d --output text --query GroupId >"$TMPDIR/sg"
	as "$1" authorize-security-group-ingress --group-id \
		"$(cat "$TMPDIR/sg")" --protocol tcp --port 22 \
		--cidr 127.0.0.1/32 --output text \
		--query 'SecurityGroupRules[0].SecurityGroupRuleId' \
		>"$TMPDIR/sgr"
	as "$1" create-volume --availability-zone us-east-1a --size 1 \
		--output text --query VolumeId >"$TMPDIR/vol"
	as "$1" create-snapshot --volume-id "$(cat "$TMPDIR/vol")" \
		--output text --query SnapshotId >"$TMPDIR/snap"
	as "$1" import-snapshot --disk-container "File=$TMPDIR/disk.raw" \
		--output text --query ImportTaskId >"$TMPDIR/import"
	sql "INSERT INTO bundle_task (id, owner, instance, bucket, prefix,
		state, started, updated) VALUES ('bun-00000$1', '$1', '$instance',
		'b', 'p', 'complete', 1, 1)"
	sql "INSERT INTO root_task (id, owner, instance, state, snapshot,
		launched, volume, replaced, remove, started, ended) VALUES (
		'replacevol-00000$1', '$1', '$instance', 'failed', '', '', '',
		'', 0, 1, 1)"
	sql "INSERT INTO image_task (id, kind, owner, bucket, key, request,
		state, started, updated) VALUES
		('export-ami-00000$1', 'export', '$1', 'b', 'k', '{}',
		'completed', 1, 1), ('import-ami-00000$1', 'import', '$1',
		'b', 'k', '{}', 'completed', 1, 1)"
	as "$1" kms create-key --query KeyMetadata.Arn --output text \
		>"$TMPDIR/kms"
	as "$1" kms create-alias --alias-name "alias/of-$1" \
		--target-key-id "$(cat "$TMPDIR/kms")"
	as "$1" kms grant --key-id "$(cat "$TMPDIR/kms")" --operations Decrypt \
		--grantee-principal 444444444444 --query GrantId --output text \
		>"$TMPDIR/grant"
	as "$1" ec2-upload-bundle -b "bucket-$1" -m "$TMPDIR/b.manifest.xml" \
		--retry >/dev/null
	as "$1" create-launch-template --launch-template-name "template-$1" \
		--launch-template-data "ImageId=$image" --output text \
		--query LaunchTemplate.LaunchTemplateId >"$TMPDIR/lt"
	as "$1" rbin create-rule --resource-type EBS_SNAPSHOT --output text \
		--retention-period RetentionPeriodValue=1,RetentionPeriodUnit=DAYS \
		--resource-tags ResourceTagKey=keep --query RuleArn >"$TMPDIR/arn"
	as "$1" rbin create-rule --resource-type EC2_IMAGE --output text \
		--retention-period RetentionPeriodValue=1,RetentionPeriodUnit=DAYS \
		--query Identifier >"$TMPDIR/rule"
	as "$1" rbin create-rule --resource-type EC2_IMAGE --output text \
		--retention-period RetentionPeriodValue=1,RetentionPeriodUnit=DAYS \
		--query Identifier >"$TMPDIR/rule2"
	as "$1" create-snapshot --volume-id "$(cat "$TMPDIR/vol")" \
		--tag-specifications \
		'ResourceType=snapshot,Tags=[{Key=keep,Value=1}]' \
		--output text --query SnapshotId >"$TMPDIR/binsnap"
	as "$1" delete-snapshot --snapshot-id "$(cat "$TMPDIR/binsnap")"
	as "$1" register-image --name "bin-$1" --output text \
		--block-device-mappings \
		"DeviceName=/dev/sda1,Ebs={SnapshotId=$(cat "$TMPDIR/snap")}" \
		>"$TMPDIR/binami"
	as "$1" deregister-image --image-id "$(cat "$TMPDIR/binami")" >/dev/null
	as "$1" autoscaling create-auto-scaling-group --min-size 0 \
		--max-size 0 --auto-scaling-group-name "asg-$1" \
		--launch-template "LaunchTemplateName=template-$1"
	cat <<END
{"binarn": "$(cat "$TMPDIR/arn")", "binrule": "$(cat "$TMPDIR/rule")",
 "binrule2": "$(cat "$TMPDIR/rule2")",
 "binsnap": "$(cat "$TMPDIR/binsnap")", "binami": "$(cat "$TMPDIR/binami")",
 "ami": "$image", "i": "$instance", "keyname": "key-$1",
 "keyid": "$(cat "$TMPDIR/keyid")", "sgname": "group-$1",
 "sg": "$(cat "$TMPDIR/sg")", "sgr": "$(cat "$TMPDIR/sgr")",
 "lt": "$(cat "$TMPDIR/lt")", "ltname": "template-$1",
 "asg": "asg-$1",
 "vol": "$(cat "$TMPDIR/vol")", "snap": "$(cat "$TMPDIR/snap")",
 "bucket": "bucket-$1", "bun": "bun-00000$1",
 "replacevol": "replacevol-00000$1",
 "import": "$(cat "$TMPDIR/import")",
 "export-ami": "export-ami-00000$1", "import-ami": "import-ami-00000$1",
 "kmsarn": "$(cat "$TMPDIR/kms")",
 "kmskey": "$(sed 's|.*/||' "$TMPDIR/kms")", "kmsalias": "alias/of-$1",
 "kmsgrant": "$(cat "$TMPDIR/grant")",
 "vpc": $(as "$1" describe-vpcs --query 'Vpcs[0].VpcId'),
 "subnet": $(as "$1" describe-subnets --query 'Subnets[0].SubnetId'),
 "eni": $(as "$1" describe-network-interfaces \
	--query 'NetworkInterfaces[0].NetworkInterfaceId')}
END
}

# lent ACCOUNT TO - an image of theirs and its snapshot that others may use
lent()
{
	local image snap

	image=$(as $them images -q --filters "Name=name,Values=$1" 2>/dev/null) ||
		image=$(as $them describe-images --output text --owners self \
			--filters "Name=name,Values=$1" \
			--query 'Images[0].ImageId')
	snap=$(as $them describe-images --image-ids "$image" --output text \
		--query 'Images[0].BlockDeviceMappings[0].Ebs.SnapshotId')
	as $them modify-image-attribute --image-id "$image" \
		--launch-permission "Add=[{$2}]"
	as $them modify-snapshot-attribute --snapshot-id "$snap" \
		--create-volume-permission "Add=[{$2}]"
	echo "\"$image\" \"$snap\""
}

disk "$TMPDIR/disk.raw"
(cd "$TMPDIR" && ec2-bundle-image -i disk.raw -p b -d . -r x86_64 >/dev/null)
image own >/dev/null
for name in foreign shared public; do
	as $them import "$TMPDIR/disk.raw" --name $name >/dev/null
done
things 123456789012 >"$TMPDIR/own"
things $them >"$TMPDIR/foreign"
lent shared UserId=123456789012 >"$TMPDIR/shared"
lent public Group=all >"$TMPDIR/public"
as 123456789012 access-key create --output json >"$TMPDIR/key"
python3 - "$TMPDIR" >"$TMPDIR/things" <<'END'
import json, sys
def read(name):
    with open(f"{sys.argv[1]}/{name}", encoding="utf-8") as file:
        return file.read()
ids = {}
for whose in ("own", "foreign"):
    for kind, thing in json.loads(read(whose)).items():
        ids.setdefault(kind, {})[whose] = thing
for whose in ("shared", "public"):
    for kind, thing in zip(("ami", "snap"), read(whose).split()):
        ids[kind][whose] = thing.strip('"')
key = json.loads(read("key"))
key = key.get("AccessKey", key)
caller = {"id": key["AccessKeyId"], "secret": key["SecretAccessKey"]}
unknown = {"id": "AKIAAAAAAAAAAAAAAAAA", "secret": caller["secret"]}
print(json.dumps({"ids": ids, "keys": {"caller": caller, "unknown": unknown}}))
END
qami self-test --parameters >"$TMPDIR/rows"
served
tests/launcher/http/matrix.py "$AWS_ENDPOINT_URL" "$TMPDIR/rows" \
	"$TMPDIR/things" >"$TMPDIR/said" || {
	cat "$TMPDIR/said" >&2
	exit 1
}
cat "$TMPDIR/said"
# and each request has its line in the log
same "$(sed 's/ .*//;q' "$TMPDIR/said")" "$(wc -l <"$TMPDIR/served.log")"
