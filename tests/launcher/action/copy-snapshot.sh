#!/bin/sh
# copy-snapshot - the same bytes under an id of one's own, whatever becomes of
# the source, which it shares its layer with until then
. tests/lib.sh
. tests/snapshot.sh

copy()
{
	qami copy-snapshot --source-region us-east-1 --source-snapshot-id "$@"
}
vol=$(volume --size 2)
put "$vol" 7 0
first=$(snap "$vol" --description one \
	--tag-specifications 'ResourceType=snapshot,Tags=[{Key=a,Value=b}]')
put "$vol" 8 1
second=$(snap "$vol")
rows()
{
	sql 'SELECT count(*) FROM snapshot'
}

dry qami copy-snapshot --source-region us-east-1 --source-snapshot-id "$first"
qami quota set --snapshots 2
fails SnapshotLimitExceeded copy "$first"
qami quota set --snapshots none
hidden "$first" copy-snapshot --source-region us-east-1 \
	--source-snapshot-id "$first"
fails InvalidSnapshot.NotFound copy snap-0fedcba9876543210
fails InvalidSnapshotID.Malformed copy snap-xyz
fails InvalidParameterValue qami copy-snapshot --source-region eu-west-1 \
	--source-snapshot-id "$first"
fails InvalidKMSKey.NotFound copy "$first" --encrypted --kms-key-id alias/x
fails InvalidParameterDependency copy "$first" --kms-key-id alias/x
fails InvalidParameterValue copy "$first" --tag-specifications \
	'ResourceType=image,Tags=[{Key=a,Value=b}]'
fails TagLimitExceeded copy "$first" --tag-specifications \
	"ResourceType=snapshot,Tags=[$(seq -s , -f '{Key=%g,Value=x}' 51)]"
pending=$(qami ebs start-snapshot --volume-size 1 --query SnapshotId \
	--output text)
fails IncorrectState copy "$pending"
same 3 "$(rows)"

copy "$first" --description mine --destination-region us-east-1 \
	--no-encrypted --presigned-url https://198.51.100.7/x \
	--tag-specifications 'ResourceType=snapshot,Tags=[{Key=c,Value=d}]' \
	>"$TMPDIR/answer"
tests/shape CopySnapshot "$TMPDIR/answer"
own=$(get SnapshotId <"$TMPDIR/answer")
same '[{"Key": "c", "Value": "d"}]' "$(get Tags <"$TMPDIR/answer")"
qami describe-snapshots --snapshot-ids "$own" >"$TMPDIR/own"
tests/shape DescribeSnapshots "$TMPDIR/own" CompletionTime \
	FullSnapshotSizeInBytes
for pair in State=completed Progress=100% VolumeId=vol-ffffffff \
	VolumeSize=2 Description=mine OwnerId=123456789012 Encrypted=False \
	StorageTier=standard Tags.0.Key=c; do
	same "$pair" "${pair%%=*}=$(get "Snapshots.0.${pair%%=*}" \
		<"$TMPDIR/own")"
done
same "$(get Snapshots.0.StartTime <"$TMPDIR/own")" \
	"$(get Snapshots.0.CompletionTime <"$TMPDIR/own")"
qami copy-snapshot --source-region us-east-1 --source-snapshot-id "$second" \
	>"$TMPDIR/answer"
plain=$(get SnapshotId <"$TMPDIR/answer")
same '[]' "$(get Tags <"$TMPDIR/answer")"
same "" "$(qami describe-snapshots --snapshot-ids "$plain" |
	get Snapshots.0.Description)"
settled

# another account's copy is its own: nobody else's to see, and it stays
qami modify-snapshot-attribute --snapshot-id "$first" --user-ids 222222222222
theirs=$(as 222222222222 copy-snapshot --source-region us-east-1 \
	--source-snapshot-id "$first" --output text --query SnapshotId)
fails InvalidSnapshot.NotFound qami describe-snapshots --snapshot-ids "$theirs"
fails InvalidSnapshot.NotFound qami delete-snapshot --snapshot-id "$theirs"
for id in "$first" "$second"; do
	qami delete-snapshot --snapshot-id "$id"
done
settled
other=$(as 222222222222 create-volume --availability-zone us-east-1a \
	--output text --query VolumeId --snapshot-id "$theirs")
is "$(of volume "$other")" 7 0
is "$(of volume "$other")" 0 1
one=$(volume --snapshot-id "$own")
is "$(of volume "$one")" 7 0
is "$(of volume "$one")" 0 1
two=$(volume --snapshot-id "$plain")
is "$(of volume "$two")" 8 1

# the last name of a layer takes it along
qami delete-snapshot --snapshot-id "$own"
qami delete-volume --volume-id "$one"
settled
is "$(of volume "$other")" 7 0
as 222222222222 delete-volume --volume-id "$other"
as 222222222222 delete-snapshot --snapshot-id "$theirs"
for id in "$two" "$vol"; do
	qami delete-volume --volume-id "$id"
done
qami delete-snapshot --snapshot-id "$plain"
qami delete-snapshot --snapshot-id "$pending"
settled
sql "UPDATE snapshot SET expires = 1"
same 0 "$(sql "SELECT count(*) FROM layer WHERE name NOT IN
	(SELECT layer FROM snapshot)")"

# a key that is disabled encrypts nothing
key=$(qami kms create-key --query KeyMetadata.KeyId --output text)
qami kms disable --key-id "$key"
vol=$(qami create-volume --size 1 --availability-zone us-east-1a |
	get VolumeId)
fails InvalidKMSKey.InvalidState qami copy-snapshot --source-region us-east-1 \
	--source-snapshot-id "$(qami create-snapshot --volume-id "$vol" |
		get SnapshotId)" --encrypted --kms-key-id "$key"
