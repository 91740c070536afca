#!/bin/sh
# describe-volume-status - one's own volumes are well; filters and pages
. tests/lib.sh

for i in 1 2 3 4 5 6; do
	vol=$(qami create-volume --availability-zone us-east-1a --size 1 \
		--output text --query VolumeId)
done
qami describe-volume-status --volume-ids "$vol" >"$TMPDIR/one"
for pair in VolumeId="$vol" VolumeStatus.Status=ok Actions='[]' Events='[]' \
	AvailabilityZone=us-east-1a VolumeStatus.Details.0.Name=io-enabled \
	VolumeStatus.Details.0.Status=passed; do
	same "$pair" "${pair%%=*}=$(get "VolumeStatuses.0.${pair%%=*}" \
		<"$TMPDIR/one")"
done
finds 6 describe-volume-status volume-status.status=ok \
	availability-zone=us-east-1a volume-status.details-name=io-enabled \
	volume-status.details-status=failed,passed
finds 0 describe-volume-status volume-status.status=impaired \
	event.event-type=x action.code=enable-volume-io
fails InvalidParameterValue qami describe-volume-status \
	--filters Name=status,Values=x
qami describe-volume-status --max-results 5 >"$TMPDIR/page"
same 5 "$(grep -c VolumeId "$TMPDIR/page")"
same 1 "$(qami describe-volume-status --max-results 5 --next-token \
	"$(get NextToken <"$TMPDIR/page")" --query 'length(VolumeStatuses)')"
fails InvalidNextToken qami describe-volume-status --next-token x
fails InvalidParameterCombination qami describe-volume-status \
	--max-results 5 --volume-ids "$vol"
fails InvalidVolume.NotFound qami describe-volume-status \
	--volume-ids vol-0fedcba9876543210
hidden "$vol" describe-volume-status --volume-ids "$vol"
same '[]' "$(as 222222222222 describe-volume-status --query VolumeStatuses)"
dry qami describe-volume-status
