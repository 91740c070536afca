#!/bin/sh
# lifecycle put, get, list, delete, run - copies are made when they are due,
# once, and go when the rule does not keep them; what is somebody else's, locked,
# shared or in use stays
. tests/lib.sh

# policy NAME TYPE RESOURCE CREATE RETAIN - puts a policy for what is tagged
# Backup=yes
policy()
{
	cat >"$TMPDIR/$1.json" <<-END
	{ "PolicyDetails": { "PolicyType": "$2", "ResourceTypes": ["$3"],
	  "TargetTags": [{ "Key": "Backup", "Value": "yes" }],
	  "Schedules": [{ "Name": "s", "CopyTags": true, "CreateRule": $4,
	    "TagsToAdd": [{ "Key": "made", "Value": "by $1" }],
	    "RetainRule": $5 }] } }
	END
	qami lifecycle put "$1" "$TMPDIR/$1.json" >/dev/null
}
nightly='{ "Interval": 24, "IntervalUnit": "HOURS", "Times": ["03:00"] }'
volume()
{
	qami create-volume --availability-zone us-east-1a --size 1 \
		--tag-specifications "ResourceType=volume,Tags=[{Key=Backup,
		Value=$1},{Key=Name,Value=data}]" --query VolumeId --output text
}
# step WHAT WHY ID… - the last run said so of these
step()
{
	local what why id

	what=$1
	why=$2
	shift 2
	for id; do
		awk -F '\t' -v id="$id" -v what="$what" -v why="$why" '
			$1 == id && $5 == what && index($6, why) { found = 1 }
			END { exit !found }' "$TMPDIR/run" || {
			echo "no '$what' ($why) of $id:" >&2
			cat "$TMPDIR/run" >&2
			return 1
		}
	done
}
snaps()
{
	sql "SELECT count(*) FROM snapshot WHERE description LIKE '%schedule: s'"
}
# how many were made on the day that the clock shows
today()
{
	sql "SELECT count(*) FROM snapshot WHERE description LIKE '%: s' AND
		created >= 1000000 * unixepoch('$(qami clock show | cut -c 1-10)')"
}
run()
{
	qami lifecycle run "$@" >"$TMPDIR/run" 2>"$TMPDIR/note"
}

# what can be said
fails qami.PolicyNotFound qami lifecycle get none
fails qami.PolicyNotFound qami lifecycle delete none
fails qami.PolicyNotFound qami lifecycle run none
echo '{}' >"$TMPDIR/bad.json"
fails InvalidParameterValue qami lifecycle put bad "$TMPDIR/bad.json"
has 'PolicyDetails: is missing' "$TMPDIR/err"
fails InvalidParameterValue qami lifecycle put 'a b' "$TMPDIR/bad.json"
fails InvalidParameterValue qami lifecycle put bad "$TMPDIR/absent.json"

qami clock freeze >/dev/null
qami clock set 2027-01-01T12:00:00Z >/dev/null
vol=$(volume yes)
other=$(volume no)
policy keep2 EBS_SNAPSHOT_MANAGEMENT VOLUME "$nightly" '{ "Count": 2 }'
qami lifecycle get keep2 | cmp - "$TMPDIR/keep2.json"
qami lifecycle list | grep -q '2027-01-02T03:00:00.000Z'
same keep2 "$(qami lifecycle list -q)"
same '' "$(qami --account 222222222222 lifecycle list)"
id=$(qami lifecycle list -o json | get Policies.0.PolicyId)

# nothing is made for before; what is missed is made up once
run
same 0 "$(snaps)"
qami clock set 2027-01-05T02:59:59Z >/dev/null
run --dry-run
step create 'due' -
has 'nothing was done' "$TMPDIR/note"
same 0 "$(snaps)"
run
same 1 "$(snaps)"
first=$(awk -F '\t' '$5 == "create" { print $1 }' "$TMPDIR/run")
same "$vol 2027-01-05T02:59:59+00:00" "$(qami describe-snapshots --snapshot-ids \
	"$first" --query 'Snapshots[0].[VolumeId,StartTime]' --output text |
	tr '\t' ' ')"
qami describe-snapshots --snapshot-ids "$first" --output text \
	--query 'Snapshots[0].Tags[].[Key,Value]' | sort >"$TMPDIR/tags"
printf '%s\t%s\n' Backup yes Name data aws:dlm:lifecycle-policy-id "$id" \
	aws:dlm:lifecycle-schedule-name s made 'by keep2' | sort |
	cmp - "$TMPDIR/tags"
run
same 1 "$(snaps)"
# putting it again changes nothing about that
policy keep2 EBS_SNAPSHOT_MANAGEMENT VOLUME "$nightly" '{ "Count": 2 }'
run
same 1 "$(snaps)"

