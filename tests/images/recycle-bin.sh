#!/bin/sh
# what is in the recycle bin holds its space until its time is over, to the
# microsecond, and then goes for good, whoever is killed on the way
. tests/lib.sh
. tests/snapshot.sh
. tests/crash.sh
. tests/rbin.sh

# later HOURS
later()
{
	qami clock forward "$1h" >"$TMPDIR/clock"
}

qami clock freeze >"$TMPDIR/clock"
snapshots=$(rule EBS_SNAPSHOT 2)
images=$(rule EC2_IMAGE 1)
vol=$(volume --size 1)
for n in 1 2 3; do
	put "$vol" "0x1$n" "$n"
	eval "s$n=$(snap "$vol")"
done
put "$vol" 0x99 1
ami=$(qami register-image --name kept --output text --block-device-mappings \
	"DeviceName=/dev/sda1,Ebs={SnapshotId=$s2}")
qami create-tags --resources "$ami" "$s1" "$s2" --tags Key=k,Value=v
qami deregister-image --image-id "$ami" --delete-associated-snapshots \
	>"$TMPDIR/answer"
qami delete-snapshot --snapshot-id "$s1"

# they count, and are held: nothing is merged away
qami quota set --snapshots 3
fails SnapshotLimitExceeded qami create-snapshot --volume-id "$vol"
qami quota set --snapshots none
same 4 "$(qami costs --by resource --output json 2>"$TMPDIR/err" |
	grep -oE "$s1|$s2|$s3|$vol" | sort -u | wc -l)"
settled
same 4 "$(ls "$QAMI_STORE/layers" | grep -c qcow2)"
qami gc >"$TMPDIR/gc"
same 4 "$(ls "$QAMI_STORE/layers" | grep -c qcow2)"
is "$(of snapshot "$s1")" 0x11 1
is "$(of snapshot "$s1")" 0 2
qami fsck --deep | grep -q ' 0 faults'

# an hour early everything is there
later 23
qami gc >"$TMPDIR/gc"
same "$ami" "$(binned images)"
later 1
qami gc >"$TMPDIR/gc"
same '' "$(binned images)"
same 0 "$(sql "SELECT count(*) FROM image_mapping")"
same 0 "$(sql "SELECT count(*) FROM tag WHERE resource = '$ami'")"
same '[]' "$(qami describe-images --image-ids "$ami" --query Images)"
later 23
qami gc >"$TMPDIR/gc"
same "$s1 $s2" "$(binned snapshots)"

# the hour after it they go; killed anywhere they go with the next command
later 1
cp -a "$QAMI_STORE" "$TMPDIR/due"
crash_setup
points 7 qami create-tags --resources "$vol" --tags Key=a,Value=b \
	>"$TMPDIR/points"
[ "$(wc -l <"$TMPDIR/points")" -ge 5 ]
while read -r call number; do
	crash_end
	rm -rf "$QAMI_STORE"
	cp -a "$TMPDIR/due" "$QAMI_STORE"
	killed "$call" "$number" qami create-tags --resources "$vol" \
		--tags Key=a,Value=b
	sound "$call $number"
	[ -z "$(binned snapshots)" ] || wrong "$call $number: still in the bin"
	[ "$(sql "SELECT count(*) FROM snapshot")" = 1 ] ||
		wrong "$call $number: $(sql 'SELECT count(*) FROM snapshot')"
done <"$TMPDIR/points"
settled
qami gc >"$TMPDIR/gc"
same 0 "$(sql "SELECT count(*) FROM tag WHERE resource <> '$vol'")"
holds "$s3" 0x11 1
holds "$s3" 0x12 2
look "$vol" 0x99 1
qami fsck --deep | grep -q ' 0 faults'
qami rbin delete-rule --identifier "$snapshots"
qami rbin delete-rule --identifier "$images"
qami delete-snapshot --snapshot-id "$s3"
qami delete-volume --volume-id "$vol"
settled
same '' "$(ls "$QAMI_STORE/layers")"

# a server deletes what is due by itself
rule EBS_SNAPSHOT 2 >"$TMPDIR/id"
vol=$(volume --size 1)
served
qami delete-snapshot --snapshot-id "$(snap "$vol")"
later 48
tries=0
until [ "$(sql 'SELECT count(*) FROM snapshot')" = 0 ]; do
	tries=$((tries + 1))
	[ $tries -le 600 ]
	sleep 0.1
done
end_served
trap crash_end EXIT

# what a verb takes for itself nobody finds there
ec2-bundle-image -i "$vol" -p web -d "$TMPDIR" -r x86_64 >"$TMPDIR/answer"
same '' "$(binned snapshots)"
same 0 "$(sql 'SELECT count(*) FROM snapshot')"
crash_report
