#!/bin/sh
# rbin-lock-rule - nobody changes or deletes a locked rule
. tests/lib.sh
. tests/rbin.sh

id=$(rule EBS_SNAPSHOT 9)
lock()
{
	qami rbin lock-rule --identifier "$1" --lock-configuration \
		"UnlockDelay={UnlockDelayValue=$2,UnlockDelayUnit=DAYS}"
}

for days in 0 6 31; do
	fails ValidationException lock "$id" $days
done
fails ResourceNotFoundException lock 00000000000 7
fails ValidationException lock \
	"$(rule EBS_SNAPSHOT 1 --resource-tags ResourceTagKey=a)" 7
lock "$id" 30 >"$TMPDIR/rule"
tests/shape rbin.LockRule "$TMPDIR/rule" RuleArn ExcludeResourceTags
same locked "$(get LockState <"$TMPDIR/rule")"
same 30 "$(get LockConfiguration.UnlockDelay.UnlockDelayValue <"$TMPDIR/rule")"
fails ConflictException lock "$id" 7
fails ConflictException qami rbin update-rule --identifier "$id" \
	--retention-period RetentionPeriodValue=1,RetentionPeriodUnit=DAYS
fails ConflictException qami rbin delete-rule --identifier "$id"
# tags of its own say nothing of what it keeps
qami rbin tag-resource --resource-arn "$(arn "$id")" --tags Key=a,Value=b
