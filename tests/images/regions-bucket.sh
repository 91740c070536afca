#!/bin/sh
# takes long
# stores that never reach each other, with a bucket between them: what arrives,
# what is sent and fetched, for whom, and what is refused
. tests/lib.sh
. tests/snapshot.sh
. tests/region.sh
site=$TMPDIR/site
bucket=$site/bucket
marker=what-a-guest-wrote-in-clear
mkdir "$site"
bucket_setup "$bucket"

# asked SNAPSHOT - begins a copy that nobody works on before carried
asked()
{
	held
	copy=$(qami copy-snapshot --source-region far-1 --output text \
		--query SnapshotId --source-snapshot-id "$1")
}

# sent by the one in blocks, listed and copied by the other
one=$(far sent - <<-ONE
	2 $marker one
	5 $marker two
	9 $marker three
ONE
)
two=$(far sent "$one" <<-TWO
	5 $marker four
	1000 $marker five
TWO
)
far blocks "$one" >"$TMPDIR/one"
far blocks "$two" >"$TMPDIR/two"
same '3 4' "$(echo $(wc -l <"$TMPDIR/one") $(wc -l <"$TMPDIR/two"))"
pushed 3/3 "$one"
there_one=$there
# of the second the difference alone, and of what is there nothing
pushed 2/4 "$two"
there_two=$there
pushed 0/4 "$two"
same "$there_two" "$there"
same "$(printf '%s\n' "$there_one" "$there_two" | sort)" \
	"$(qami region contents far-1 -q | sort)"
same 5 "$(objects blocks)"
# nobody who has the bucket alone reads anything in it, or tells what it is
same '' "$(grep -lraF "$marker" "$bucket" || :)"
same '' "$(grep -lraF -e "$one" -e "$two" -e 123456789012 "$bucket" || :)"
digest=$(yes "$marker one" | head -c 524288 | sha256sum | cut -c 1-64)
same '' "$(find "$bucket" | grep "$digest" || :)"

dry qami copy-snapshot --source-region far-1 --source-snapshot-id "$there_one"
# the other one copies; of the second it fetches what it lacks
asked "$there_one"
carried 3
blocks "$copy" | cmp "$TMPDIR/one"
first=$copy
asked "$there_two"
carried 2
blocks "$copy" | cmp "$TMPDIR/two"
second=$copy
asked "$there_two"
carried 0
blocks "$copy" | cmp "$TMPDIR/two"
qami delete-snapshot --snapshot-id "$copy"

# and back: what it made of that is sent by its difference
three=$(sent "$second" <<-THREE
	9 $marker six
THREE
)
blocks "$three" >"$TMPDIR/three"
settled
there=$(qami region push far-1 "$three" --output json)
same '1 4' "$(echo $(echo "$there" | get BlocksSent) \
	$(echo "$there" | get Blocks))"
there=$(echo "$there" | get Id)
new=$(far qami copy-snapshot --source-region far-1 --output text \
	--query SnapshotId --source-snapshot-id "$there")
far arrived "$new"
far blocks "$new" | cmp "$TMPDIR/three"

# what another account published or was not let have is not there for it
stranger()
{
	as 222222222222 "$@"
}
fails InvalidSnapshot.NotFound stranger copy-snapshot --source-region far-1 \
	--source-snapshot-id "$there_one"
same '' "$(stranger region contents far-1 -q)"
fails InvalidSnapshot.NotFound stranger region withdraw far-1 "$there_one"
far qami modify-snapshot-attribute --snapshot-id "$one" --user-ids 222222222222
pushed 0/3 "$one"
same "$there_one" "$(stranger region contents far-1 -q)"
fails AuthFailure stranger region withdraw far-1 "$there_one"
fails AuthFailure far stranger region push far-1 "$one"
theirs=$(stranger copy-snapshot --source-region far-1 --output text \
	--query SnapshotId --source-snapshot-id "$there_one")
QAMI_ACCOUNT=222222222222 arrived "$theirs"
far qami modify-snapshot-attribute --snapshot-id "$one" \
	--operation-type remove --user-ids 222222222222
cp "$bucket/snapshots/$there_one" "$TMPDIR/old"
pushed 0/3 "$one"
fails InvalidSnapshot.NotFound stranger copy-snapshot --source-region far-1 \
	--source-snapshot-id "$there_one"

# who puts an older record back, of what is there or of what was withdrawn, is
# found out by those who have seen the newer one
refused()
{
	fails InternalError qami copy-snapshot --source-region far-1 \
		--source-snapshot-id "$2"
	has "$1" "$TMPDIR/err"
}
cp "$bucket/snapshots/$there_one" "$TMPDIR/new"
cp "$TMPDIR/old" "$bucket/snapshots/$there_one"
refused 'put it back' "$there_one"
cp "$TMPDIR/new" "$bucket/snapshots/$there_one"

