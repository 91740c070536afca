#!/bin/sh
# autoscaling describe-auto-scaling-groups - whose, by names, by tags, page by page
. tests/lib.sh
. tests/scaling.sh

template "ImageId=$(image alpha),InstanceType=t2.nano"
for name in one two 'th*ee'; do
	qami autoscaling create-auto-scaling-group --min-size 0 --max-size 0 \
		--launch-template LaunchTemplateName=web \
		--auto-scaling-group-name "$name"
done
list() { qami autoscaling describe-auto-scaling-groups "$@"; }
names()
{
	list --output text --query 'AutoScalingGroups[].AutoScalingGroupName' \
		"$@" | tr '\t' ' '
}
same 'one two th*ee' "$(names)"
same 'one th*ee' "$(names --auto-scaling-group-names 'th*ee' one nobody)"
same '' "$(names --auto-scaling-group-names 'o*')"
same '' "$(as 222222222222 autoscaling describe-auto-scaling-groups \
	--output text --query 'AutoScalingGroups[].AutoScalingGroupName')"
list --max-records 2 >"$TMPDIR/page"
token=$(get NextToken <"$TMPDIR/page")
same 'th*ee' "$(names --max-records 2 --next-token "$token")"
fails InvalidNextToken list --auto-scaling-group-names one \
	--next-token "$token"
fails ValidationError list --max-records 101

# by tags: each filter is passed by one of a group's, each value means itself
as_tagged()
{
	qami autoscaling create-or-update-tags --tags "ResourceType=auto-scaling-group,PropagateAtLaunch=true,ResourceId=$1,Key=$2,Value=$3"
}
as_tagged one env test
as_tagged one team 'a*'
as_tagged two env live
as_tagged 'th*ee' team ab
same 'one two' "$(names --filters Name=tag-key,Values=env)"
same 'one two th*ee' "$(names --filters Name=tag-key,Values=env,team)"
same two "$(names --filters Name=tag-value,Values=live,Live)"
same one "$(names --filters Name=tag:team,Values='a*')"
same '' "$(names --filters Name=tag:team,Values=test)"
same one "$(names --filters Name=tag:env,Values=test,live \
	Name=tag-key,Values=team)"
same 'th*ee' "$(names --filters Name=tag:team,Values=ab \
	--auto-scaling-group-names one 'th*ee')"
token=$(list --max-records 1 --filters Name=tag-key,Values=team |
	get NextToken)
same 'th*ee' "$(names --max-records 1 --filters Name=tag-key,Values=team \
	--next-token "$token")"
fails ValidationError list --filters Name=auto-scaling-group,Values=one
fails ValidationError list --filters Name=tag:,Values=one
fails ValidationError list --max-records 0
for name in one two 'th*ee'; do
	qami autoscaling delete-auto-scaling-group \
		--auto-scaling-group-name "$name"
done
