#!/bin/sh
# rbin-unlock-rule - the rule is free when its delay is over, not before
. tests/lib.sh
. tests/rbin.sh

id=$(rule EBS_SNAPSHOT 9)
fails ConflictException qami rbin unlock-rule --identifier "$id"
fails ResourceNotFoundException qami rbin unlock-rule --identifier 00000000000
lock()
{
	qami rbin lock-rule --identifier "$id" --lock-configuration \
		'UnlockDelay={UnlockDelayValue=7,UnlockDelayUnit=DAYS}'
}
state()
{
	qami rbin get-rule --identifier "$id" | get LockState
}

lock >"$TMPDIR/rule"
first=$(date -u -d '+7 days' +%F)
qami rbin unlock-rule --identifier "$id" >"$TMPDIR/rule"
last=$(date -u -d '+7 days' +%F) # another one where midnight passed meanwhile
tests/shape rbin.UnlockRule "$TMPDIR/rule" RuleArn ExcludeResourceTags
same pending_unlock "$(get LockState <"$TMPDIR/rule")"
end=$(get LockEndTime <"$TMPDIR/rule" | cut -c 1-10)
[ "$end" = "$first" ] || same "$last" "$end"
fails ConflictException qami rbin delete-rule --identifier "$id"
fails ConflictException qami rbin unlock-rule --identifier "$id"
lock >"$TMPDIR/rule"
same locked "$(state)"
qami rbin unlock-rule --identifier "$id" >"$TMPDIR/rule"
qami clock forward $((7 * 24 - 1))h >"$TMPDIR/clock"
fails ConflictException qami rbin delete-rule --identifier "$id"
qami clock forward 1h >"$TMPDIR/clock"
same unlocked "$(state)"
same 0 "$(qami rbin get-rule --identifier "$id" | grep -c LockEndTime)"
fails ConflictException qami rbin unlock-rule --identifier "$id"
qami rbin delete-rule --identifier "$id"
