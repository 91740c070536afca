#!/bin/sh
# ebs-get-snapshot-block - blocks are read by the tokens that were given for
# them to the caller, while they are valid
. tests/lib.sh
. tests/ebs.sh
block a
block b
snap=$(made 3=a 4=b)
other=$(made 3=b)

# read_block TOKEN [BLOCK [SNAPSHOT]]
read_block()
{
	qami ebs get-snapshot-block --snapshot-id "${3:-$snap}" --block-index \
		"${2:-3}" --block-token "$1" "$TMPDIR/bytes"
}

fetch "$snap" 3 bytes >"$TMPDIR/answer"
cmp "$TMPDIR/bytes" "$TMPDIR/a"
same "$(sum "$TMPDIR/a")" "$(get Checksum <"$TMPDIR/answer")"
same 524288 "$(get DataLength <"$TMPDIR/answer")"
same SHA256 "$(get ChecksumAlgorithm <"$TMPDIR/answer")"
good=$(token "$snap" 3)
qami get-snapshot-block "$TMPDIR/second" --snapshot-id "$snap" \
	--block-index 3 --block-token "$good" --output text --query Checksum \
	>"$TMPDIR/answer"
cmp "$TMPDIR/second" "$TMPDIR/a"
printf '{"SnapshotId": "%s", "BlockIndex": 3, "BlockToken": "%s"}' "$snap" \
	"$good" >"$TMPDIR/input"
qami ebs get-snapshot-block --cli-input-json "file://$TMPDIR/input" \
	"$TMPDIR/third" >/dev/null
cmp "$TMPDIR/third" "$TMPDIR/a"

# without a place for the bytes it is no command
status=0
qami ebs get-snapshot-block --snapshot-id "$snap" --block-index 3 \
	--block-token "$good" 2>"$TMPDIR/err" || status=$?
same 252 $status
status=0
qami ebs get-snapshot-block --cli-input-json "file://$TMPDIR/input" \
	2>"$TMPDIR/err" || status=$?
same 252 $status
status=0
qami ebs get-snapshot-block --cli-input-json "file://$TMPDIR/input" \
	"$TMPDIR/no/such" >"$TMPDIR/answer" 2>"$TMPDIR/err" || status=$?
same 255 $status
qami ebs get-snapshot-block --generate-cli-skeleton >"$TMPDIR/skeleton"
same '' "$(grep -i outfile "$TMPDIR/skeleton")"

# tokens of others
rm "$TMPDIR/bytes"
fails ValidationException read_block "$(token "$snap" 4)"
fails ValidationException read_block "$(token "$other" 3)"
fails ValidationException read_block "$good" 4
fails ValidationException read_block "$good" 5
fails ValidationException read_block "$good" 9223372036854775807
fails ValidationException read_block "$good" -1
fails ValidationException read_block "$good" 3 "$other"
fails ValidationException read_block "$(echo "$good" | tr 'A-Za-z' 'N-ZA-Mn-za-m')"
fails ValidationException read_block AAAA
fails ValidationException read_block "$good$good"
fails ValidationException read_block ''
lend "$snap" 222222222222
lent=$(token "$snap" 3 --account 222222222222)
[ -n "$lent" ]
fails ValidationException read_block "$lent"
QAMI_ACCOUNT=222222222222 fails ValidationException read_block "$good"
[ ! -e "$TMPDIR/bytes" ]
QAMI_ACCOUNT=222222222222 read_block "$lent" >/dev/null
cmp "$TMPDIR/bytes" "$TMPDIR/a"

# what was lent is taken back, with all tokens
qami modify-snapshot-attribute --snapshot-id "$snap" --attribute \
	createVolumePermission --operation-type remove --user-ids 222222222222
QAMI_ACCOUNT=222222222222 fails ResourceNotFoundException read_block "$lent"
fails ResourceNotFoundException read_block "$good" 3 snap-0123456789abcdef0
fails ValidationException read_block "$good" 3 nonsense
hidden "$snap" ebs get-snapshot-block --snapshot-id "$snap" --block-index 3 \
	--block-token "$good" "$TMPDIR/bytes"

# another key: as if they had never been given
sql "DELETE FROM setting WHERE key = 'token-key'"
fails ValidationException read_block "$good"
fetch "$snap" 4 bytes >/dev/null
cmp "$TMPDIR/bytes" "$TMPDIR/b"
