#!/bin/sh
# describe-instance-status - running instances, or all of them
# (machines run, but nothing boots in them: no need to be alone)
. tests/lib.sh

guests_here
ami=$(image alpha)
a=$(launch "$ami")
b=$(launch "$ami" --instance-type t2.nano)
qami stop-instances --force --instance-ids "$b" >/dev/null
reaches 60 "$b" stopped

qami describe-instance-status >"$TMPDIR/status"
same 1 "$(grep -c '"InstanceId"' "$TMPDIR/status")"
for pair in InstanceId="$a" AvailabilityZone=us-east-1a \
	InstanceState.Name=running InstanceStatus.Status=ok \
	SystemStatus.Status=ok SystemStatus.Details.0.Name=reachability \
	InstanceStatus.Details.0.Status=passed; do
	same "$pair" "${pair%%=*}=$(get "InstanceStatuses.0.${pair%%=*}" \
		<"$TMPDIR/status")"
done
qami describe-instance-status --include-all-instances --instance-ids "$b" \
	>"$TMPDIR/status"
same stopped "$(get InstanceStatuses.0.InstanceState.Name <"$TMPDIR/status")"
same not-applicable "$(get InstanceStatuses.0.SystemStatus.Status \
	<"$TMPDIR/status")"
same '[]' "$(qami describe-instance-status --instance-ids "$b" \
	--query InstanceStatuses)"
same 1 "$(qami describe-instance-status --include-all-instances \
	--filters Name=instance-state-name,Values=stopped \
	--query 'length(InstanceStatuses)')"
finds 1 describe-instance-status availability-zone=us-east-1a \
	instance-state-code=16 instance-state-name=running \
	instance-status.status=ok system-status.status=ok \
	instance-status.reachability=passed system-status.reachability=passed
finds 0 describe-instance-status instance-status.status=impaired \
	'event.code=?*'
fails InvalidParameterValue qami describe-instance-status \
	--filters Name=colour,Values=x

hidden "$a" describe-instance-status --instance-ids "$a"
fails InvalidInstanceID.NotFound qami describe-instance-status \
	--instance-ids i-0fedcba9876543210
fails InvalidInstanceID.Malformed qami describe-instance-status \
	--instance-ids i-
dry qami describe-instance-status
fails InvalidParameterValue qami describe-instance-status --max-results 1
fails InvalidParameterCombination qami describe-instance-status \
	--max-results 5 --instance-ids "$a"
fails InvalidNextToken qami describe-instance-status --next-token x

qami run-instances --image-id "$ami" --count 6 --instance-type t2.nano \
	>/dev/null
token=$(qami describe-instance-status --max-results 5 | get NextToken)
same 2 "$(qami describe-instance-status --max-results 5 \
	--next-token "$token" --query 'length(InstanceStatuses)')"
