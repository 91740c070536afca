#!/bin/sh
# describe-tags - one's own tags, filters and pages
. tests/lib.sh

ami=$(image alpha)
snap=$(qami describe-images |
	get Images.0.BlockDeviceMappings.0.Ebs.SnapshotId)
qami create-tags --resources "$ami" "$snap" --tags Key=stage,Value=test \
	Key=owner,Value=me
qami describe-tags --filters Name=key,Values=Name >"$TMPDIR/tags"
for pair in Key=Name Value=alpha ResourceType=image ResourceId="$ami"; do
	same "$pair" "${pair%%=*}=$(get "Tags.0.${pair%%=*}" <"$TMPDIR/tags")"
done
finds 5 describe-tags 'key=*'
finds 3 describe-tags "resource-id=$ami" resource-type=image value='test,alpha'
finds 2 describe-tags key=stage resource-type=snapshot 'value=?e'
# tag:KEY chooses resources, all of whose tags are shown
finds 5 describe-tags tag:stage=test
finds 0 describe-tags key=Stage value=none resource-type=volume
fails InvalidParameterValue qami describe-tags --filters Name=colour,Values=x

one=$(as 222222222222 describe-tags --query Tags)
same '[]' "$one"

qami create-tags --resources "$snap" --tags Key=1,Value= Key=2,Value= \
	Key=3,Value=
got=
token=
while :; do
	qami describe-tags --max-results 5 ${token:+--next-token "$token"} \
		>"$TMPDIR/page"
	got="$got $(python3 -c '
import json, sys
print(*(t["Key"] for t in json.load(sys.stdin)["Tags"]))' <"$TMPDIR/page")"
	grep -q NextToken "$TMPDIR/page" || break
	token=$(get NextToken <"$TMPDIR/page")
done
same 8 "$(echo $got | wc -w)"
fails InvalidNextToken qami describe-tags --next-token "$token" \
	--filters Name=key,Values=stage
fails InvalidNextToken as 222222222222 describe-tags --next-token "$token"
fails InvalidParameterValue qami describe-tags --max-results 1
dry qami describe-tags
