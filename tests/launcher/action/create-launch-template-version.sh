#!/bin/sh
# create-launch-template-version - numbers, and what is taken from a source
. tests/lib.sh

template=--launch-template-name=web
qami create-launch-template --launch-template-name web \
	--launch-template-data '{"ImageId": "ami-0123456789abcdef0",
	"InstanceType": "t2.nano", "KeyName": "key", "UserData": "YQ==",
	"Monitoring": {"Enabled": true}, "BlockDeviceMappings": [
	{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 3,
	"SnapshotId": "snap-0123456789abcdef0"}}]}' >"$TMPDIR/made"
id=$(get LaunchTemplate.LaunchTemplateId <"$TMPDIR/made")

# add [OPTION…] - makes a version of one parameter; its answer is in $TMPDIR/add
add()
{
	qami create-launch-template-version --launch-template-data \
		InstanceType=t2.micro "$@" >"$TMPDIR/add"
}

# data - what the version says
data()
{
	get LaunchTemplateVersion.LaunchTemplateData <"$TMPDIR/add"
}

fails MissingParameter add
fails InvalidParameterCombination add $template --launch-template-id "$id"
fails InvalidLaunchTemplateId.Malformed add --launch-template-id lt-1
fails InvalidLaunchTemplateId.NotFound add \
	--launch-template-id lt-0fedcba9876543210
fails InvalidLaunchTemplateName.NotFoundException add \
	--launch-template-name nobody
fails InvalidLaunchTemplateId.VersionNotFound add $template --source-version 2
fails InvalidParameterValue add $template --source-version two
fails UnsupportedOperation qami create-launch-template-version $template \
	--launch-template-data 'EnclaveOptions={Enabled=true}'
hidden "$id" create-launch-template-version --launch-template-id "$id" \
	--launch-template-data InstanceType=t2.micro
dry add $template

# alone it says what is given, with a source what that says, too: members whole,
# block devices without their snapshots
add $template --version-description second
for pair in VersionNumber=2 DefaultVersion=False VersionDescription=second \
	LaunchTemplateName=web LaunchTemplateId="$id"; do
	same "${pair#*=}" \
		"$(get "LaunchTemplateVersion.${pair%%=*}" <"$TMPDIR/add")"
done
same '{"InstanceType": "t2.micro"}' "$(data)"
add --launch-template-id "$id" --source-version 1
same 3 "$(get LaunchTemplateVersion.VersionNumber <"$TMPDIR/add")"
same '{"ImageId": "ami-0123456789abcdef0", "InstanceType": "t2.micro",
"BlockDeviceMappings": [{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 3}}],
"KeyName": "key", "Monitoring": {"Enabled": true}, "UserData": "YQ=="}' \
	"$(data | sed 's/, "B/,\n"B/; s/, "K/,\n"K/')"
qami create-launch-template-version $template --source-version '$Latest' \
	--launch-template-data 'BlockDeviceMappings=[{DeviceName=/dev/sdf,Ebs={SnapshotId=snap-00000000000000001}}]' \
	>"$TMPDIR/add"
same '[{"DeviceName": "/dev/sdf", "Ebs": {"SnapshotId": "snap-00000000000000001"}}]' \
	"$(get LaunchTemplateVersion.LaunchTemplateData.BlockDeviceMappings \
	<"$TMPDIR/add")"

# a token makes one, a number is never used twice
add $template --client-token one
cp "$TMPDIR/add" "$TMPDIR/one"
add $template --client-token one
cmp "$TMPDIR/add" "$TMPDIR/one"
fails IdempotentParameterMismatch add $template --client-token one \
	--source-version 1
qami delete-launch-template-versions $template --versions 5 >/dev/null
add $template
same 6 "$(get LaunchTemplateVersion.VersionNumber <"$TMPDIR/add")"
same 1 "$(qami describe-launch-templates |
	get LaunchTemplates.0.DefaultVersionNumber)"