# one's own snapshots are nobody's business, nor other volumes
mine=$(qami create-snapshot --volume-id "$vol" --query SnapshotId --output text)
night()
{
	qami clock forward 1d >/dev/null
	run
}
night
night
same 2 "$(snaps)"
step delete 'does not keep' "$first"
fails InvalidSnapshot.NotFound qami describe-snapshots --snapshot-ids "$first"
qami describe-snapshots --snapshot-ids "$mine" >/dev/null
same 0 "$(sql "SELECT count(*) FROM snapshot WHERE volume = '$other'")"

# what is locked, shared or under an image stays, until it is not
night
locked=$(sql "SELECT id FROM snapshot WHERE description LIKE '%: s'
	ORDER BY seq LIMIT 1")
qami lock-snapshot --snapshot-id "$locked" --lock-mode governance \
	--lock-duration 30 >/dev/null
night
shared=$(sql "SELECT id FROM snapshot WHERE description LIKE '%: s'
	ORDER BY seq DESC LIMIT 1")
qami modify-snapshot-attribute --snapshot-id "$shared" \
	--attribute createVolumePermission --operation-type add \
	--user-ids 222222222222
night
used=$(sql "SELECT id FROM snapshot WHERE description LIKE '%: s'
	ORDER BY seq DESC LIMIT 1")
ami=$(qami register-image --name of-copy --root-device-name /dev/sda1 \
	--block-device-mappings "DeviceName=/dev/sda1,Ebs={SnapshotId=$used}" \
	--query ImageId --output text)
night
night
step stay locked "$locked"
step stay shared "$shared"
step stay "$ami uses it" "$used"
same 5 "$(snaps)"
qami deregister-image --image-id "$ami"
qami unlock-snapshot --snapshot-id "$locked" >/dev/null
run --dry-run
step delete 'does not keep' "$locked" "$used"
step stay shared "$shared"
same 5 "$(snaps)"
run
step delete 'does not keep' "$locked" "$used"
same 3 "$(snaps)"
qami modify-snapshot-attribute --snapshot-id "$shared" \
	--attribute createVolumePermission --operation-type remove \
	--user-ids 222222222222
run
same 2 "$(snaps)"

# the server does it by itself, when the clock is set
served
qami clock forward 1d >/dev/null
for _ in $(seq 600); do
	[ "$(sql "SELECT count(*) FROM op WHERE kind = 'lifecycle' AND
		state = 'done'")" = 0 ] || break
	sleep 0.2
done
same 2 "$(snaps)"
same 1 "$(today)"
end_served

# eight at once make one
qami clock forward 1d >/dev/null
pids=
for _ in 1 2 3 4 5 6 7 8; do
	qami lifecycle run >/dev/null &
	pids="$pids $!"
done
for pid in $pids; do
	wait "$pid"
done
same 1 "$(today)"
same 2 "$(snaps)"

# killed at any commit, it makes one in the end, and nothing else
if ! sanitized && strace -o "$TMPDIR/trace" true 2>/dev/null; then
	number=0
	while number=$((number + 1)); do
		qami clock forward 1d >/dev/null
		status=0
		strace -qq -o /dev/null -e trace=fdatasync,fsync \
			-e "inject=fdatasync,fsync:signal=KILL:when=$number" \
			qami lifecycle run >/dev/null 2>&1 || status=$?
		[ "$status" = 137 ] || break
		qami lifecycle run >/dev/null
		same 2 "$(snaps)"
		same 2 "$(sql 'SELECT count(*) FROM lifecycle_item WHERE made')"
		same 2 "$(sql "SELECT count(*) FROM tag WHERE key =
			'aws:dlm:lifecycle-policy-id'")"
		same 1 "$(today)"
	done
	same 0 "$status"
	[ "$number" -gt 6 ]
fi

# a copy that somebody deleted is not made again, and a disabled policy rests
qami delete-snapshot --snapshot-id "$(sql "SELECT id FROM snapshot
	WHERE description LIKE '%: s' ORDER BY seq DESC LIMIT 1")"
run
same 1 "$(snaps)"
sed -i 's/{ "PolicyDetails"/{ "State": "DISABLED", "PolicyDetails"/' \
	"$TMPDIR/keep2.json"
qami lifecycle put keep2 "$TMPDIR/keep2.json" >/dev/null
night
same 1 "$(snaps)"
run keep2
same 2 "$(snaps)"
qami lifecycle delete keep2
same 2 "$(snaps)"
same 0 "$(sql 'SELECT count(*) FROM lifecycle_item')"
qami fsck >/dev/null
