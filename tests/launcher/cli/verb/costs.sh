#!/bin/sh
# costs - what storage costs: to the byte what lies on the disk, to the
# millionth what the prices say; what would be freed is what is freed then
. tests/lib.sh
. tests/snapshot.sh

# figure NAME QUERY [OPTION…] - one figure of the answer
figure()
{
	local query

	query=$1
	shift
	qami costs --output text --query "$query" "$@"
}

# stored - what the layers' own tables and the buckets hold, asked of others
stored()
{
	python3 -c '
import json, os, subprocess, sys
total = 0
for name in os.listdir("layers"):
    layer = "layers/" + name
    text = subprocess.run(["qemu-img", "map", "-U", "--output=json", layer],
                          check=True, capture_output=True).stdout
    total += sum(e["length"] for e in json.loads(text)
                 if e["depth"] == 0 and e["data"] and not e["zero"])
for kind in "buckets", "archive":
    for top, _, names in os.walk(kind):
        total += sum(os.path.getsize(os.path.join(top, n)) for n in names)
print(total)'
}

# agrees - what all accounts store and what nobody needs is what there is
agrees()
{
	same "$(cd "$QAMI_STORE" && stored)" "$(figure StoredBytes --all)"
	qami costs --all -o json | python3 -c '
import json, sys
from decimal import Decimal
answer = json.load(sys.stdin)
rows, monthly = answer["Costs"], Decimal(answer["Monthly"])
assert sum(row["StoredBytes"] for row in rows) + \
    answer["UnneededBytes"] == answer["StoredBytes"]
for part in rows, answer["Items"]:
    assert sum(Decimal(row["Monthly"]) for row in part) == monthly'
}

same '' "$(qami costs --output text --query 'Costs[]')"
same 0.00 "$(figure Monthly)"

# one disk, three MiB: the first snapshot pays for what later ones show, too
vol=$(volume --size 8)
put "$vol" 0x11 0
put "$vol" 0x11 1
put "$vol" 0x11 2
one=$(snap "$vol")
put "$vol" 0x22 2
two=$(snap "$vol")
put "$vol" 0x33 7
settled
agrees
row()
{
	figure "Costs[?Resource=='$1'].[FullBytes,UniqueBytes,SharedBytes,
		StoredBytes,Monthly]" | tr '\t' ' '
}
mib=1048576
same "$((3 * mib)) $mib $((2 * mib)) $((3 * mib)) 0.000146" "$(row "$one")"
same "$((3 * mib)) 0 $((3 * mib)) $mib 0.000049" "$(row "$two")"
same "$((4 * mib)) $mib $((3 * mib)) $mib 0.80" "$(row "$vol")"
same $((8 << 30)) "$(figure "Costs[?Resource=='$vol'].ProvisionedBytes")"
same 0.800195 "$(figure Monthly)"
# together they hold more alone than each does
same "$((5 * mib)) $((5 * mib)) 0 $((5 * mib))" "$(figure \
	'Costs[].[FullBytes,UniqueBytes,SharedBytes,StoredBytes]' \
	--by account | tr '\t' ' ')"
qami create-tags --resources "$one" "$two" --tags Key=who,Value=alice
same "alice $((4 * mib)) $((4 * mib))" "$(figure \
	"Costs[?Tag=='alice'].[Tag,FullBytes,StoredBytes]" --by tag who |
	tr '\t' ' ')"
same "$mib" "$(figure "Costs[?Tag=='-'].StoredBytes" --by tag who)"

# what was provisioned beyond what the type has anyhow
fast=$(volume --size 100 --volume-type gp3 --iops 4000 --throughput 200)
same '8.00 5.00 3.00' "$(figure "Items[?Resource=='$fast'].Monthly" |
	tr '\t' ' ')"
same 'gp3.storage gp3.iops gp3.throughput' "$(figure \
	"Items[?Resource=='$fast'].Price" | tr '\t' ' ')"
qami price set gp3.iops 0.01
same 21.00 "$(figure "Costs[?Resource=='$fast'].Monthly")"
qami price set gp3.iops default
same 16.00 "$(figure "Costs[?Resource=='$fast'].Monthly")"
qami delete-volume --volume-id "$fast"

# an account sees its own: a copy of somebody's shares his blocks, and pays for
# them from the day on which he lets go
bob=$(qami account create bob --output text --query Account)
qami modify-snapshot-attribute --snapshot-id "$one" --user-ids "$bob"
copy=$(as bob copy-snapshot --source-region us-east-1 \
	--source-snapshot-id "$one" --output text --query SnapshotId)
