#!/bin/sh
# group.sh - two machines that are kept running: group.sh [DISK-IMAGE]
#
# One of them is killed, and another one comes in its place; then both are
# replaced by machines of a newer image, one at a time. The store is a directory
# of the script's own, which it removes.
set -eu
cd "$(dirname "$0")/.."
PATH=$PWD/build:$PATH
disk=${1:-$(tests/guest/build tiny)}
work=$(mktemp -d "${TMPDIR:-/var/tmp}/qami-group.XXXXXX")
chmod 711 "$work"
export QAMI_STORE="$work/store"
trap 'status=$?; trap "" INT TERM; clear_up; exit $status' EXIT
trap 'exit 130' INT TERM

group='--auto-scaling-group-name web'

clear_up()
{
	qami autoscaling delete-auto-scaling-group $group --force-delete \
		2>/dev/null || :
	while [ "$(count)" != 0 ]; do
		sleep 0.5
	done
	# who runs jobs may still be at work in there
	until rm -rf "$work" 2>/dev/null; do sleep 0.2; done
}

# count - how many instances the group has
count()
{
	qami autoscaling describe-auto-scaling-instances \
		--query 'length(AutoScalingInstances)' 2>/dev/null || echo 0
}

# show - the group's instances: image, health
show()
{
	qami autoscaling describe-auto-scaling-instances --output text --query \
		'AutoScalingInstances[].[InstanceId,LaunchTemplate.Version,HealthStatus]'
}

# done_so_far - how many activities have succeeded
done_so_far()
{
	qami autoscaling describe-scaling-activities --output text --query \
		"length(Activities[?StatusCode=='Successful'])"
}

# until_done COUNT - waits for so many
until_done()
{
	while [ "$(done_so_far)" -lt "$1" ]; do
		sleep 0.5
	done
}

old=$(qami import "$disk" --name web-1)
new=$(qami import "$disk" --name web-2)
qami create-launch-template --launch-template-name web --launch-template-data \
	"ImageId=$old,InstanceType=t2.nano" >"$work/template"
qami autoscaling create-auto-scaling-group $group --min-size 0 --max-size 2 \
	--desired-capacity 2 --launch-template LaunchTemplateName=web
until_done 2
echo 'two are desired:'
show

one=$(qami ps -q | head -n 1)
qami rm "$one"
until_done 4
echo "$one was terminated:"
show

qami create-launch-template-version --launch-template-name web \
	--source-version 1 --launch-template-data "ImageId=$new" \
	>"$work/template"
qami autoscaling start-instance-refresh $group --desired-configuration \
	'LaunchTemplate={LaunchTemplateName=web,Version=2}' >"$work/refresh"
until_done 8
echo 'both are of the new image:'
show
qami autoscaling describe-scaling-activities --output text --query \
	'reverse(Activities)[].[StatusCode,Description]'
