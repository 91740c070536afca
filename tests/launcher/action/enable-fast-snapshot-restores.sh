#!/bin/sh
# enable-fast-snapshot-restores - snapshots whose volumes stand on one layer, as
# long as there are credits; tests/images/fastrestore.c has its times
. tests/lib.sh
. tests/snapshot.sh
. tests/fastrestore.sh

qami clock freeze >"$TMPDIR/out"
vol=$(volume --size 1)
for at in 1 2 3; do
	put "$vol" 0x1$at $at
	snap=$(snap "$vol")
done
settled

# what is refused is said for each snapshot in each zone, beside what was done
enable='enable-fast-snapshot-restores --source-snapshot-ids'
fails MissingParameter qami $enable "$snap"
fails MissingParameter qami enable-fast-snapshot-restores \
	--cli-input-json '{"AvailabilityZones": ["us-east-1a"]}'
fails InvalidParameterCombination qami $enable "$snap" --availability-zones \
	$zone --availability-zone-ids use1-az1
fails InvalidSnapshotID.Malformed qami $enable nothing \
	--availability-zones $zone
dry qami $enable "$snap" --availability-zones $zone
same '' "$(fast_state "$snap")"
pending=$(qami ebs start-snapshot --volume-size 1 --query SnapshotId \
	--output text)
huge=$(qami ebs start-snapshot --volume-size 16385 --query SnapshotId \
	--output text)
sql "UPDATE snapshot SET state = 'completed' WHERE id = '$huge'"
absent=snap-0fedcba9876543210
qami $enable "$absent" "$snap" "$pending" "$huge" \
	--availability-zones $zone us-east-1b >"$TMPDIR/out"
python3 - "$TMPDIR/out" "$snap" >"$TMPDIR/refused" <<'END'
import json, sys
path, snap = sys.argv[1:]
said = json.load(open(path))
done = said["Successful"]
assert [(d["SnapshotId"], d["AvailabilityZone"], d["State"],
         d["StateTransitionReason"], d["OwnerId"],
         d["AvailabilityZoneId"]) for d in done] == [
    (snap, "us-east-1a", "enabling", "Client.UserInitiated", "123456789012",
     "use1-az1")], done
assert "EnablingTime" in done[0] and "EnabledTime" not in done[0]
for u in said["Unsuccessful"]:
    for e in u["FastSnapshotRestoreStateErrors"]:
        print(u["SnapshotId"], e["AvailabilityZone"], e["Error"]["Code"])
END
same "$absent us-east-1a InvalidSnapshot.NotFound
$absent us-east-1b InvalidSnapshot.NotFound
$snap us-east-1b InvalidZone.NotFound
$pending us-east-1a IncorrectState
$pending us-east-1b InvalidZone.NotFound
$huge us-east-1a UnsupportedOperation
$huge us-east-1b InvalidZone.NotFound" "$(cat "$TMPDIR/refused")"

sql "UPDATE snapshot SET state = 'pending' WHERE id = '$huge'"
qami delete-snapshot --snapshot-id "$huge"
qami delete-snapshot --snapshot-id "$pending"

# foreign and absent are the same
as 222222222222 $enable "$snap" --availability-zones $zone |
	sed "s/$snap/X/g" >"$TMPDIR/foreign"
as 222222222222 $enable "$absent" --availability-zones $zone |
	sed "s/$absent/X/g" >"$TMPDIR/absent"
cmp "$TMPDIR/foreign" "$TMPDIR/absent"
has InvalidSnapshot.NotFound "$TMPDIR/foreign"

# it is optimized for 60 minutes a TiB, then enabled; its bucket begins empty
built "$snap"
fast_is "$snap" optimizing
same 'None 3' "$(restored "$snap")"
later 3
same optimizing "$(fast_state "$snap")"
later 1
same enabled "$(fast_state "$snap")"
same 'None 3' "$(restored "$snap")"
later 3600
same enabled "$(fast_state "$snap")"
for n in 1 2 3 4 5 6 7 8 9 10; do
	same 'True 1' "$(restored "$snap")"
done
same 'None 3' "$(restored "$snap")"
later 359
same 'None 3' "$(restored "$snap")"
later 1
same 'True 1' "$(restored "$snap")"
same 'None 3' "$(restored "$snap")"
later 360
copy=$(volume --snapshot-id "$snap")
same True "$(qami describe-volumes --volume-ids "$copy" --output text \
	--query 'Volumes[0].FastRestored')"
