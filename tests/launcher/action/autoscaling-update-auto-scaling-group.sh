#!/bin/sh
# autoscaling update-auto-scaling-group - bounds, templates, what is refused
# boots guests
. tests/lib.sh
. tests/scaling.sh

groups_here
template "ImageId=$(image alpha),InstanceType=t2.nano"
new_group 4 0
update() { as_group update-auto-scaling-group "$@"; }
as_group suspend-processes --scaling-processes Launch

fails ValidationError update --min-size 5
fails ValidationError update --desired-capacity 5
fails ValidationError update --max-size -1
fails ValidationError update --launch-template LaunchTemplateName=nobody
fails ValidationError update --availability-zones nowhere
fails ValidationError update --vpc-zone-identifier subnet-0fedcba9876543210
fails ValidationError qami autoscaling update-auto-scaling-group \
	--auto-scaling-group-name nobody --max-size 1
fails ValidationError as 222222222222 autoscaling update-auto-scaling-group \
	$group --max-size 1

# sizes - of the group: least, most, desired
sizes()
{
	qami autoscaling describe-auto-scaling-groups --output text --query \
		'AutoScalingGroups[0].[MinSize,MaxSize,DesiredCapacity]' |
		tr '\t' ' '
}
update --desired-capacity 3 --default-cooldown 1
same '0 4 3' "$(sizes)"
# the desired capacity follows the bounds
update --max-size 2
same '0 2 2' "$(sizes)"
update --min-size 1 --max-size 5 --desired-capacity 0 2>"$TMPDIR/err" && exit 1
update --max-size 9 --min-size 4
same '4 9 4' "$(sizes)"

template "ImageId=$(qami images -q | head -n 1),InstanceType=t2.micro"
update --launch-template "LaunchTemplateName=web,Version=2"
same 2 "$(qami autoscaling describe-auto-scaling-groups |
	get AutoScalingGroups.0.LaunchTemplate.Version)"
# not while a refresh brings another
as_group suspend-processes --scaling-processes InstanceRefresh
as_group start-instance-refresh --desired-configuration \
	'LaunchTemplate={LaunchTemplateName=web,Version=1}' >"$TMPDIR/refresh"
fails ScalingActivityInProgress update --launch-template LaunchTemplateName=web
update --max-size 10
