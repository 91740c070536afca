#!/bin/sh
# run-instances with a launch template: the request goes over it, member by
# member, block devices by their names, tags by what they are for
# boots guests
. tests/lib.sh

guests_here
ami=$(image alpha)
qami create-key-pair --key-name web --key-type ed25519 >"$TMPDIR/key"
id=$(qami create-launch-template --launch-template-name web --output text \
	--query LaunchTemplate.LaunchTemplateId --launch-template-data "{
	\"ImageId\": \"$ami\", \"InstanceType\": \"t2.nano\",
	\"KeyName\": \"web\", \"UserData\": \"$(printf one | base64)\",
	\"InstanceInitiatedShutdownBehavior\": \"terminate\",
	\"SecurityGroups\": [\"nobody\"], \"BlockDeviceMappings\": [
	{\"DeviceName\": \"/dev/sda1\", \"Ebs\": {\"VolumeSize\": 2}},
	{\"DeviceName\": \"/dev/sdf\", \"Ebs\": {\"VolumeSize\": 3}}],
	\"TagSpecifications\": [
	{\"ResourceType\": \"instance\", \"Tags\": [
	{\"Key\": \"of\", \"Value\": \"template\"}]},
	{\"ResourceType\": \"volume\", \"Tags\": [
	{\"Key\": \"of\", \"Value\": \"template\"}]}]}")

# run [OPTION…] - launches; the answer is in $TMPDIR/run
run()
{
	qami run-instances --launch-template LaunchTemplateName=web "$@" \
		>"$TMPDIR/run"
}

fails InvalidGroup.NotFound run
fails InvalidLaunchTemplateId.NotFound qami run-instances --launch-template \
	LaunchTemplateId=lt-0fedcba9876543210
fails InvalidLaunchTemplateName.NotFoundException qami run-instances \
	--launch-template LaunchTemplateName=nobody
fails InvalidLaunchTemplateId.VersionNotFound qami run-instances \
	--launch-template "LaunchTemplateId=$id,Version=2"
fails InvalidLaunchTemplateId.Malformed qami run-instances \
	--launch-template LaunchTemplateId=lt-1
fails InvalidParameterCombination qami run-instances \
	--launch-template "LaunchTemplateId=$id,LaunchTemplateName=web"
fails MissingParameter qami run-instances --launch-template Version=1
hidden "$id" run-instances --launch-template "LaunchTemplateId=$id"
qami create-launch-template-version --launch-template-name web \
	--launch-template-data InstanceType=t2.nano >"$TMPDIR/made"
fails MissingParameter qami run-instances \
	--launch-template "LaunchTemplateName=web,Version=\$Latest"
has 'must contain the parameter ImageId' "$TMPDIR/err"
dry run --security-groups default
same '' "$(qami ps -qa)"

run --security-group-ids "$(qami describe-security-groups --output text \
	--query 'SecurityGroups[0].GroupId')" --user-data two \
	--client-token once --block-device-mappings \
	'DeviceName=/dev/sdf,Ebs={VolumeSize=1}' \
	'DeviceName=/dev/sdg,Ebs={VolumeSize=4}' --tag-specifications \
	'ResourceType=instance,Tags=[{Key=own,Value=x}]'
for pair in InstanceType=t2.nano KeyName=web ImageId="$ami" \
	SecurityGroups.0.GroupName=default; do
	same "${pair#*=}" "$(get "Instances.0.${pair%%=*}" <"$TMPDIR/run")"
done
guest=$(get Instances.0.InstanceId <"$TMPDIR/run")
same "aws:ec2launchtemplate:id $id
aws:ec2launchtemplate:version 1
own x" "$(qami describe-tags --filters Name=resource-id,Values="$guest" \
	--query 'Tags[].[Key,Value]' --output text | tr '\t' ' ')"
same '/dev/sda1 2 template
/dev/sdf 1 template
/dev/sdg 4 template' "$(qami describe-volumes --output text --query \
	'Volumes[].[Attachments[0].Device,Size,Tags[0].Value]' | sort |
	tr '\t' ' ')"
same terminate "$(sql 'SELECT shutdown_behavior FROM instance')"
same two "$(qami describe-instance-attribute --instance-id "$guest" \
	--attribute userData | get UserData.Value | base64 -d)"

# its tags are nobody's to change
fails InvalidParameterValue qami delete-tags --resources "$guest" \
	--tags Key=aws:ec2launchtemplate:id
qami delete-tags --resources "$guest"
same 2 "$(qami describe-tags --filters Name=resource-id,Values="$guest" \
	--query 'length(Tags)')"

# the token again needs no template
qami delete-launch-template --launch-template-name web >"$TMPDIR/gone"
run --security-group-ids "$(qami describe-security-groups --output text \
	--query 'SecurityGroups[0].GroupId')" --user-data two \
	--client-token once --block-device-mappings \
	'DeviceName=/dev/sdf,Ebs={VolumeSize=1}' \
	'DeviceName=/dev/sdg,Ebs={VolumeSize=4}' --tag-specifications \
	'ResourceType=instance,Tags=[{Key=own,Value=x}]'
same "$guest" "$(get Instances.0.InstanceId <"$TMPDIR/run")"
same 1 "$(qami ps -q | wc -l)"