finds 1 describe-volumes fast-restored=true
same "$(sums 8388608 | grep "^$snap" | cut -d ' ' -f 2)" \
	"$(sums 8388608 | grep "^$copy" | cut -d ' ' -f 2)"
qami fsck --deep
# a snapshot of it is of the same lineage, though it shares no layer, and so is
# one of what was made of that, also when the volume has gone
put "$copy" 0x44 5
changed=$(snap "$copy")
next=$(volume --snapshot-id "$changed")
put "$next" 0x55 6
next_changed=$(snap "$next")
qami delete-volume --volume-id "$next"
settled
for pair in "$snap:$changed:10 11" "$next_changed:$changed:12 13" \
	"$snap:$next_changed:10 11 12 13"; do
	second=${pair#*:}
	same "${pair##*:}" "$(qami ebs list-changed-blocks --first-snapshot-id \
		"${pair%%:*}" --second-snapshot-id "${second%%:*}" \
		--output text --query 'ChangedBlocks[].BlockIndex' | tr '\t' ' ')"
done
qami delete-snapshot --snapshot-id "$changed"
qami delete-snapshot --snapshot-id "$next_changed"
settled

# it costs by the hour, and a layer of bytes
same '547.50 547.50' "$(qami costs --output text --query \
	"[Costs[?Kind=='fast-restore'].Monthly | [0],
	Items[?Price=='fsr.hour'].Monthly | [0]]" | tr '\t' ' ')"
same $((3 << 20)) "$(qami costs --output text --query \
	"Costs[?Kind=='fast-restore'].StoredBytes")"

# five of them, unless it is said otherwise
for n in 1 2 3 4; do
	fast enable "$(snap "$vol")" >"$TMPDIR/out"
done
more=$(snap "$vol")
same ResourceLimitExceeded "$(fast enable "$more" | get \
	Unsuccessful.0.FastSnapshotRestoreStateErrors.0.Error.Code)"
same enabling "$(QAMI_FSR_SNAPSHOTS=6 fast enable "$more" |
	get Successful.0.State)"

# a snapshot of one layer needs no other one
alone=$(qami import-snapshot --disk-container \
	"File=$(truncate -s 1M "$TMPDIR/d.raw"; echo "$TMPDIR/d.raw"),Format=raw" \
	--output text --query SnapshotTaskDetail.SnapshotId)
QAMI_FSR_SNAPSHOTS=7 fast enable "$alone" >"$TMPDIR/out"
built "$alone"
fast_is "$alone" optimizing
# a wait is over when the clock is set back to before it began
was=$(qami clock show | cut -d , -f 1)
qami clock set 2001-01-01T00:00:00Z >"$TMPDIR/out"
same enabled "$(fast_state "$alone")"
qami clock set "$was" >"$TMPDIR/out"
fast disable "$alone" >"$TMPDIR/out"
fast_is "$alone" disabled
QAMI_FSR_SNAPSHOTS=7 fast enable "$alone" >"$TMPDIR/out"
built "$alone"
same '' "$(sql "SELECT layer FROM fast_layer WHERE snapshot = '$alone'")"
fast_is "$alone" optimizing
later 3600
same enabled "$(fast_state "$alone")"
later 360
same 'True 1' "$(restored "$alone")"

# in the recycle bin, deleted, archived: it is over
settled
rule=$(qami rbin create-rule --resource-type EBS_SNAPSHOT --retention-period \
	RetentionPeriodValue=1,RetentionPeriodUnit=DAYS --output text \
	--query Identifier)
qami delete-snapshot --snapshot-id "$more"
same 0 "$(sql "SELECT count(*) FROM fast_layer WHERE snapshot = '$more'")"
qami restore-snapshot-from-recycle-bin --snapshot-id "$more" >"$TMPDIR/out"
same disabled "$(fast_state "$more")"
qami rbin delete-rule --identifier "$rule"
for id in $(sql "SELECT DISTINCT snapshot FROM fast_restore
	WHERE snapshot <> '$snap'"); do
	qami delete-snapshot --snapshot-id "$id"
	same '' "$(fast_state "$id")"
done
settled
same 1 "$(sql 'SELECT count(*) FROM fast_layer')"
qami modify-snapshot-tier --snapshot-id "$snap" --storage-tier archive \
	>"$TMPDIR/out"
fast_is "$snap" disabled
same 0 "$(sql 'SELECT count(*) FROM fast_layer')"
look "$copy" 0x13 3
settled
