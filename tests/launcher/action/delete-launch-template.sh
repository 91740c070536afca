#!/bin/sh
# delete-launch-template - it goes with its versions and tags
. tests/lib.sh

# new NAME - its id
new()
{
	qami create-launch-template --launch-template-name "$1" --output text \
		--launch-template-data InstanceType=t2.nano \
		--query LaunchTemplate.LaunchTemplateId --tag-specifications \
		'ResourceType=launch-template,Tags=[{Key=a,Value=b}]'
}

remove() { qami delete-launch-template "$@"; }
a=$(new aaa)
b=$(new bbb)
qami create-launch-template-version --launch-template-id "$a" \
	--launch-template-data InstanceType=t2.micro >"$TMPDIR/made"
fails MissingParameter remove
fails InvalidParameterCombination remove --launch-template-name aaa \
	--launch-template-id "$a"
fails InvalidLaunchTemplateId.Malformed remove --launch-template-id lt-1
fails InvalidLaunchTemplateId.NotFound remove \
	--launch-template-id lt-0fedcba9876543210
fails InvalidLaunchTemplateName.NotFoundException remove \
	--launch-template-name nobody
hidden "$a" delete-launch-template --launch-template-id "$a"
dry remove --launch-template-name aaa

same 2 "$(remove --launch-template-name aaa |
	get LaunchTemplate.LatestVersionNumber)"
fails InvalidLaunchTemplateId.NotFound remove --launch-template-id "$a"
same "$b 1 1" "$(sql "SELECT id || ' ' || (SELECT count(*) FROM
	template_version) || ' ' || (SELECT count(*) FROM tag)
	FROM launch_template")"
[ "$(new aaa)" != "$a" ]
remove --launch-template-id "$b" >"$TMPDIR/gone"
fails InvalidLaunchTemplateName.NotFoundException remove \
	--launch-template-name bbb
