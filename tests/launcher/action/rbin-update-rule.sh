#!/bin/sh
# rbin-update-rule - another period, description or tags, for what comes
. tests/lib.sh
. tests/snapshot.sh
. tests/rbin.sh

id=$(rule EBS_SNAPSHOT 9 --description first)
snap=$(snap "$(volume --size 1)")
qami delete-snapshot --snapshot-id "$snap"
until=$(sql 'SELECT bin_until FROM snapshot')
update()
{
	qami rbin update-rule --identifier "$id" "$@"
}

update --retention-period RetentionPeriodValue=3,RetentionPeriodUnit=DAYS \
	>"$TMPDIR/rule"
tests/shape rbin.UpdateRule "$TMPDIR/rule" RuleArn ExcludeResourceTags
same 3 "$(get RetentionPeriod.RetentionPeriodValue <"$TMPDIR/rule")"
same first "$(get Description <"$TMPDIR/rule")"
same "$until" "$(sql 'SELECT bin_until FROM snapshot')"
update --description second --exclude-resource-tags ResourceTagKey=x \
	>"$TMPDIR/rule"
same second "$(qami rbin get-rule --identifier "$id" | get Description)"
same x "$(get ExcludeResourceTags.0.ResourceTagKey <"$TMPDIR/rule")"
fails ValidationException update --resource-tags ResourceTagKey=y
update --exclude-resource-tags '[]' --resource-tags ResourceTagKey=y \
	>"$TMPDIR/rule"
same '[]' "$(get ExcludeResourceTags <"$TMPDIR/rule")"
same y "$(get ResourceTags.0.ResourceTagKey <"$TMPDIR/rule")"
fails ValidationException update --exclude-resource-tags ResourceTagKey=x
fails ValidationException update --resource-type EBS_SNAPSHOT
fails ValidationException update \
	--retention-period RetentionPeriodValue=366,RetentionPeriodUnit=DAYS
for n in 1 2 3 4 5; do
	rule EBS_SNAPSHOT $n --resource-tags ResourceTagKey=z >"$TMPDIR/id"
done
fails ServiceQuotaExceededException update --resource-tags ResourceTagKey=z
same y "$(qami rbin get-rule --identifier "$id" |
	get ResourceTags.0.ResourceTagKey)"
fails ResourceNotFoundException as 222222222222 rbin update-rule \
	--identifier "$id" --description theirs

update --resource-tags '[]' >"$TMPDIR/rule"
qami rbin lock-rule --identifier "$id" --lock-configuration \
	'UnlockDelay={UnlockDelayValue=7,UnlockDelayUnit=DAYS}' >"$TMPDIR/rule"
fails ConflictException update --description third
