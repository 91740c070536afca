#!/bin/sh
# rbin-delete-rule - nothing more is kept; what is in the bin stays
. tests/lib.sh
. tests/snapshot.sh
. tests/rbin.sh

id=$(rule EBS_SNAPSHOT 9 --tags Key=a,Value=b)
vol=$(volume --size 1)
snap=$(snap "$vol")
qami delete-snapshot --snapshot-id "$snap"
fails ResourceNotFoundException as 222222222222 rbin delete-rule \
	--identifier "$id"
qami rbin lock-rule --identifier "$id" --lock-configuration \
	'UnlockDelay={UnlockDelayValue=7,UnlockDelayUnit=DAYS}' >"$TMPDIR/rule"
fails ConflictException qami rbin delete-rule --identifier "$id"
qami rbin unlock-rule --identifier "$id" >"$TMPDIR/rule"
fails ConflictException qami rbin delete-rule --identifier "$id"
qami clock forward 7d >"$TMPDIR/clock"
same '' "$(qami rbin delete-rule --identifier "$id")"
fails ResourceNotFoundException qami rbin delete-rule --identifier "$id"
same 0 "$(sql 'SELECT count(*) FROM bin_rule_tag')"
same "$snap" "$(binned snapshots)"
qami delete-snapshot --snapshot-id "$(snap "$vol")"
same "$snap" "$(binned snapshots)"
