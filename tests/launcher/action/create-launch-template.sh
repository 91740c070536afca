#!/bin/sh
# create-launch-template - what a template may say, names, tokens, tags
. tests/lib.sh

# make NAME DATA [OPTION…] - makes one
make()
{
	local name data

	name=$1
	data=$2
	shift 2
	qami create-launch-template --launch-template-name "$name" \
		--launch-template-data "$data" "$@"
}

# names: 3 to 128 of some characters, each once in an account
data=InstanceType=t2.nano
for name in ab "$(printf '%0129d' 0)" 'a b' 'ab*' 'äbc'; do
	fails InvalidLaunchTemplateName.MalformedException make "$name" $data
done
make "$(printf '%0128d' 0)" $data >/dev/null
make 'a-Z(0)./_' $data >/dev/null
fails InvalidLaunchTemplateName.AlreadyExistsException make 'a-Z(0)./_' $data
as 222222222222 create-launch-template --launch-template-name 'a-Z(0)./_' \
	--launch-template-data $data >/dev/null

# each parameter is checked for what it is, and no other is taken
fails MissingParameter make web '{}'
fails InvalidAMIID.Malformed make web ImageId=ami-1
fails InvalidParameterValue make web InstanceInitiatedShutdownBehavior=explode
fails InvalidParameterValue make web 'Placement={Tenancy=host}'
fails InvalidUserData.Malformed make web '{"UserData": "?"}'
fails MissingParameter make web 'BlockDeviceMappings=[{Ebs={VolumeSize=1}}]'
fails UnsupportedOperation make web 'HibernationOptions={Configured=true}'
fails UnsupportedOperation make web 'NetworkInterfaces=[{DeviceIndex=1}]'
fails InvalidParameterCombination make web \
	'NetworkInterfaces=[{DeviceIndex=0}],SecurityGroups=[web]'
fails InvalidParameterValue make web \
	'TagSpecifications=[{ResourceType=image,Tags=[{Key=a,Value=b}]}]'
fails InvalidParameterValue make web $data --version-description \
	"$(printf '%0256d' 0)"
for other in '{"SubnetId": "subnet-0fedcba9876543210"}' \
	'{"CpuOptions": {"CoreCount": 1}}'; do
	qami create-launch-template --launch-template-name web \
		--launch-template-data "$other" 2>"$TMPDIR/err" && exit 1
	has 'Unknown parameter in LaunchTemplateData' "$TMPDIR/err"
done
tags='ResourceType=launch-template,Tags=[{Key=team,Value=blue}]'
fails InvalidParameterValue make web $data --tag-specifications \
	'ResourceType=instance,Tags=[{Key=a,Value=b}]'
python3 -c 'import json
print(json.dumps([{"ResourceType": "launch-template", "Tags": [
    {"Key": "k%d" % i, "Value": ""} for i in range(51)]}]))' >"$TMPDIR/many"
data=ImageId=ami-0fedcba9876543210,InstanceType=t2.nano
fails TagLimitExceeded make web $data --tag-specifications \
	"file://$TMPDIR/many"
dry make web $data
fails InvalidLaunchTemplateName.NotFoundException qami \
	describe-launch-templates --launch-template-names web

# what is not there is found out by a launch; the template itself is as asked
make web $data --tag-specifications "$tags" --version-description first \
	--client-token one >"$TMPDIR/made"
for pair in LaunchTemplateName=web DefaultVersionNumber=1 \
	LatestVersionNumber=1 CreatedBy=arn:aws:iam::123456789012:root \
	Tags.0.Key=team; do
	same "${pair#*=}" "$(get "LaunchTemplate.${pair%%=*}" <"$TMPDIR/made")"
done
id=$(get LaunchTemplate.LaunchTemplateId <"$TMPDIR/made")
echo "$id" | grep -qE '^lt-[0-9a-f]{17}$'
fails InvalidAMIID.NotFound qami run-instances --launch-template \
	LaunchTemplateId="$id"

# the token again is the same one
make web $data --tag-specifications "$tags" --version-description first \
	--client-token one | cmp - "$TMPDIR/made"
fails IdempotentParameterMismatch make web $data --client-token one

# its tags are tags as any
qami create-tags --resources "$id" --tags Key=more,Value=x
same launch-template "$(qami describe-tags --filters \
	Name=resource-id,Values="$id" | get Tags.1.ResourceType)"
hidden "$id" create-tags --tags Key=x,Value=y --resources "$id"
