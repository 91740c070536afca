#!/bin/sh
# autoscaling create-or-update-tags - all or none, and what instances get
# boots guests
. tests/lib.sh
. tests/scaling.sh

groups_here
template "ImageId=$(image alpha),InstanceType=t2.nano"
new_group 2 0 --tags Key=team,Value=blue
tag() { qami autoscaling create-or-update-tags --tags "$@"; }
fails ValidationError tag Key=a,Value=b
fails ValidationError tag ResourceId=nobody,Key=a,Value=b
fails ValidationError tag ResourceId=web,ResourceType=volume,Key=a,Value=b
fails ValidationError tag ResourceId=web,Key=a,Value=b \
	ResourceId=web,Key=aws:a,Value=b
fails ValidationError as 222222222222 autoscaling create-or-update-tags \
	--tags ResourceId=web,Key=a,Value=b
python3 -c 'import json
print(json.dumps([{"Key": "k%d" % i, "ResourceId": "web"}
    for i in range(50)]))' >"$TMPDIR/many"
fails TagLimitExceeded tag "file://$TMPDIR/many"

# are - the group's tags
are()
{
	qami autoscaling describe-auto-scaling-groups --output text --query \
		'AutoScalingGroups[0].Tags[].[Key,Value,PropagateAtLaunch]' |
		tr '\t' ' '
}
same 'team blue False' "$(are)"
tag ResourceId=web,Key=team,Value=red,PropagateAtLaunch=true \
	ResourceId=web,ResourceType=auto-scaling-group,Key=own,Value=
same 'team red True
own  False' "$(are)"
as_group set-desired-capacity --desired-capacity 1
grows 60 1
same red "$(qami describe-tags --output text --query 'Tags[].Value' --filters \
	Name=resource-id,Values="$(members)" Name=key,Values=team,own)"
