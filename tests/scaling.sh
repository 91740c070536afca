# scaling.sh - what the tests of Auto Scaling groups share; read after
# tests/lib.sh

group=--auto-scaling-group-name=web

# as_group VERB [OPTION…] - something of Auto Scaling's with the group "web"
as_group()
{
	local verb

	verb=$1
	shift
	qami autoscaling "$verb" $group "$@"
}

# template DATA - makes the launch template "web", or adds a version
template()
{
	qami create-launch-template --launch-template-name web \
		--launch-template-data "$1" >/dev/null 2>&1 ||
		qami create-launch-template-version --launch-template-data \
			"$1" --launch-template-name web >/dev/null
}

# new_group MOST DESIRED [OPTION…] - makes the group of that template
new_group()
{
	local most desired

	most=$1 desired=$2
	shift 2
	as_group create-auto-scaling-group --min-size 0 --max-size "$most" \
		--desired-capacity "$desired" \
		--launch-template LaunchTemplateName=web "$@"
}

# members - the group's instances that serve
members()
{
	sql "SELECT instance FROM scaling_member JOIN instance
		ON instance.id = scaling_member.instance
		WHERE scaling_member.state = 'InService'
		AND instance.state = 'running' ORDER BY scaling_member.seq"
}

# is_at COUNT - whether so many serve and nothing is under way
is_at()
{
	[ "$(members | wc -l) $(sql "SELECT count(*) FROM scaling_activity
		WHERE state = 'InProgress'")" = "$1 0" ]
}

# grows SECONDS COUNT - waits for that
grows()
{
	local end

	end=$(patience "$1")
	while ! is_at "$2"; do
		if [ "$(date +%s)" -ge "$end" ]; then
			echo "there are not $2 in time:" >&2
			qami autoscaling describe-scaling-activities >&2
			return 1
		fi
		sleep 0.2
	done
}

# refreshes SECONDS STATUS - waits until the last refresh has it
refreshes()
{
	local end now

	end=$(patience "$1")
	while now=$(as_group describe-instance-refreshes --output text \
		--query 'InstanceRefreshes[0].Status'); [ "$now" != "$2" ]; do
		if [ "$(date +%s)" -ge "$end" ]; then
			echo "the refresh is $now and not $2 in time" >&2
			return 1
		fi
		sleep 0.3
	done
}

# end_groups - removes all groups with their instances; for traps
end_groups()
{
	local owner name tries=0

	sql 'SELECT owner, name FROM scaling_group' | while IFS='|' read -r \
		owner name; do
		as "$owner" autoscaling delete-auto-scaling-group \
			--auto-scaling-group-name "$name" --force-delete || :
	done
	while [ "$(sql 'SELECT count(*) FROM scaling_group')" -gt 0 ] &&
		[ $tries -lt 300 ]; do
		tries=$((tries + 1))
		sleep 0.2
		qami version >/dev/null
	done
}

# groups_here - as guests_here, with groups
groups_here()
{
	guests_here
	trap 'end_groups; end_guests; end_served' EXIT
}
