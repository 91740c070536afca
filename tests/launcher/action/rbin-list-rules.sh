#!/bin/sh
# rbin-list-rules - one's own of a type, by tags and by the state of their lock
. tests/lib.sh
. tests/rbin.sh

one=$(rule EBS_SNAPSHOT 1 --description one)
two=$(rule EBS_SNAPSHOT 2 --resource-tags ResourceTagKey=a,ResourceTagValue=b \
	ResourceTagKey=c)
three=$(rule EBS_SNAPSHOT 3 --exclude-resource-tags ResourceTagKey=d)
four=$(rule EC2_IMAGE 4)
list()
{
	qami rbin list-rules --output text --query 'Rules[].Identifier' \
		--resource-type "$@" >"$TMPDIR/list" && tr '\t' ' ' <"$TMPDIR/list"
}

qami rbin list-rules --resource-type EBS_SNAPSHOT >"$TMPDIR/all"
tests/shape rbin.ListRules "$TMPDIR/all" RuleArn ExcludeResourceTags
same one "$(get Rules.0.Description <"$TMPDIR/all")"
same 2 "$(get Rules.1.RetentionPeriod.RetentionPeriodValue <"$TMPDIR/all")"
same "$one $two $three" "$(list EBS_SNAPSHOT)"
same "$four" "$(list EC2_IMAGE)"
same '' "$(list EBS_VOLUME)"
same '' "$(as 222222222222 rbin list-rules --resource-type EBS_SNAPSHOT \
	--output text)"
same "$two" "$(list EBS_SNAPSHOT --resource-tags ResourceTagKey=a)"
same "$two" "$(list EBS_SNAPSHOT --resource-tags ResourceTagKey=c \
	ResourceTagKey=a,ResourceTagValue=b)"
same '' "$(list EBS_SNAPSHOT --resource-tags ResourceTagKey=a,ResourceTagValue=x)"
same "$three" "$(list EBS_SNAPSHOT --exclude-resource-tags ResourceTagKey=d)"
qami rbin lock-rule --identifier "$three" --lock-configuration \
	'UnlockDelay={UnlockDelayValue=7,UnlockDelayUnit=DAYS}' >"$TMPDIR/rule"
same "$three" "$(list EBS_SNAPSHOT --lock-state locked)"
same '' "$(list EBS_SNAPSHOT --lock-state unlocked)"

# pages
qami rbin list-rules --resource-type EBS_SNAPSHOT --max-results 2 \
	>"$TMPDIR/page"
token=$(get NextToken <"$TMPDIR/page")
same "$two" "$(get Rules.1.Identifier <"$TMPDIR/page")"
same "$three" "$(list EBS_SNAPSHOT --max-results 2 --next-token "$token")"
same 0 "$(qami rbin list-rules --resource-type EBS_SNAPSHOT --max-results 3 |
	grep -c NextToken)"
fails ValidationException list EC2_IMAGE --next-token "$token"
fails ValidationException as 222222222222 rbin list-rules \
	--resource-type EBS_SNAPSHOT --next-token "$token"
for most in 0 -1 1001; do
	fails ValidationException list EBS_SNAPSHOT --max-results $most
done
