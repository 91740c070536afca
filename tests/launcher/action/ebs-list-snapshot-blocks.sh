#!/bin/sh
# ebs-list-snapshot-blocks - the blocks with data, by pages
. tests/lib.sh
. tests/ebs.sh
block a

# list [OPTION…]
list()
{
	qami ebs list-snapshot-blocks --snapshot-id "$snap" "$@"
}

snap=$(made 0=a 7=a 2047=a)
list >"$TMPDIR/answer"
same 1 "$(get VolumeSize <"$TMPDIR/answer")"
same 524288 "$(get BlockSize <"$TMPDIR/answer")"
same '0 7 2047' "$(blocks "$snap")"
# tokens are different ones, for seven days
same 3 "$(list --query 'Blocks[].BlockToken' --output text | tr '\t' '\n' |
	grep -xE '[A-Za-z0-9+/=]{1,256}' | sort -u | wc -l)"
days=$(($(date -d "$(get ExpiryTime <"$TMPDIR/answer")" +%s) - $(date +%s)))
[ $days -gt 604700 ] && [ $days -le 604801 ]
qami list-snapshot-blocks --snapshot-id "$snap" >/dev/null

# from somewhere on
same '7 2047' "$(echo $(list --starting-block-index 1 --output text \
	--query 'Blocks[].BlockIndex'))"
same 2047 "$(list --starting-block-index 8 | get Blocks.0.BlockIndex)"
same '[]' "$(list --starting-block-index 2048 | get Blocks)"
same '[]' "$(list --starting-block-index 9223372036854775807 | get Blocks)"

# an imported disk: blocks with data, the last one is not whole
truncate -s 1049100800 "$TMPDIR/disk.raw" # 2000 blocks and a half and so on
dd if="$TMPDIR/a" of="$TMPDIR/disk.raw" bs=512k seek=5 count=1 conv=notrunc \
	status=none
printf x | dd of="$TMPDIR/disk.raw" bs=1 seek=1049100799 conv=notrunc \
	status=none
snap=$(qami import-snapshot --disk-container "File=$TMPDIR/disk.raw" |
	get SnapshotTaskDetail.SnapshotId)
same '5 2001' "$(blocks "$snap")"
fetch "$snap" 2001 out >/dev/null
same 524288 "$(stat -c %s "$TMPDIR/out")"
same 1 "$(tr -d '\000' <"$TMPDIR/out" | wc -c)"

# pages: 250 blocks by hundreds, each once; through a sparse raw disk
truncate -s 1G "$TMPDIR/many.raw"
for i in $(seq 0 8 1999); do
	printf x | dd of="$TMPDIR/many.raw" bs=1 seek=$((i * 524288)) \
		conv=notrunc status=none
done
snap=$(qami import-snapshot --disk-container "File=$TMPDIR/many.raw" |
	get SnapshotTaskDetail.SnapshotId)
seq 0 8 1999 >"$TMPDIR/wanted"
list --max-results 100 >"$TMPDIR/page"
pages=1
get Blocks <"$TMPDIR/page" | grep -o '"BlockIndex": [0-9]*' >"$TMPDIR/got"
while next=$(get NextToken <"$TMPDIR/page" 2>/dev/null); do
	list --max-results 100 --next-token "$next" >"$TMPDIR/page"
	get Blocks <"$TMPDIR/page" | grep -o '"BlockIndex": [0-9]*' \
		>>"$TMPDIR/got"
	pages=$((pages + 1))
done
same 3 $pages
sed 's/.* //' "$TMPDIR/got" | cmp - "$TMPDIR/wanted"
same 250 "$(list | get Blocks | grep -o BlockIndex | wc -l)"

# a page's token is this listing's, this snapshot's and this account's
next=$(list --max-results 100 | get NextToken)
other=$(made 3=a)
fails ValidationException qami ebs list-snapshot-blocks --snapshot-id "$other" \
	--next-token "$next"
fails ValidationException list --next-token "$(token "$snap" 0)"
fails ValidationException list --next-token AAAA
fails ValidationException list --next-token "$(echo "$next" | tr 'A-Y' 'B-Z')"

# refused
for most in 99 10001 0 -1; do
	fails ValidationException list --max-results $most
done
fails ValidationException list --starting-block-index -1
fails ValidationException blocks "$(begin)"
fails ValidationException blocks nonsense
fails ResourceNotFoundException blocks snap-0123456789abcdef0
hidden "$snap" ebs list-snapshot-blocks --snapshot-id "$snap"

# who may use it may read it
fails ResourceNotFoundException as 222222222222 ebs list-snapshot-blocks \
	--snapshot-id "$other"
lend "$other" all
same 3 "$(as 222222222222 ebs list-snapshot-blocks --snapshot-id "$other" |
	get Blocks.0.BlockIndex)"
