# lifecycle.sh - what the tests share that cut runs of lifecycle policies short;
# read after tests/crash.sh

# policy NAME TYPE RESOURCE - a copy a day of what is tagged a=b, one is kept
policy()
{
	cat >"$TMPDIR/$1.json" <<-END
	{ "PolicyDetails": { "PolicyType": "$2", "ResourceTypes": ["$3"],
	  "TargetTags": [{ "Key": "a", "Value": "b" }],
	  "Schedules": [{ "Name": "$1", "RetainRule": { "Count": 1 },
	    "CreateRule": { "Interval": 24, "IntervalUnit": "HOURS",
	    "Times": ["03:00"] } }] } }
	END
	qami lifecycle put "$1" "$TMPDIR/$1.json" >"$TMPDIR/out"
}

# policies_here - a volume and a machine that is stopped, with a copy of each from
# the day before; the next ones are due
policies_here()
{
	local i

	qami clock freeze >"$TMPDIR/out"
	qami clock set 2027-01-01T12:00:00Z >"$TMPDIR/out"
	i=$(launch "$(image alpha)" --instance-type t2.nano \
		--tag-specifications \
		"ResourceType=instance,Tags=[{Key=a,Value=b}]")
	qami stop-instances --force --instance-ids "$i" >"$TMPDIR/out"
	qami create-volume --availability-zone us-east-1a --size 1 \
		--tag-specifications \
		"ResourceType=volume,Tags=[{Key=a,Value=b}]" >"$TMPDIR/out"
	policy snaps EBS_SNAPSHOT_MANAGEMENT VOLUME
	policy images IMAGE_MANAGEMENT INSTANCE
	qami clock forward 1d >"$TMPDIR/out"
	qami lifecycle run >"$TMPDIR/run"
	same 2 "$(grep -c '	create	' "$TMPDIR/run")"
	old=$(sql "SELECT id FROM lifecycle_item")
	qami gc >"$TMPDIR/out"
	cleaned
	qami clock forward 1d >"$TMPDIR/out"
}

# made POLICY TABLE - of what there is of it: how many, and how many have a row
# and a tag
made()
{
	sql "SELECT count(*) || ' ' || sum(id IN (SELECT id FROM lifecycle_item
		WHERE made)) || ' ' || sum(id IN (SELECT resource FROM tag WHERE
		key = 'aws:dlm:lifecycle-policy-id')) FROM $2 WHERE
		description LIKE '%schedule: $1' AND state IN ('completed',
		'available')"
}

# over WHAT - the next run has done all of it, and nothing twice
over()
{
	local id

	sound "$1" --jobs
	qami lifecycle run >"$TMPDIR/run" || wrong "$1: it fails"
	same '1 1 1' "$(made snaps snapshot)" || wrong "$1: snapshots"
	same '1 1 1' "$(made images image)" || wrong "$1: images"
	same 2 "$(sql 'SELECT count(*) FROM lifecycle_item')" ||
		wrong "$1: rows"
	# the machine's own image, and one snapshot for each
	same 3 "$(sql 'SELECT count(*) FROM snapshot')" || wrong "$1: left over"
	for id in $old; do
		[ "$(sql "SELECT count(*) FROM image WHERE id = '$id' AND
			state = 'available'")" = 0 ] || wrong "$1: $id is there"
	done
	at_rest
	qami fsck >"$TMPDIR/out" || wrong "$1: $(cat "$TMPDIR/out")"
}
