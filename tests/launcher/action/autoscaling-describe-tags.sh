#!/bin/sh
# autoscaling describe-tags - whose, by filters, page by page
. tests/lib.sh
. tests/scaling.sh

template "ImageId=$(image alpha),InstanceType=t2.nano"
new_group 1 0 --tags Key=a,Value=1,PropagateAtLaunch=true Key=b,Value=2
qami autoscaling create-auto-scaling-group --min-size 0 --max-size 0 \
	--launch-template LaunchTemplateName=web \
	--auto-scaling-group-name db --tags Key=a,Value=2
list() { qami autoscaling describe-tags "$@"; }
tags()
{
	list --output text --query 'Tags[].[ResourceId,Key,Value]' "$@" |
		tr '\t' ' '
}
same 'web a 1
web b 2
db a 2' "$(tags)"
same 'web b 2' "$(tags --filters Name=auto-scaling-group,Values=web,none \
	Name=value,Values=2)"
same 'web a 1' "$(tags --filters Name=propagate-at-launch,Values=true)"
same 'web a 1
db a 2' "$(tags --filters Name=key,Values=a)"
token=$(list --max-records 2 | get NextToken)
same 'db a 2' "$(tags --max-records 2 --next-token "$token")"
same '' "$(as 222222222222 autoscaling describe-tags --output text)"
fails InvalidNextToken list --next-token bm8gdG9rZW4=
fails ValidationError list --filters Name=colour,Values=red
fails ValidationError list --max-records 0
for name in web db; do
	qami autoscaling delete-auto-scaling-group \
		--auto-scaling-group-name $name
done
