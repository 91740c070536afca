#!/bin/sh
# what is encrypted goes through a bucket, and is encrypted under keys of its
# own wherever it is copied to; in between nobody but who has the region's key
# can read it, and no file has it in clear
. tests/lib.sh
. tests/snapshot.sh
. tests/region.sh
bucket=$TMPDIR/bucket
marker=what-a-guest-wrote-in-clear
bucket_setup "$bucket"

there_key=$(far qami kms create-key --query KeyMetadata.KeyId --output text)
one=$(far sent - --encrypted --kms-key-arn \
	"arn:aws:kms:us-east-1:123456789012:key/$there_key" <<-ONE
	0 $marker one
	5 $marker two
ONE
)
two=$(far sent "$one" <<-TWO
	5 $marker three
	1000 $marker four
TWO
)
far blocks "$one" >"$TMPDIR/one"
far blocks "$two" >"$TMPDIR/two"
in_clear()
{
	grep -lraF "$marker" "$TMPDIR/far" "$bucket" "$QAMI_STORE" || :
}

# a key that opens nothing publishes nothing
far qami kms disable --key-id "$there_key"
fails InvalidKMSKey.InvalidState far qami region push far-1 "$one"
far qami kms enable --key-id "$there_key"
same 0 "$(objects blocks)"
pushed 2/2 "$one"
there_one=$there
pushed 2/3 "$two"
there_two=$there
same '' "$(in_clear)"

# never plain where it arrives: under the caller's default key, or the one that
# he names; of the second of a lineage the difference
copy_of()
{
	held
	copy=$(qami copy-snapshot --source-region far-1 --output text \
		--query SnapshotId --source-snapshot-id "$@") || {
		let_go
		return 1
	}
}
fails InvalidParameterValue copy_of "$there_one" --no-encrypted
copy_of "$there_one"
carried 2
default=$(qami kms describe-key --key-id alias/aws/ebs --output text \
	--query KeyMetadata.KeyId)
shown()
{
	qami describe-snapshots --snapshot-ids "$copy" --output text \
		--query 'Snapshots[0].[State,Encrypted,KmsKeyId]' | tr '\t' ' '
}
arn=arn:aws:kms:us-east-1:123456789012:key
same "completed True $arn/$default" "$(shown)"
blocks "$copy" | cmp "$TMPDIR/one"
copy_of "$there_two"
carried 2
blocks "$copy" | cmp "$TMPDIR/two"
mine=$(qami kms create-key --query KeyMetadata.KeyId --output text)
copy_of "$there_two" --encrypted --kms-key-id "$mine"
carried 3
same "completed True $arn/$mine" "$(shown)"
blocks "$copy" | cmp "$TMPDIR/two"
same '' "$(in_clear)"

# a grant that somebody has there is none in the region
far qami kms grant --key-id "$there_key" --grantee-principal 222222222222 \
	--operations Decrypt >"$TMPDIR/out"
far qami modify-snapshot-attribute --snapshot-id "$one" --user-ids 222222222222
pushed 0/2 "$one"
fails InvalidSnapshot.NotFound as 222222222222 copy-snapshot \
	--source-region far-1 --source-snapshot-id "$there_one"

# the region's key is in the file that only its owner can read, and nowhere else
same 600 "$(stat -c %a "$TMPDIR/far/keys/region-far-1")"
digits=$(cat "$TMPDIR/far/keys/region-far-1")
same "$TMPDIR/far/keys/region-far-1" \
	"$(grep -lraF "$digits" "$TMPDIR/far" "$bucket" "$QAMI_STORE")"
bytes=$(echo "$digits" | sed 's/../\\x&/g')
same '' "$(LC_ALL=C grep -lraP "$bytes" "$TMPDIR/far" "$bucket" \
	"$QAMI_STORE" || :)"

# the first site and its keys gone, what is here opens with keys of here
rm -r "$TMPDIR/far" "$bucket"
blocks "$copy" | cmp "$TMPDIR/two"
settled
qami fsck --deep | grep -q ' 0 faults'
