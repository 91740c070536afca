#!/bin/sh
# lifecycle run - images that the rule does not keep are deregistered and their
# snapshots deleted; one that is protected, shared, locked or in use stays with
# all that it has, and goes when that ends
# (machines run, but nothing boots in them: no need to be alone)
. tests/lib.sh

guests_here
cat >"$TMPDIR/weekly.json" <<'END'
{ "PolicyDetails": { "PolicyType": "IMAGE_MANAGEMENT",
  "ResourceTypes": ["INSTANCE"], "TargetTags": [{ "Key": "a", "Value": "b" }],
  "Schedules": [{ "Name": "s", "RetainRule": { "Count": 1 }, "CreateRule": {
    "Interval": 24, "IntervalUnit": "HOURS", "Times": ["03:00"] } }] } }
END
qami clock freeze >"$TMPDIR/out"
qami clock set 2027-01-01T12:00:00Z >"$TMPDIR/out"
ami=$(image alpha)
i=$(launch "$ami" --instance-type t2.nano --tag-specifications \
	"ResourceType=instance,Tags=[{Key=a,Value=b}]")
qami stop-instances --force --instance-ids "$i" >"$TMPDIR/out"
qami lifecycle put weekly "$TMPDIR/weekly.json" >"$TMPDIR/out"

# run - a week later; what was made is in $made, the snapshot of it in $under
run()
{
	qami clock forward 7d >"$TMPDIR/out"
	qami lifecycle run >"$TMPDIR/run" 2>"$TMPDIR/note"
	made=$(awk -F '\t' '$5 == "create" { print $1 }' "$TMPDIR/run")
	under=$(sql "SELECT snapshot FROM image_mapping WHERE image = '$made'")
	[ -n "$under" ]
}

# did WHAT IMAGE - the last run did
did()
{
	grep "^$2	" "$TMPDIR/run" | grep -q "	$1" || {
		cat "$TMPDIR/run" "$TMPDIR/note" >&2
		return 1
	}
}

# stays IMAGE WHY - the last run said so, and all of it is there
stays()
{
	did "stay	.*$2" "$1"
	same available "$(sql "SELECT state FROM image WHERE id = '$1'")"
	same completed "$(sql "SELECT s.state FROM snapshot AS s JOIN
		image_mapping ON snapshot = s.id WHERE image = '$1'")"
}

# goes IMAGE SNAPSHOT - the next run takes both, and says before what that is
goes()
{
	qami lifecycle run --dry-run >"$TMPDIR/run" 2>"$TMPDIR/note"
	did delete "$1"
	qami describe-images --image-ids "$1" >"$TMPDIR/out"
	qami lifecycle run >"$TMPDIR/run"
	did delete "$1"
	fails InvalidAMIID.Unavailable qami run-instances --image-id "$1"
	same '' "$(sql "SELECT id FROM snapshot WHERE id = '$2'")"
}

# without a reason the older one goes
run
first=$made first_under=$under
run
did delete "$first"
same '' "$(sql "SELECT id FROM snapshot WHERE id = '$first_under'")"

# each reason on the copy that is the youngest, before the next one comes
protected=$made protected_under=$under
qami enable-image-deregistration-protection --image-id "$protected" \
	>"$TMPDIR/out"
run
shared=$made shared_under=$under
qami modify-image-attribute --image-id "$shared" --launch-permission \
	'Add=[{UserId=222222222222}]'
run
locked=$made locked_under=$under
qami lock-snapshot --snapshot-id "$locked_under" --lock-mode governance \
	--lock-duration 300 >"$TMPDIR/out"
run
lent=$made lent_under=$under
qami modify-snapshot-attribute --snapshot-id "$lent_under" \
	--attribute createVolumePermission --operation-type add \
	--user-ids 222222222222
run
based=$made based_under=$under
other=$(qami register-image --name other --root-device-name /dev/sda1 \
	--block-device-mappings \
	"DeviceName=/dev/sda1,Ebs={SnapshotId=$based_under}" |
	get ImageId)
run
named=$made named_under=$under
qami create-launch-template --launch-template-name web \
	--launch-template-data "ImageId=$named,InstanceType=t2.nano" \
	>"$TMPDIR/out"
run
runs=$made runs_under=$under
machine=$(launch "$runs" --instance-type t2.nano)
run
stays "$protected" 'is protected'
stays "$shared" 'is shared'
stays "$locked" 'is locked'
stays "$lent" 'is shared'
stays "$based" "$other uses it"
stays "$named" 'lt-.* uses it'
stays "$runs" "$machine uses it"
last=$made

# none of that outlives its end; a machine that is stopped still has its image
qami stop-instances --force --instance-ids "$machine" >"$TMPDIR/out"
qami lifecycle run >"$TMPDIR/run"
stays "$runs" "$machine uses it"
qami rm "$machine"
goes "$runs" "$runs_under"
qami delete-launch-template --launch-template-name web >"$TMPDIR/out"
goes "$named" "$named_under"
qami deregister-image --image-id "$other" >"$TMPDIR/out"
goes "$based" "$based_under"
qami modify-snapshot-attribute --snapshot-id "$lent_under" \
	--attribute createVolumePermission --operation-type remove \
	--user-ids 222222222222
goes "$lent" "$lent_under"
qami unlock-snapshot --snapshot-id "$locked_under" >"$TMPDIR/out"
goes "$locked" "$locked_under"
qami reset-image-attribute --image-id "$shared" --attribute launchPermission
goes "$shared" "$shared_under"
qami disable-image-deregistration-protection --image-id "$protected" \
	>"$TMPDIR/out"
goes "$protected" "$protected_under"
same "$last" "$(sql "SELECT id FROM image WHERE state = 'available' AND
	id <> '$ami'")"

# a rule of the recycle bin keeps both for a while; nothing is made of it again,
# and who takes it out has it for good
for type in EBS_SNAPSHOT EC2_IMAGE; do
	qami rbin create-rule --resource-type $type --retention-period \
		RetentionPeriodValue=30,RetentionPeriodUnit=DAYS \
		>"$TMPDIR/out"
done
under=$(sql "SELECT snapshot FROM image_mapping WHERE image = '$last'")
binned=$last binned_under=$under
run
same "$binned" "$(qami list-images-in-recycle-bin |
	get Images.0.ImageId)"
same "$binned_under" "$(qami list-snapshots-in-recycle-bin |
	get Snapshots.0.SnapshotId)"
qami restore-snapshot-from-recycle-bin --snapshot-id "$binned_under" \
	>"$TMPDIR/out"
qami restore-image-from-recycle-bin --image-id "$binned" >"$TMPDIR/out"
run
same available "$(sql "SELECT state FROM image WHERE id = '$binned'")"
qami fsck | grep -q ' 0 faults'
