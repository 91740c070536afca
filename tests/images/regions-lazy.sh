#!/bin/sh
# A copy from another store is used while it is on its way: what somebody reads
# comes first, the rest behind, and what is here already not at all. It is
# pending until all of it is here, whoever is killed, and an error when its
# source is gone.
. tests/lib.sh
. tests/snapshot.sh
. tests/region.sh
. tests/lazy.sh
export QAMI_FILL_RATE=0.25
region_setup

head -c 16M /dev/urandom >"$TMPDIR/raw"
ami=$(far qami import "$TMPDIR/raw" --name noise)
one=$(snapshot_of "$ami")
far volume --snapshot-id "$one" >"$TMPDIR/volume"
far put "$(cat "$TMPDIR/volume")" 0x21 5
two=$(far snap "$(cat "$TMPDIR/volume")")
cp "$TMPDIR/raw" "$TMPDIR/second"
head -c 1M /dev/zero | tr '\0' '\41' |
	dd of="$TMPDIR/second" bs=1M seek=5 conv=notrunc status=none
far settled

# no job has done anything yet, and a volume is there; who only asks waits for
# nothing
asked "$one"
dry qami create-volume --availability-zone us-east-1a --snapshot-id "$copy"
same '' "$(sql "SELECT layer FROM snapshot WHERE id = '$copy'")"
fails InvalidParameterValue volume --snapshot-id "$copy" --size 0
stood_on
same 'pending 1 32' "$(sql "SELECT s.state || ' ' || fills || ' ' || blocks
	FROM snapshot AS s, filling")"
reads "$TMPDIR/raw" 31
reads "$TMPDIR/raw" 12
[ ! -e "$QAMI_STORE/layers/$layer" ]
fails IncorrectState qami region remove far-1
# one who is killed is replaced, and what was there stays
kill -9 "$(filler)"
again "$TMPDIR/raw" 31
again "$TMPDIR/raw" 30
# the other store is away; when it is back what is missing comes
mv "$TMPDIR/far" "$TMPDIR/away"
kill -9 "$(filler)"
until_is impaired filling
same pending "$(state)"
mv "$TMPDIR/away" "$TMPDIR/far"
again "$TMPDIR/raw" 29
first=$copy
let_go

# the second of the lineage waits for the first, and carries what that has not
begun "$two"
second=$copy
sleep 2
same '' "$(sql "SELECT layer FROM snapshot WHERE id = '$second'")"
copy=$first
fast "$one"
same completed "$(state)"
copy=$second
arrived "$copy"
same "$(far told "$two")" "$(told "$copy")"
same 2 "$(own "$copy")"

# so it does where it is stood on itself
qami delete-snapshot --snapshot-id "$copy"
asked "$two"
stood_on
same 2 "$(sql "SELECT blocks FROM filling WHERE layer = '$layer'")"
reads "$TMPDIR/second" 3
reads "$TMPDIR/second" 11
let_go
fast "$two"
same 2 "$(own "$copy")"

# the source goes while it is needed: nothing is completed, and what is here
# can be read as long as anybody stands on it
head -c 24M /dev/urandom >"$TMPDIR/brief"
brief=$(far qami import "$TMPDIR/brief" --name brief)
gone=$(snapshot_of "$brief")
asked "$gone"
stood_on
reads "$TMPDIR/brief" 46
until_more "$(filled)" filled
kill -STOP "$(filler)"
far qami deregister-image --image-id "$brief"
far qami delete-snapshot --snapshot-id "$gone"
kill -9 "$(filler)"
let_go
until_is error state
sql "SELECT message FROM snapshot WHERE id = '$copy'" | grep -q 'is gone'
same failed "$(filling)"
again "$TMPDIR/brief" 46
missing "$TMPDIR/brief" 47
qami delete-volume --volume-id "$volume"
qami delete-snapshot --snapshot-id "$copy"
until_is '' filling

# deleted before it is here: at once, or with the last who stands on it
asked "$one" --encrypted
stood_on
qami delete-snapshot --snapshot-id "$copy"
same '' "$(state)"
again "$TMPDIR/raw" 31
qami delete-volume --volume-id "$volume"
until_is '' filling
let_go
brief=$(far qami import "$TMPDIR/brief" --name brief)
held
image=$(qami copy-image --source-region far-1 --source-image-id "$brief" \
	--name alpha | get ImageId)
copy=$(qami describe-images --image-ids "$image" --output text \
	--query 'Images[0].BlockDeviceMappings[0].Ebs.SnapshotId')
dry qami run-instances --image-id "$image" --instance-type t3.micro
same '' "$(sql "SELECT layer FROM snapshot WHERE id = '$copy'")"
stood_on
same pending "$(qami describe-images --image-ids "$image" | get Images.0.State)"
dry qami run-instances --image-id "$image" --instance-type t3.micro
qami delete-volume --volume-id "$volume"
qami deregister-image --image-id "$image"
same '' "$(state)"
until_is '' filling
let_go
# a region whose disk is larger than it said of the snapshot is not believed
truncate -s 2G "$TMPDIR/large"
one=$(snapshot_of "$(far qami import "$TMPDIR/large" --name large)")
far settled
sqlite3 "$TMPDIR/far/qami.db" "UPDATE snapshot SET size = 1 WHERE id = '$one'"
asked "$one"
fails IncorrectState volume --snapshot-id "$copy"
let_go
ended "$copy" >"$TMPDIR/out"
has "error The source's disk is larger than the source snapshot" "$TMPDIR/out"
same '' "$(sql "SELECT layer FROM snapshot WHERE id = '$copy'")"
qami fsck --deep | grep ' 0 faults'
