#!/bin/sh
# snaps - for people: one's own, shared and public snapshots
. tests/lib.sh
. tests/snapshot.sh

same '' "$(qami snaps -q)"
vol=$(volume --size 2)
one=$(snap "$vol" --description 'before the change')
two=$(snap "$vol")
same "$one $two" "$(qami snaps -q | tr '\n' ' ' | sed 's/ $//')"
qami snaps | grep "^$one	$vol	2 GiB	completed	123456789012	" |
	grep -q '	before the change$'
same completed "$(qami snaps --output json | get Snapshots.1.State)"
same '' "$(as 222222222222 snaps)"
qami modify-snapshot-attribute --snapshot-id "$two" --user-ids 222222222222
same "$two" "$(as 222222222222 snaps -q)"
qami delete-snapshot --snapshot-id "$two"
same "$one" "$(qami snaps -q)"
