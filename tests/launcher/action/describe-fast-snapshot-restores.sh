#!/bin/sh
# describe-fast-snapshot-restores - one's own, by filters and pages
. tests/lib.sh
. tests/snapshot.sh
. tests/fastrestore.sh

same '{"FastSnapshotRestores": []}' \
	"$(qami describe-fast-snapshot-restores | tr -d '\n ' |
		sed 's/:/: /')"
qami clock freeze >"$TMPDIR/out"
vol=$(volume --size 1)
export QAMI_FSR_SNAPSHOTS=8
ids=
for at in 1 2 3 4 5 6 7; do
	put "$vol" 0x1$at $at
	ids="$ids $(snap "$vol")"
done
fast enable $ids >"$TMPDIR/out"
same 7 "$(python3 -c '
import json, sys
print(len(json.load(sys.stdin)["Successful"]))' <"$TMPDIR/out")"
set -- $ids
for id do
	built "$id"
done
fast_is "$1" optimizing
fast_is "$7" optimizing
finds 7 describe-fast-snapshot-restores availability-zone=$zone \
	availability-zone-id=use1-az1 owner-id=123456789012 state=optimizing \
	'snapshot-id=snap-*'
finds 0 describe-fast-snapshot-restores availability-zone=us-east-1b \
	state=enabled owner-id=222222222222
finds 1 describe-fast-snapshot-restores "snapshot-id=$3"
finds 2 describe-fast-snapshot-restores "snapshot-id=$3,$4"
fails InvalidParameterValue qami describe-fast-snapshot-restores \
	--filters Name=colour,Values=red
qami describe-fast-snapshot-restores --max-results 5 >"$TMPDIR/page"
same "$1" "$(get FastSnapshotRestores.0.SnapshotId <"$TMPDIR/page")"
token=$(get NextToken <"$TMPDIR/page")
same "$6 $7" "$(qami describe-fast-snapshot-restores --max-results 5 \
	--next-token "$token" --output text \
	--query 'FastSnapshotRestores[].SnapshotId' | tr '\t' ' ')"
fails InvalidNextToken qami describe-fast-snapshot-restores --next-token x
fails InvalidParameterValue qami describe-fast-snapshot-restores \
	--max-results 201
dry qami describe-fast-snapshot-restores
same '' "$(as 222222222222 describe-fast-snapshot-restores --output text \
	--query 'FastSnapshotRestores[].SnapshotId')"

# time alone enables them, one look later
later 3600
same 7 "$(qami describe-fast-snapshot-restores --query \
	"length(FastSnapshotRestores[?State=='enabled'])")"
# what was disabled is listed for an hour
fast disable "$1" >"$TMPDIR/out"
fast_is "$1" disabled
finds 7 describe-fast-snapshot-restores 'snapshot-id=*'
later 3600
finds 7 describe-fast-snapshot-restores 'snapshot-id=*'
later 1
finds 6 describe-fast-snapshot-restores 'snapshot-id=*'

# a server that begins has what is enabled read into memory
QAMI_LOG=info served
seen 60 'bytes of fast restores are read' "$TMPDIR/served.log"
finds 6 describe-fast-snapshot-restores 'state=enabled'
