#!/bin/sh
# describe-snapshot-tier-status - the caller's own snapshots, by filter and page
. tests/lib.sh
. tests/stored.sh
. tests/tier.sh

describe=describe-snapshot-tier-status
same 0 "$(qami $describe --query 'length(SnapshotTierStatuses)')"
vol=$(qami create-volume --availability-zone us-east-1a --size 1 | get VolumeId)
one=$(qami create-snapshot --volume-id "$vol" --tag-specifications \
	'ResourceType=snapshot,Tags=[{Key=a,Value=b}]' | get SnapshotId)
for i in 2 3 4 5 6 7; do
	two=$(qami create-snapshot --volume-id "$vol" | get SnapshotId)
done

# one that nothing was ever done about
qami $describe --filters Name=snapshot-id,Values="$one" >"$TMPDIR/status"
for pair in SnapshotId="$one" VolumeId="$vol" Status=completed \
	OwnerId=123456789012 Tags.0.Value=b StorageTier=standard; do
	same "${pair#*=}" \
		"$(get "SnapshotTierStatuses.0.${pair%%=*}" <"$TMPDIR/status")"
done
! grep -q 'Last\|Archival\|Expiry' "$TMPDIR/status" || exit 1

archive "$one"
qami $describe --filters Name=snapshot-id,Values="$one" >"$TMPDIR/status"
grep -q '"ArchivalCompleteTime": "20' "$TMPDIR/status"
grep -q '"LastTieringStartTime": "20' "$TMPDIR/status"
! grep -q 'Detail\|Expiry' "$TMPDIR/status" || exit 1
tests/shape DescribeSnapshotTierStatus "$TMPDIR/status"
finds 1 $describe last-tiering-operation=archival-completed
finds 0 $describe last-tiering-operation=archival-failed,archival-in-progress
finds 7 $describe volume-id="$vol"
finds 2 $describe snapshot-id="$one,$two"
finds 0 $describe snapshot-id=snap-0fedcba9876543210
fails InvalidParameterValue qami $describe --filters Name=status,Values=x

# pages
qami $describe --max-results 5 >"$TMPDIR/page"
same 5 "$(qami $describe --max-results 5 --query \
	'length(SnapshotTierStatuses)')"
same 2 "$(qami $describe --max-results 5 --next-token \
	"$(get NextToken <"$TMPDIR/page")" \
	--query 'length(SnapshotTierStatuses)')"
fails InvalidNextToken qami $describe --next-token nonsense
fails InvalidParameterValue qami $describe --max-results 4

# what is shared with somebody is none of his here
qami modify-snapshot-attribute --snapshot-id "$two" \
	--create-volume-permission 'Add=[{UserId=222222222222}]'
same 0 "$(as 222222222222 $describe --query 'length(SnapshotTierStatuses)')"
dry qami $describe
