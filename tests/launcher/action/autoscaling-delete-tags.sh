#!/bin/sh
# autoscaling delete-tags - by key, or by key and value
. tests/lib.sh
. tests/scaling.sh

template "ImageId=$(image alpha),InstanceType=t2.nano"
new_group 1 0 --tags Key=a,Value=1 Key=b,Value=2 Key=c,Value=3
untag() { qami autoscaling delete-tags --tags "$@"; }
keys()
{
	qami autoscaling describe-tags --output text --query 'Tags[].Key' |
		tr '\t' ' '
}
fails ValidationError untag ResourceId=nobody,Key=a
fails ValidationError untag ResourceId=web,Key=a ResourceId=nobody,Key=a
fails ValidationError as 222222222222 autoscaling delete-tags \
	--tags ResourceId=web,Key=a
same 'a b c' "$(keys)"
untag ResourceId=web,Key=a ResourceId=web,Key=b,Value=9 ResourceId=web,Key=x
same 'b c' "$(keys)"
untag ResourceId=web,Key=b,Value=2
same c "$(keys)"
as_group delete-auto-scaling-group
