#!/bin/sh
# describe-launch-templates - whose, by names, ids, filters and tags
. tests/lib.sh

describe=describe-launch-templates
# new NAME - its id
new()
{
	qami create-launch-template --launch-template-name "$1" --output text \
		--launch-template-data InstanceType=t2.nano \
		--query LaunchTemplate.LaunchTemplateId --tag-specifications \
		"ResourceType=launch-template,Tags=[{Key=is,Value=$1}]"
}
web=$(new web)
for name in dbs mail news cache proxy; do
	new $name
done >"$TMPDIR/ids"
as 222222222222 create-launch-template --launch-template-name theirs \
	--launch-template-data InstanceType=t2.nano >/dev/null

# names [OPTION…] - of what is listed
names()
{
	qami $describe --output text \
		--query 'LaunchTemplates[].LaunchTemplateName' "$@" |
		tr '\t' ' '
}
same 'web dbs mail news cache proxy' "$(names)"
same 'web dbs' "$(names --launch-template-names dbs --launch-template-ids "$web")"
fails InvalidLaunchTemplateName.NotFoundException qami $describe \
	--launch-template-names web theirs
fails InvalidLaunchTemplateId.NotFound qami $describe \
	--launch-template-ids "$web" lt-0fedcba9876543210
fails InvalidLaunchTemplateId.Malformed qami $describe \
	--launch-template-ids lt-1
fails InvalidParameterCombination qami $describe --max-results 5 \
	--launch-template-ids "$web"
fails InvalidParameterValue qami $describe --max-results 201
fails InvalidNextToken qami $describe --next-token bm8gdG9rZW4=
hidden "$web" $describe --launch-template-ids "$web"
finds 1 $describe launch-template-name=web tag:is=dbs
finds 6 $describe tag-key=is 'create-time=20*'
finds 3 $describe 'launch-template-name=*e*'
finds 0 $describe launch-template-name=theirs tag:is=x
dry qami $describe