same "$copy $((3 * mib)) 0 0" "$(as bob costs --output text --query \
	'Costs[].[Resource,FullBytes,UniqueBytes,StoredBytes]' | tr '\t' ' ')"
same 0.00 "$(as bob costs --output text --query Monthly)"
same 123456789012,bob "$(qami costs --all --by account | head -n 2 |
	cut -f 1 | paste -sd ,)"
agrees
fails InvalidSnapshot.NotFound as bob costs --delete "$two"
fails AuthFailure as bob costs --delete "$one"
hidden "$two" costs --delete "$two"
hidden "$two" costs --archive "$two"
hidden "$vol" costs --delete "$vol"
same "0 -0.000037" "$(as bob costs --archive "$copy" --output text \
	--query '[FreedBytes,Saved]' | tr '\t' ' ')"

# each alone frees nothing, both together do: what is said is what happens
saved()
{
	figure '[FreedBytes,Saved]' "$@" | tr '\t' ' '
}
third=$(qami copy-snapshot --source-region us-east-1 \
	--source-snapshot-id "$two" --output text --query SnapshotId)
same '0 0.00' "$(saved --delete "$third")"
same '0 0.00' "$(saved --delete "$two")"
same "0 0.00 0 0.00" "$(figure 'Changes[].[FreedBytes,Saved]' \
	--delete "$two" "$third" | tr '\t\n' '  ' | sed 's/ $//')"
same '0 0.000049' "$(saved --delete "$two" "$third")"
# what is named twice goes once
same "$third $two" "$(figure 'Changes[].Resource' --delete "$third" "$two" \
	"$third" | tr '\t' ' ')"
# the volume shows that MiB as well: with it, it goes
same "$((2 * mib)) 0.800049" "$(saved --delete "$two" "$third" "$vol")"
was=$(figure StoredBytes --all)
qami delete-snapshot --snapshot-id "$two"
qami delete-snapshot --snapshot-id "$third"
qami delete-volume --volume-id "$vol"
qami gc >/dev/null
same $((was - 2 * mib)) "$(figure StoredBytes --all)"
same 0 "$(figure UnneededBytes --all)"
agrees
qami delete-snapshot --snapshot-id "$one"
same "$((3 * mib)) 0.000146" "$(as bob costs --output text --query \
	'[Costs[0].StoredBytes,Monthly]' | tr '\t' ' ')"

# the archive: full, and never for less than 90 days
big=$(volume --size 1)
put "$big" 0x44 0
put "$big" 0x44 1
put "$big" 0x44 2
base=$(snap "$big")
put "$big" 0x55 0
next=$(snap "$big")
qami delete-volume --volume-id "$big"
qami price set snapshot.standard 1
qami price set snapshot.archive 0.25
# alone it saves a MiB, for three at a quarter; break-even after 67.5 days
same '1048576 0.000245 3145728 0.000732 68' "$(figure '[FreedBytes,Saved,
	ArchiveBytes,ArchiveMonthly,BreakEvenDays]' --archive "$base" |
	tr '\t' ' ')"
# both: four MiB less for six
same '4194304 0.002443 6291456 0.001464 34' "$(figure '[FreedBytes,Saved,
	ArchiveBytes,ArchiveMonthly,BreakEvenDays]' --archive "$base" "$next" |
	tr '\t' ' ')"
qami price set snapshot.archive 0.5
same None "$(figure BreakEvenDays --archive "$base")"

# one that is there costs that in full, and is paid for when it leaves too soon
. tests/stored.sh
. tests/tier.sh
archive "$base"
kept()
{
	figure "Costs[?Resource=='$base'].[ArchivedBytes,Monthly]" | tr '\t' ' '
}
same '3145728 0.001465' "$(kept)"
same snapshot.archive "$(figure "Items[?Resource=='$base'].Price")"
same 0.00 "$(figure Saved --archive "$base")"
same '0.001465 0.004334' "$(figure '[Saved,EarlyDelete]' --delete "$base" |
	tr '\t' ' ')"
qami clock forward 40d >/dev/null
same 0.002408 "$(figure EarlyDelete --delete "$base")"
qami clock forward 50d >/dev/null
same None "$(figure EarlyDelete --delete "$base")"
agrees
# its file is what is stored of it, and goes with it
size=$(stat -c %s "$(object_of "$base")")
same "$size $size" "$(figure "[Costs[?Resource=='$base'].StoredBytes | [0]]" |
	tr '\t' ' ') $(figure FreedBytes --delete "$base")"
