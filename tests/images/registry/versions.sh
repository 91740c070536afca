#!/bin/sh
# takes long
# Stores of each version that was released, with all that it knew: who upgrades
# one may be killed at any step or come twice at once, everything is there
# afterwards, and can be used; and who is older than a store leaves it alone
. tests/lib.sh
. tests/snapshot.sh
. tests/crash.sh
crash_setup
versions=${VERSIONS:-4}
points=${KILL_POINTS:-2}

# a store with something of everything that the first version had …
disk "$TMPDIR/disk.raw" 3M
head -c 700000 /dev/urandom |
	dd of="$TMPDIR/disk.raw" bs=1M seek=1 conv=notrunc status=none
ami=$(qami import "$TMPDIR/disk.raw" --name alpha)
base=$(sql 'SELECT id FROM snapshot')
vol=$(volume --snapshot-id "$base" --size 1)
put "$vol" 0x11 2
snap=$(snap "$vol" --description first)
put "$vol" 0x22 2
second=$(snap "$vol")
other=$(volume --size 1)
put "$other" 0x33 0
lone=$(snap "$other")
qami create-tags --resources "$snap" "$vol" "$ami" --tags Key=a,Value=b
two=$(qami register-image --name two --root-device-name /dev/sda1 \
	--block-device-mappings "DeviceName=/dev/sda1,Ebs={SnapshotId=$snap}" |
	get ImageId)
qami modify-image-attribute --image-id "$two" --launch-permission \
	'Add=[{UserId=222222222222}]'
i=$(launch "$ami" --instance-type t2.nano --user-data secret)
qami stop-instances --force --instance-ids "$i" >"$TMPDIR/out"
root=$(sql "SELECT volume FROM attachment WHERE instance = '$i'")
settled
sums 3M >"$TMPDIR/wanted"

# … as it was in one of them
cat >"$TMPDIR/older.py" <<'END'
import sqlite3, sys
version, new, to = int(sys.argv[1]), sys.argv[2], sys.argv[3]
text = open("images/registry/schema.sql").read()
old = sqlite3.connect(to)
old.executescript(text[:text.index(f"-- version {version + 1}\n")])
old.execute(f"PRAGMA user_version = {version}")
old.execute("ATTACH ? AS new", (new,))
for table, in old.execute("SELECT name FROM main.sqlite_schema WHERE "
                          "type = 'table' AND name NOT LIKE 'sqlite_%'"
                          ).fetchall():
    names = ", ".join('"' + row[1] + '"' for row in old.execute(
        f"PRAGMA main.table_info({table})"))
    old.execute(f"DELETE FROM main.{table}")
    old.execute(f"INSERT INTO main.{table} ({names}) SELECT {names} "
                f"FROM new.{table}")
old.commit()
END
mv "$QAMI_STORE" "$TMPDIR/new"
older()
{
	rm -rf "$QAMI_STORE"
	cp -a "$TMPDIR/new" "$QAMI_STORE"
	rm "$QAMI_STORE"/qami.db*
	cp "$TMPDIR/$1.db" "$QAMI_STORE/qami.db"
	chmod 600 "$QAMI_STORE/qami.db"
}
newest=$(sqlite3 "$TMPDIR/new/qami.db" 'PRAGMA user_version')

# same_as_before WHAT - it is of the newest version, and all is there
same_as_before()
{
	rounds=$((rounds + 1))
	qami fsck | grep -q ' 0 faults' || wrong "$1: fsck"
	[ "$(sql 'PRAGMA user_version')" = "$newest" ] || wrong "$1: version"
	same ok "$(sql 'PRAGMA integrity_check; PRAGMA foreign_key_check')" ||
		wrong "$1: damaged"
	sums 3M | cmp -s - "$TMPDIR/wanted" || wrong "$1: other bytes"
	same "$snap completed" "$(qami describe-snapshots --filters \
		Name=tag:a,Values=b --output text \
		--query 'Snapshots[].[SnapshotId,State]' | tr '\t' ' ')" ||
		wrong "$1: snapshots"
	same "$two" "$(as 222222222222 describe-images --output text \
		--query 'Images[].ImageId')" || wrong "$1: images"
	same "stopped $root" "$(qami describe-instances --output text --query \
		'Reservations[].Instances[].[State.Name,BlockDeviceMappings[0].Ebs.VolumeId]' |
		tr '\t' ' ')" || wrong "$1: instances"
}

