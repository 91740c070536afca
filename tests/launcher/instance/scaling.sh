#!/bin/sh
# A group of two keeps two running: one that is killed, one whose guest powers
# itself off, and one that somebody stops is replaced, with nobody but the
# group's own job to see to it.
# boots guests
. tests/lib.sh
. tests/scaling.sh

groups_here
template "ImageId=$(image alpha),InstanceType=t2.nano"
new_group 2 2 --tags Key=team,Value=blue,PropagateAtLaunch=true
grows 60 2

# carried - what instances of the group carry
one=$(members | head -n 1)
same "aws:autoscaling:groupName web
aws:ec2launchtemplate:id $(sql 'SELECT template FROM scaling_group')
aws:ec2launchtemplate:version 1
team blue" "$(qami describe-tags --output text --query 'Tags[].[Key,Value]' \
	--filters Name=resource-id,Values="$one" | tr '\t' ' ')"

# replaced ID - waits until another one serves in its place
replaced()
{
	local end

	end=$(($(date +%s) + 90))
	while members | grep -q "$1" || ! is_at 2; do
		if [ "$(date +%s)" -ge $end ]; then
			echo "$1 is not replaced" >&2
			return 1
		fi
		sleep 0.2
	done
	same terminated "$(state "$1")"
}
# its machine dies
kill -9 "$(sql "SELECT pid FROM instance WHERE id = '$one'")"
replaced "$one"
# somebody stops it
sql 'UPDATE scaling_group SET failures = 0, again = 0'
one=$(members | head -n 1)
qami stop-instances --force --instance-ids "$one" >"$TMPDIR/out"
replaced "$one"
# somebody terminates it
sql 'UPDATE scaling_group SET failures = 0, again = 0'
one=$(members | head -n 1)
qami rm "$one"
replaced "$one"
# nothing is left of those that went
same 2 "$(sql "SELECT count(*) FROM instance WHERE state <> 'terminated'")"
same 2 "$(sql 'SELECT count(*) FROM volume')"
as_group delete-auto-scaling-group --force-delete
end_groups

# a guest that powers itself off does not run: it is replaced, though less and
# less soon
guest=$(qami import "$(tests/guest/build tiny)" --name tiny)
off=$(printf '#!/bin/sh\npoweroff -f\n' | base64 -w 0)
template "ImageId=$guest,InstanceType=t2.nano,UserData=$off"
as_group create-auto-scaling-group --min-size 1 --max-size 1 \
	--launch-template "LaunchTemplateName=web,Version=\$Latest"
end=$(($(date +%s) + 120))
while [ "$(sql "SELECT count(*) FROM scaling_activity JOIN scaling_group
	ON scaling_group.id = scaling_activity.scaling_group
	WHERE kind = 'launch'")" -lt 2 ]; do
	[ "$(date +%s)" -lt $end ]
	sleep 0.5
done
[ "$(sql 'SELECT failures FROM scaling_group')" -ge 1 ]
same terminated "$(state "$(sql "SELECT instance FROM scaling_activity
	WHERE kind = 'terminate' ORDER BY seq DESC LIMIT 1")")"
