#!/bin/sh
# describe-snapshots - one's own snapshots, filters and pages
. tests/lib.sh
. tests/snapshot.sh

disk "$TMPDIR/two.raw" 1025M
ami=$(image alpha)
one=$(qami describe-images |
	get Images.0.BlockDeviceMappings.0.Ebs.SnapshotId)
two=$(qami import-snapshot --description 'second one' \
	--disk-container "File=$TMPDIR/two.raw" |
	get SnapshotTaskDetail.SnapshotId)
qami describe-snapshots --snapshot-ids "$two" >"$TMPDIR/two"
for pair in SnapshotId="$two" VolumeSize=2 State=completed Progress=100% \
	OwnerId=123456789012 VolumeId=vol-ffffffff Encrypted=False \
	StorageTier=standard 'Description=second one'; do
	same "$pair" "${pair%%=*}=$(get "Snapshots.0.${pair%%=*}" \
		<"$TMPDIR/two")"
done
full=$(get Snapshots.0.FullSnapshotSizeInBytes <"$TMPDIR/two")
[ "$full" -ge 512 ] && [ "$full" -le 65536 ] # one sector has anything in it
get Snapshots.0.StartTime <"$TMPDIR/two" | grep -q '^20..-..-..T.*+00:00$'
qami describe-snapshots --output text | grep -q '^SNAPSHOTS	20[^	]*	second one	'
qami describe-snapshots --output table | grep -q 'DescribeSnapshots'

finds 2 describe-snapshots status=completed owner-id=123456789012 \
	volume-id=vol-ffffffff encrypted=false storage-tier=standard \
	progress=100% 'start-time=20*' 'volume-size=1,2'
finds 1 describe-snapshots "snapshot-id=$one" volume-size=2 \
	'description=second*' 
finds 0 describe-snapshots status=pending tag:Name=x tag-key=x
fails InvalidParameterValue qami describe-snapshots \
	--filters Name=colour,Values=x

same 2 "$(qami describe-snapshots --owner-ids self \
	--query 'length(Snapshots)')"
same 0 "$(qami describe-snapshots --owner-ids 222222222222 amazon \
	--query 'length(Snapshots)')"
same 2 "$(qami describe-snapshots --restorable-by-user-ids self \
	--query 'length(Snapshots)')"
same 0 "$(qami describe-snapshots --restorable-by-user-ids all \
	--query 'length(Snapshots)')"
fails InvalidUserID.Malformed qami describe-snapshots --owner-ids me
fails InvalidUserID.Malformed qami describe-snapshots \
	--restorable-by-user-ids 1

fails InvalidSnapshot.NotFound qami describe-snapshots \
	--snapshot-ids "$one" snap-0fedcba9876543210
fails InvalidSnapshotID.Malformed qami describe-snapshots --snapshot-ids snap-1
fails InvalidSnapshotID.Malformed qami describe-snapshots \
	--snapshot-ids "$ami"
hidden "$one" describe-snapshots --snapshot-ids "$one"
# a launch permission shows the image, not its snapshots
qami modify-image-attribute --image-id "$ami" --user-groups all
hidden "$one" describe-snapshots --snapshot-ids "$one"
same '[]' "$(as 222222222222 describe-snapshots --query Snapshots)"

for i in 1 2 3 4 5; do
	qami import-snapshot --disk-container "File=$TMPDIR/disk.raw" >/dev/null
done
token=$(qami describe-snapshots --max-results 5 | get NextToken)
same 2 "$(qami describe-snapshots --max-results 5 --next-token "$token" \
	--query 'length(Snapshots)')"
fails InvalidNextToken qami describe-snapshots --next-token "$token" \
	--owner-ids self
fails InvalidParameterValue qami describe-snapshots --max-results 4
fails InvalidParameterCombination qami describe-snapshots --max-results 5 \
	--snapshot-ids "$one"
dry qami describe-snapshots
fails InvalidSnapshot.NotFound qami describe-snapshots --dry-run \
	--snapshot-ids snap-0fedcba9876543210

# one whose size cannot be found out, as somebody moves layers about, or has
# damaged them, is listed without it
three=$(qami create-snapshot --output text --query SnapshotId --volume-id \
	"$(qami create-volume --availability-zone us-east-1a \
		--snapshot-id "$two" --output text --query VolumeId)")
settled # what counts it
below=$QAMI_STORE/layers/$(sql "SELECT layer FROM snapshot WHERE id = '$two'")
size()
{
	sql 'UPDATE layer SET "full" = NULL'
	qami describe-snapshots --snapshot-ids "$three" --output text \
		--query 'Snapshots[0].[VolumeSize,FullSnapshotSizeInBytes]' |
		tr '\t' ' '
}
same "2 $full" "$(size)"
mv "$below" "$TMPDIR/away"
same '2 None' "$(size)"
mv "$TMPDIR/away" "$below"
same "2 $full" "$(size)"
