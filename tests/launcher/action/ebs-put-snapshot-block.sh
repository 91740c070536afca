#!/bin/sh
# ebs-put-snapshot-block - blocks with the right checksum are written, durably
# and as often as one likes; anything else is not
. tests/lib.sh
. tests/ebs.sh
block a
block b
snap=$(begin)

put "$snap" 3 a >"$TMPDIR/answer"
same "$(sum "$TMPDIR/a")" "$(get Checksum <"$TMPDIR/answer")"
same SHA256 "$(get ChecksumAlgorithm <"$TMPDIR/answer")"

# again, the same and another: the last one counts, and once
put "$snap" 3 a --progress 50 >/dev/null
put "$snap" 3 b >/dev/null
put "$snap" 3 b >/dev/null
put "$snap" 3 a >/dev/null
put "$snap" 2047 b >/dev/null
# the file's path alone is what the AWS CLI takes
qami put-snapshot-block --snapshot-id "$snap" --block-index 0 \
	--block-data "$TMPDIR/b" --data-length 524288 \
	--checksum "$(sum "$TMPDIR/b")" --checksum-algorithm SHA256 >/dev/null

# at once
for i in 10 11 12 13 14 15; do
	put "$snap" $i b >/dev/null 2>"$TMPDIR/err$i" &
done
wait
cat "$TMPDIR"/err1?
same 9 "$(sql 'SELECT count(*) FROM snapshot_block')"

# refused, and nothing is written
before=$(cat "$QAMI_STORE"/layers/* | sha256sum)
head -c 524287 "$TMPDIR/a" >"$TMPDIR/short"
cat "$TMPDIR/a" "$TMPDIR/a" >"$TMPDIR/long"
: >"$TMPDIR/empty"
fails ValidationException put "$snap" 4 short
fails ValidationException put "$snap" 4 long
fails ValidationException put "$snap" 4 empty
fails ValidationException put "$snap" 2048 a
fails ValidationException put "$snap" -1 a
fails ValidationException put "$snap" 9223372036854775807 a
fails ValidationException put "$snap" 4 a --data-length 524287
fails ValidationException put "$snap" 4 a --data-length 0
fails ValidationException put "$snap" 4 a --checksum "$(sum "$TMPDIR/b")"
fails ValidationException put "$snap" 4 a --checksum nonsense
fails ValidationException put "$snap" 4 a --checksum ''
fails ValidationException put "$snap" 4 a --checksum AAAA
fails ValidationException put "$snap" 4 a --checksum-algorithm MD5
fails ValidationException put "$snap" 4 a --progress 101
fails ValidationException put nonsense 4 a
fails ResourceNotFoundException put snap-0123456789abcdef0 4 a
if put "$snap" 4 missing 2>/dev/null; then exit 1; fi
hidden "$snap" ebs put-snapshot-block --snapshot-id "$snap" --block-index 4 \
	--block-data "$TMPDIR/a" --data-length 524288 --checksum \
	"$(sum "$TMPDIR/a")" --checksum-algorithm SHA256
same "$before" "$(cat "$QAMI_STORE"/layers/* | sha256sum)"
same 9 "$(sql 'SELECT count(*) FROM snapshot_block')"

complete "$snap" 9 >/dev/null
same '0 3 10 11 12 13 14 15 2047' "$(blocks "$snap")"
fetch "$snap" 3 out >/dev/null
cmp "$TMPDIR/out" "$TMPDIR/a"
fails ValidationException put "$snap" 4 a

# others' snapshots: one that may be used may not be written
imported=$(image alpha >/dev/null; qami describe-images |
	get Images.0.BlockDeviceMappings.0.Ebs.SnapshotId)
fails ValidationException put "$imported" 0 a
lend "$snap" 222222222222
QAMI_ACCOUNT=222222222222 fails AccessDeniedException put "$snap" 4 a

# a key that was disabled, or is another account's by a grant, has to be there
key=$(as 222222222222 kms create-key --output text --query KeyMetadata.KeyId)
arn=arn:aws:kms:us-east-1:222222222222:key/$key
grant=$(as 222222222222 kms grant --key-id "$key" --output text \
	--grantee-principal 123456789012 --query GrantId \
	--operations Decrypt GenerateDataKeyWithoutPlaintext)
sealed=$(begin --encrypted --kms-key-arn "$arn")
put "$sealed" 4 a >/dev/null
as 222222222222 kms disable --key-id "$key"
fails ValidationException put "$sealed" 5 a
as 222222222222 kms enable --key-id "$key"
put "$sealed" 5 a >/dev/null
as 222222222222 kms revoke --key-id "$key" --grant-id "$grant"
fails ValidationException put "$sealed" 6 a
same 2 "$(sql "SELECT count(*) FROM snapshot_block WHERE snapshot = '$sealed'")"

# a full disk: what was acknowledged stays, the rest can be put again
if has_small_disk; then
	small_disk '. "$OLDPWD"/tests/lib.sh; . "$OLDPWD"/tests/ebs.sh
		snap=$(begin)
		put $snap 1 a >/dev/null
		fill
		fails ServiceQuotaExceededException put $snap 2 b
		fails ValidationException complete $snap 2
		drain
		put $snap 2 b >/dev/null
		complete $snap 2 >/dev/null
		fetch $snap 1 out >/dev/null
		cmp $TMPDIR/out $TMPDIR/a
		fetch $snap 2 out >/dev/null
		cmp $TMPDIR/out $TMPDIR/b'
	fails ServiceQuotaExceededException small_disk '
		. "$OLDPWD"/tests/lib.sh; . "$OLDPWD"/tests/ebs.sh
		snap=$(begin)
		fill
		put $snap 2 b'
fi
