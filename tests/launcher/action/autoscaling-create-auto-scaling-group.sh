#!/bin/sh
# autoscaling create-auto-scaling-group - what is refused, and what it is
# boots guests
. tests/lib.sh
. tests/scaling.sh

groups_here
ami=$(image alpha)
template "ImageId=$ami,InstanceType=t2.nano"

# create [OPTION…] - of a group that can be 0 to 2
create()
{
	as_group create-auto-scaling-group --min-size 0 --max-size 2 "$@"
}
web=LaunchTemplateName=web
fails ValidationError create
fails ValidationError create --launch-template LaunchTemplateName=nobody
fails ValidationError create --launch-template "$web,Version=2"
fails ValidationError create --launch-template LaunchTemplateId=lt-1
fails ValidationError create --launch-template $web --desired-capacity 3
fails ValidationError create --launch-template $web --desired-capacity -1
fails ValidationError create --launch-template $web \
	--availability-zones eu-west-1a
fails ValidationError create --launch-template $web \
	--vpc-zone-identifier subnet-0fedcba9876543210
fails ValidationError create --launch-template $web --health-check-type ELB
fails ValidationError create --launch-template $web --default-cooldown -1
fails ValidationError create --launch-template $web \
	--termination-policies NewestInstance
fails ValidationError create --launch-template $web \
	--tags ResourceId=other,Key=a,Value=b
fails ValidationError create --launch-template $web --tags Key=aws:a,Value=b
python3 -c 'import json
print(json.dumps([{"Key": "k%d" % i} for i in range(51)]))' >"$TMPDIR/many"
fails TagLimitExceeded create --launch-template $web \
	--tags "file://$TMPDIR/many"
for name in '' 'a:b' "$(printf '%0256d' 0)"; do
	fails ValidationError qami autoscaling create-auto-scaling-group \
		--min-size 0 --max-size 2 --launch-template $web \
		--auto-scaling-group-name "$name"
done
fails ValidationError as_group create-auto-scaling-group --min-size 2 \
	--max-size 1 --launch-template $web
fails ValidationError as_group create-auto-scaling-group --min-size 0 \
	--max-size 10001 --launch-template $web
# a template that could not be launched
template InstanceType=t2.nano
fails ValidationError create --launch-template "$web,Version=\$Latest"
has 'must contain the parameter ImageId' "$TMPDIR/err"
# another account's
fails ValidationError as 222222222222 autoscaling create-auto-scaling-group \
	--auto-scaling-group-name web --min-size 0 --max-size 1 \
	--launch-template $web
same 0 "$(sql 'SELECT count(*) FROM scaling_group')"

subnet=$(qami describe-subnets | get Subnets.0.SubnetId)
same '' "$(create --launch-template $web --availability-zones us-east-1a \
	--vpc-zone-identifier "$subnet" --health-check-grace-period 7 \
	--default-instance-warmup 9 --termination-policies Default \
	--health-check-type EC2 --new-instances-protected-from-scale-in \
	--tags Key=team,Value=blue,PropagateAtLaunch=true Key=own,Value=)"
fails AlreadyExists create --launch-template $web
qami autoscaling describe-auto-scaling-groups >"$TMPDIR/groups"
for pair in AutoScalingGroupName=web MinSize=0 MaxSize=2 DesiredCapacity=0 \
	DefaultCooldown=300 HealthCheckGracePeriod=7 DefaultInstanceWarmup=9 \
	VPCZoneIdentifier="$subnet" NewInstancesProtectedFromScaleIn=True \
	'LaunchTemplate.Version=$Default' LaunchTemplate.LaunchTemplateName=web \
	Tags.0.PropagateAtLaunch=True Tags.1.Key=own; do
	same "${pair#*=}" \
		"$(get "AutoScalingGroups.0.${pair%%=*}" <"$TMPDIR/groups")"
done
# the name is the account's own
as 222222222222 autoscaling describe-auto-scaling-groups >"$TMPDIR/theirs"
same '[]' "$(get AutoScalingGroups <"$TMPDIR/theirs")"
