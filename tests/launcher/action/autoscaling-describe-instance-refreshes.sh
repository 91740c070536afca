#!/bin/sh
# autoscaling describe-instance-refreshes - the newest first, page by page
. tests/lib.sh
. tests/scaling.sh

template "ImageId=$(image alpha),InstanceType=t2.nano"
new_group 1 0
list() { as_group describe-instance-refreshes "$@"; }
same '[]' "$(list | get InstanceRefreshes)"
for n in 1 2 3; do
	as_group start-instance-refresh --output text \
		--query InstanceRefreshId
	refreshes 30 Successful
done >"$TMPDIR/ids"
same "$(tac "$TMPDIR/ids")" "$(list --output text \
	--query 'InstanceRefreshes[].[InstanceRefreshId]')"
one=$(head -n 1 "$TMPDIR/ids")
same "$one" "$(list --instance-refresh-ids "$one" --output text \
	--query 'InstanceRefreshes[].InstanceRefreshId')"
list --max-records 2 >"$TMPDIR/page"
token=$(get NextToken <"$TMPDIR/page")
same "$one" "$(list --max-records 2 --next-token "$token" |
	get InstanceRefreshes.0.InstanceRefreshId)"
fails InvalidNextToken list --next-token bm8gdG9rZW4=
fails ValidationError list --max-records 0
fails ValidationError qami autoscaling describe-instance-refreshes \
	--auto-scaling-group-name nobody
fails ValidationError as 222222222222 autoscaling \
	describe-instance-refreshes $group
as_group delete-auto-scaling-group