# an object that was altered, cut, exchanged or taken away is named and refused
object=$bucket/snapshots/$there_one
printf x | dd of="$object" bs=1 seek=20 conv=notrunc status=none
refused "snapshots/$there_one does not open" "$there_one"
same 1 "$(qami region contents far-1 2>/dev/null | grep -c 'does not open')"
fails InternalError qami region collect far-1
truncate -s 10 "$object"
refused 'was cut short' "$there_one"
cp "$bucket/snapshots/$there_two" "$object"
refused 'does not open' "$there_one"
pushed 0/3 "$one"
asked "$there_one"
carried 0
qami delete-snapshot --snapshot-id "$copy"
for harm in exchange remove; do
	hurt=$(far sent - <<-HURT
		7 $harm seven
		8 $harm eight
	HURT
	)
	before=$(find "$bucket/blocks" -type f | sort)
	pushed 2/2 "$hurt"
	set -- $(find "$bucket/blocks" -type f | sort | grep -vxF "$before")
	begun "$there"
	case $harm in
	exchange) cp "$2" "$1" ;;
	remove) rm "$1" ;;
	esac
	name=${1#"$bucket/"}
	ended "$copy" | grep -qE "^error block [78] of the source: the region's \
object $name (does not open|is missing)"
	qami delete-snapshot --snapshot-id "$copy"
	# who has the snapshot puts back what is missing
	[ $harm = remove ] || rm "$1"
	pushed 1/2 "$hurt"
	asked "$there"
	carried 2
	far qami region withdraw far-1 "$there"
	qami delete-snapshot --snapshot-id "$copy"
done

# what was withdrawn stays away, and its blocks go when nobody names them
far qami delete-snapshot --snapshot-id "$one"
cp "$bucket/snapshots/$there_one" "$TMPDIR/old"
qami region withdraw far-1 "$there_one"
fails InvalidSnapshot.NotFound qami region withdraw far-1 "$there_one"
same 'freed' "$(qami region collect far-1 | cut -d ' ' -f 1)"
same 5 "$(objects blocks)"
same 2 "$(objects lists)"
cp "$TMPDIR/old" "$bucket/snapshots/$there_one"
refused 'put it back' "$there_one"
rm "$bucket/snapshots/$there_one"
fails InvalidSnapshot.NotFound qami copy-snapshot --source-region far-1 \
	--source-snapshot-id "$there_one"

# a copy waits while the bucket is away, and ends when the source is withdrawn
begun "$there_two"
mv "$bucket" "$TMPDIR/away"
slow_says "there is no bucket"
same pending "$(qami describe-snapshots --snapshot-ids "$copy" |
	get Snapshots.0.State)"
fails NoSuchBucket qami region contents far-1
mv "$TMPDIR/away" "$bucket"
qami region withdraw far-1 "$there_two"
same 'error The source snapshot is gone' "$(ended "$copy")"
qami delete-snapshot --snapshot-id "$copy"

# an image with its tags, for whoever may launch it and read its storage
disk "$TMPDIR/disk.raw" 3M
ami=$(far image alpha)
far qami create-tags --resources "$ami" --tags Key=k,Value=v
there=$(far qami region push far-1 alpha)
new=$(qami copy-image --source-region far-1 --source-image-id "$there" \
	--name beta --copy-image-tags | get ImageId)
qami wait image-available --image-ids "$new"
same "beta far-1 $there v" "$(qami describe-images --image-ids "$new" \
	--output text --query \
	"Images[0].[Name,SourceImageRegion,SourceImageId,
	Tags[?Key=='k'].Value|[0]]" |
	tr '\t' ' ')"
snap=$(far qami describe-images --image-ids "$ami" --output text --query \
	'Images[0].BlockDeviceMappings[0].Ebs.SnapshotId')
base=$(qami region contents far-1 | awk -v "of=$snap" '$4 == of { print $1 }')
mine=$(qami describe-images --image-ids "$new" --output text --query \
	'Images[0].BlockDeviceMappings[0].Ebs.SnapshotId')
same "$(far told "$snap")" "$(told "$mine")"
fails InvalidAMIID.NotFound stranger copy-image --source-region far-1 \
	--source-image-id "$there" --name gamma
far qami modify-image-attribute --image-id "$ami" --user-ids 222222222222
far qami region push far-1 "$ami" >"$TMPDIR/out"
fails InvalidRequest stranger copy-image --source-region far-1 \
	--source-image-id "$there" --name gamma
far qami modify-snapshot-attribute --snapshot-id "$snap" \
	--user-ids 222222222222
far qami region push far-1 "$ami" >"$TMPDIR/out"
gamma=$(stranger copy-image --source-region far-1 --source-image-id "$there" \
	--name gamma | get ImageId)
stranger wait image-available --image-ids "$gamma"
fails InvalidSnapshot.InUse qami region withdraw far-1 "$base"
qami region withdraw far-1 "$there"
fails InvalidAMIID.NotFound qami copy-image --source-region far-1 \
	--source-image-id "$there" --name delta
qami region withdraw far-1 "$base"

# the first site gone, what is here is whole
rm -r "$TMPDIR/far"
settled
qami fsck --deep | grep -q ' 0 faults'
blocks "$second" | cmp "$TMPDIR/two"