# the tree has it, by what it shows and what its deletion frees
tree()
{
	qami snaps --tree --output text --query "Rows[?Id=='$base'].[Full,
		Unique,Shared,Frees,Archived]" | tr '\t' ' '
}
same "3145728 3145728 0 $size $size" "$(tree)"
qami snaps --tree >"$TMPDIR/tree"
grep "$base .*1 GiB .*3.0 MiB .*(.* in the archive)\$" "$TMPDIR/tree"
# restored for some days it costs both
unarchive "$base" 1
same '3145728 0.004395' "$(kept)"
same "3145728 3145728 0 $((3145728 + size)) $size" "$(tree)"
qami clock real >/dev/null
agrees
# jobs are run by whoever was started before, as he was told then
settled
while pgrep -f "^qami --store $QAMI_STORE " >/dev/null; do
	sleep 0.05
done
QAMI_ARCHIVE_RESTORE=lazy QAMI_FILL_RATE=0.1
export QAMI_ARCHIVE_RESTORE QAMI_FILL_RATE

# for good: the file is nobody's, and there until no layer is filled from it
archive "$base"
settled
object=$(object_of "$base")
was=$(figure UnneededBytes --all)
unarchive "$base"
same $((was + size)) "$(figure UnneededBytes --all)"
fast=$(volume --snapshot-id "$base" --volume-initialization-rate 300)
gone "$object"
qami delete-volume --volume-id "$fast"
settled
same "$was" "$(figure UnneededBytes --all)"
agrees

# what is being filled holds what is here of it by now
slow=$(volume --size 1)
for at in 0 1 2 3 4 5; do
	put "$slow" 0x6$at $at
done
slow=$(snap "$slow")
archive "$slow"
unarchive "$slow" 1
until [ "$(sql "SELECT count(*) FROM filling
	WHERE state = 'filling' AND filled")" = 1 ]; do
	sleep 0.05
done
filler=$(pgrep -f "^qami --store $QAMI_STORE fill-layer")
kill -STOP $filler
agrees
part=$(figure "Costs[?Resource=='$slow'].StoredBytes")
[ "$part" -gt 0 ] && [ "$part" -lt $((6 * mib)) ]
kill -CONT $filler
fast=$(volume --snapshot-id "$slow" --volume-initialization-rate 300)
settled
qami delete-volume --volume-id "$fast"
agrees

# an image goes with its snapshots, and they not without it
image=$(image web)
root=$(qami describe-images --image-ids "$image" | get \
	Images.0.BlockDeviceMappings.0.Ebs.SnapshotId)
fails InvalidSnapshot.InUse qami costs --delete "$root"
fails InvalidSnapshot.InUse qami costs --archive "$root"
full=$(figure "Costs[?Resource=='$root'].StoredBytes")
[ "$full" -gt 0 ]
same "$full" "$(figure FreedBytes --delete web)"
same "$full" "$(figure FreedBytes --delete web "$root")"
# what a lock keeps does not go
qami lock-snapshot --snapshot-id "$root" --lock-mode governance \
	--lock-duration 1 >"$TMPDIR/out"
same 0 "$(figure FreedBytes --delete web)"
fails OperationNotPermitted qami costs --delete web "$root"
qami unlock-snapshot --snapshot-id "$root" >"$TMPDIR/out"
twin=$(qami copy-image --source-region us-east-1 --source-image-id "$image" \
	--name twin --output text --query ImageId)
same 0 "$(figure FreedBytes --delete web)"
same "$full" "$(figure FreedBytes --delete web twin)"
qami deregister-image --image-id "$twin" --delete-associated-snapshots \
	>/dev/null

# bundles in the store's buckets
ec2-bundle-image -i "$TMPDIR/disk.raw" -p web -d "$TMPDIR" >/dev/null
ec2-upload-bundle -b my-bucket -m "$TMPDIR/web.manifest.xml" >/dev/null
same "$(find "$QAMI_STORE/buckets/my-bucket" -type f -printf '%s\n' |
	paste -sd + | bc)" "$(figure "Costs[?Kind=='bucket'].StoredBytes")"
same s3.storage "$(figure "Items[?Resource=='my-bucket'].Price")"
agrees

# what is typed
fails InvalidParameterValue qami costs --by colour
fails InvalidParameterValue qami costs --by tag
fails InvalidParameterValue qami costs --by account who
fails InvalidSnapshot.NotFound qami costs --archive nothing
fails InvalidVolume.NotFound qami costs --delete vol-0fedcba9876543210
fails InvalidAMIID.NotFound qami costs --delete ami-0fedcba9876543210
# people see sizes, a pipe exact bytes
TERM=dumb script -qec 'qami costs' /dev/null | tr -d '\r' >"$TMPDIR/seen"
has 'RESOURCE ' "$TMPDIR/seen"
has 'MONTHLY' "$TMPDIR/seen"
has 'MiB' "$TMPDIR/seen"
