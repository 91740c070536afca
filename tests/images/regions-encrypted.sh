#!/bin/sh
# copies between stores of what is encrypted there, or shall be here: under
# which key, for whom, by the difference, and never in clear
. tests/lib.sh
. tests/snapshot.sh
. tests/region.sh
region_setup
marker=what-a-guest-wrote-in-clear

far_key()
{
	far qami kms create-key --query KeyMetadata.KeyId --output text
}
key_here()
{
	qami kms create-key --query KeyMetadata.KeyId --output text
}
# in_clear - the files of this store in which what was written can be read
in_clear()
{
	grep -lraF $marker "$QAMI_STORE" || :
}
# copy SNAPSHOT [OPTION…] - nobody works on it before carried; its id is in $copy
copy()
{
	held
	copy=$(qami copy-snapshot --source-region far-1 --output text \
		--query SnapshotId --source-snapshot-id "$@") || {
		let_go
		return 1
	}
}
shown()
{
	qami describe-snapshots --snapshot-ids "$1" --output text \
		--query 'Snapshots[0].[State,Encrypted,KmsKeyId]' | tr '\t' ' '
}
arn=arn:aws:kms:us-east-1:123456789012:key

# there: an encrypted lineage of two, and one that is not
there=$(far_key)
one=$(far sent - --encrypted --kms-key-arn \
	"arn:aws:kms:us-east-1:123456789012:key/$there" <<-ONE
	0 $marker one
	5 $marker two
	9 $marker three
ONE
)
two=$(far sent "$one" <<-TWO
	5 $marker four
	1000 $marker five
TWO
)
plain=$(far sent - <<-PLAIN
	3 $marker six
	8 $marker seven
PLAIN
)
far blocks "$one" >"$TMPDIR/one"
far blocks "$two" >"$TMPDIR/two"
far blocks "$plain" >"$TMPDIR/plain"
same '3 4 2' "$(echo $(wc -l <"$TMPDIR/one") $(wc -l <"$TMPDIR/two") \
	$(wc -l <"$TMPDIR/plain"))"
same '' "$(far sh -c "grep -lraF '$marker one' \$QAMI_STORE" || :)"

# what is encrypted there is so here, under a key of this store: the one that is
# named, else the default one; never in clear, and that can be seen at once
fails InvalidParameterValue copy "$one" --no-encrypted
fails InvalidParameterDependency copy "$one" --kms-key-id alias/aws/ebs
fails InvalidKMSKey.NotFound copy "$one" --encrypted --kms-key-id "$there"
copy "$one"
default=$(qami kms describe-key --key-id alias/aws/ebs --output text \
	--query KeyMetadata.KeyId)
same "pending True $arn/$default" "$(shown "$copy")"
carried 3
same "completed True $arn/$default" "$(shown "$copy")"
blocks "$copy" | cmp "$TMPDIR/one"
first=$copy

# the second of a lineage stands on the copy of the first where that has the
# same key, and under another one on none
copy "$two"
carried 2
blocks "$copy" | cmp "$TMPDIR/two"
same "$(sql "SELECT disk_key FROM snapshot JOIN layer ON name = layer
	WHERE id = '$first'")" "$(sql "SELECT disk_key FROM snapshot
	JOIN layer ON name = layer WHERE id = '$copy'")"
mine=$(key_here)
copy "$two" --encrypted --kms-key-id "$mine"
carried 4
same "completed True $arn/$mine" "$(shown "$copy")"
blocks "$copy" | cmp "$TMPDIR/two"
copy "$two" --encrypted --kms-key-id "$mine"
carried 0
blocks "$copy" | cmp "$TMPDIR/two"

# a plain one is encrypted when that is asked for, or by default; then it stands
# on no plain copy
copy "$plain"
carried 2
same 'completed False None' "$(shown "$copy")"
same 1 "$(in_clear | wc -l)"
clear=$copy
copy "$plain" --encrypted --kms-key-id "$mine"
carried 2
same "completed True $arn/$mine" "$(shown "$copy")"
blocks "$copy" | cmp "$TMPDIR/plain"
qami enable-ebs-encryption-by-default >"$TMPDIR/out"
copy "$plain"
carried 2
same "completed True $arn/$default" "$(shown "$copy")"
blocks "$copy" | cmp "$TMPDIR/plain"
qami delete-snapshot --snapshot-id "$clear"
settled
same '' "$(in_clear)"
qami disable-ebs-encryption-by-default >"$TMPDIR/out"