# used - what it has can be worked with, and goes without a trace
used()
{
	copy=$(qami copy-snapshot --source-snapshot-id "$second" \
		--source-region us-east-1 | get SnapshotId)
	image=$(qami copy-image --source-image-id "$two" --name copied \
		--source-region us-east-1 | get ImageId)
	made=$(volume --snapshot-id "$second")
	put "$made" 0x44 0
	third=$(snap "$made")
	qami wait snapshot-completed --snapshot-ids "$copy" "$third"
	holds "$copy" 0x22 2
	qami modify-snapshot-tier --snapshot-id "$lone" >"$TMPDIR/out"
	tiered "$lone" archival-completed
	qami restore-snapshot-tier --snapshot-id "$lone" --permanent-restore \
		>"$TMPDIR/out"
	tiered "$lone" permanent-restore-completed
	holds "$lone" 0x33 0
	qami delete-snapshot --snapshot-id "$second"
	look "$made" 0x22 2
	qami deregister-image --image-id "$two" >"$TMPDIR/out"
	qami deregister-image --image-id "$image" >"$TMPDIR/out"
	qami create-image --instance-id "$i" --name whole >"$TMPDIR/out"
	qami modify-volume --volume-id "$vol" --size 2 >"$TMPDIR/out"
	settled
	qami fsck --deep | grep -q ' 0 faults'
	qami rm "$i"
	qami deregister-image --delete-associated-snapshots --image-id "$(
		sql "SELECT id FROM image WHERE name = 'whole'")" >"$TMPDIR/out"
	qami deregister-image --image-id "$ami" >"$TMPDIR/out"
	for id in "$vol" "$other" "$made"; do
		qami delete-volume --volume-id "$id"
	done
	drop
	settled # a job that is at work keeps its layers from going
	qami gc >"$TMPDIR/out"
	same '' "$(ls "$QAMI_STORE/layers")"
}
. tests/stored.sh
. tests/tier.sh

for version in $versions; do
	python3 "$TMPDIR/older.py" "$version" "$TMPDIR/new/qami.db" \
		"$TMPDIR/$version.db"
	older "$version"
	points "$points" qami snaps >"$TMPDIR/points" || wrong "$version"
	same_as_before "$version"
	while read -r call number; do
		older "$version"
		killed "$call" "$number" qami snaps
		# as it was, or as it is to be
		case $(sql 'PRAGMA user_version; PRAGMA integrity_check' |
			tr '\n' ' ') in
		"$version ok " | "$newest ok ") ;;
		*) wrong "$version, $call $number: in between" ;;
		esac
		same_as_before "$version, $call $number"
	done <"$TMPDIR/points"
	older "$version"
	qami snaps -q >"$TMPDIR/one" &
	qami snaps -q >"$TMPDIR/two"
	wait $!
	cmp "$TMPDIR/one" "$TMPDIR/two" || wrong "$version: two at once"
	same_as_before "$version, by two at once"
	used
done

# one of a newer qami is left as it is, by who writes and by who reads
sql "PRAGMA user_version = $((newest + 1))"
sql .dump >"$TMPDIR/was"
for verb in ps snaps gc fsck 'create-volume --size 1 --availability-zone us-east-1a' \
	describe-snapshots; do
	! qami $verb >"$TMPDIR/out" 2>"$TMPDIR/err" || wrong "$verb succeeded"
	has 'newer qami' "$TMPDIR/err"
done
sql .dump | cmp - "$TMPDIR/was"
crash_report
