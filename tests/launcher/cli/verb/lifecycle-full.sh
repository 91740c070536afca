#!/bin/sh
# lifecycle run - on a full disk no copy is made and none goes; with room again
# the one that was missed is made
. tests/lib.sh
unshare -rm true 2>/dev/null || skip 'no user namespaces here'

cat >"$TMPDIR/policy.json" <<'END'
{ "PolicyDetails": { "PolicyType": "EBS_SNAPSHOT_MANAGEMENT",
  "ResourceTypes": ["VOLUME"], "TargetTags": [{ "Key": "a", "Value": "b" }],
  "Schedules": [{ "Name": "s", "RetainRule": { "Count": 1 }, "CreateRule": {
    "Interval": 24, "IntervalUnit": "HOURS", "Times": ["03:00"] } }] } }
END
POLICY=$TMPDIR/policy.json
export POLICY
small_disk '
	same() { [ "$1" = "$2" ] || { echo "wanted $1, got $2" >&2; exit 1; }; }
	snaps() { qami describe-snapshots --query "Snapshots[].SnapshotId" \
		--output text; }
	qami clock freeze >/dev/null
	qami clock set 2027-01-01T12:00:00Z >/dev/null
	qami create-volume --availability-zone us-east-1a --size 1 \
		--tag-specifications \
		"ResourceType=volume,Tags=[{Key=a,Value=b}]" >/dev/null
	qami lifecycle put p "$POLICY" >/dev/null
	qami clock forward 1d >/dev/null
	qami lifecycle run >/dev/null
	first=$(snaps)
	[ -n "$first" ]
	qami clock forward 1d >/dev/null
	fill
	status=0
	qami lifecycle run >out 2>/dev/null || status=$?
	[ "$status" != 0 ]
	drain
	same "$first" "$(snaps)"
	qami lifecycle run >/dev/null
	second=$(snaps)
	[ -n "$second" ] && [ "$second" != "$first" ]
	same 1 "$(snaps | wc -w)"
	qami fsck >/dev/null
'