# keys that were made for layers which stand on others are not kept
same 0 "$(sql 'SELECT count(*) FROM disk_key
	WHERE id NOT IN (SELECT disk_key FROM layer
		WHERE disk_key IS NOT NULL)')"

# an image, which another account may have as far as it may use the key there
ami=$(far qami register-image --name alpha --root-device-name /dev/sda1 \
	--output text --query ImageId --block-device-mappings \
	"DeviceName=/dev/sda1,Ebs={SnapshotId=$two}")
far qami modify-image-attribute --image-id "$ami" --user-ids 222222222222
far qami modify-snapshot-attribute --snapshot-id "$two" --user-ids 222222222222
theirs()
{
	as 222222222222 copy-image --source-region far-1 --output text \
		--query ImageId --source-image-id "$ami" --name "$@"
}
fails InvalidKMSKey.NotFound theirs beta
far qami kms grant --key-id "$there" --grantee-principal 222222222222 \
	--operations Decrypt >"$TMPDIR/out"
# … but not with a key here that nobody lent it
fails InvalidKMSKey.NotFound theirs beta --encrypted \
	--kms-key-id "$arn/$mine"
new=$(theirs beta)
same True "$(as 222222222222 describe-images --image-ids "$new" --output text \
	--query 'Images[0].BlockDeviceMappings[0].Ebs.Encrypted')"
as 222222222222 wait image-available --image-ids "$new"
snap=$(as 222222222222 describe-images --image-ids "$new" --output text \
	--query 'Images[0].BlockDeviceMappings[0].Ebs.SnapshotId')
QAMI_ACCOUNT=222222222222 blocks "$snap" | cmp "$TMPDIR/two"

# a key that is disabled opens nothing there and encrypts nothing here; a copy
# that has begun goes on
qami kms disable --key-id "$mine"
fails InvalidKMSKey.InvalidState copy "$one" --encrypted --kms-key-id "$mine"
qami kms enable --key-id "$mine"
far qami kms disable --key-id "$there"
fails InvalidKMSKey.InvalidState copy "$one"
far qami kms enable --key-id "$there"
copy "$one" --encrypted --kms-key-id "$mine"
qami kms disable --key-id "$mine"
far qami kms disable --key-id "$there"
carried 3
qami kms enable --key-id "$mine"
blocks "$copy" | cmp "$TMPDIR/one"

# one whose key is deleted meanwhile, there or here, ends in error
far qami kms enable --key-id "$there"
gone=$(key_here)
copy "$plain" --encrypted --kms-key-id "$gone"
ended=$copy
let_go
copy "$one"
qami kms schedule-deletion --key-id "$gone" --pending-window-in-days 7 \
	>"$TMPDIR/out"
far qami kms schedule-deletion --key-id "$there" --pending-window-in-days 7 \
	>"$TMPDIR/out"
sql "UPDATE kms_key SET deletion = 1 WHERE id = '$gone'"
sqlite3 "$TMPDIR/far/qami.db" \
	"UPDATE kms_key SET deletion = 1 WHERE id = '$there'"
carried ''
for id in "$ended" "$copy"; do
	qami describe-snapshots --snapshot-ids "$id" --output text \
		--query 'Snapshots[0].[State,StateMessage]' >"$TMPDIR/ended"
	grep -q "^error.*Key '$arn/.*' does not exist" "$TMPDIR/ended"
	qami delete-snapshot --snapshot-id "$id"
done

# the other store gone, what is here opens with what is here alone
rm -r "$TMPDIR/far"
qami region remove far-1
blocks "$first" | cmp "$TMPDIR/one"
same '' "$(in_clear)"
qami fsck --deep | grep ' 0 faults'
