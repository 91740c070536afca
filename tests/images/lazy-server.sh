#!/bin/sh
# A snapshot is used at once though its object lies on an S3 server, this one
# another store's: only what is needed is asked for, and nothing is kept of the
# object; while the server is away, or has something else there, what is missing
# is an I/O error, and goes on when it is right again.
. tests/lib.sh
. tests/snapshot.sh
. tests/stored.sh
. tests/region.sh
QAMI_ARCHIVE_RESTORE=lazy QAMI_FILL_RATE=0.25
export QAMI_ARCHIVE_RESTORE QAMI_FILL_RATE
. tests/tier.sh

. tests/filling.sh
. tests/between.sh
export QAMI_ARCHIVE=s3://cold/deep

# asked PATTERN - how many requests were so since the log was emptied
asked()
{
	grep -c "$1" "$TMPDIR/between/log" || :
}

head -c 40M /dev/urandom >"$TMPDIR/raw"
snap=$(qami import-snapshot --disk-container "File=$TMPDIR/raw,Format=raw" \
	--output text --query SnapshotTaskDetail.SnapshotId)
archive "$snap"
rm "$TMPDIR/between/log"
unarchive "$snap"
layer=$(sql "SELECT layer FROM snapshot WHERE id = '$snap'")
volume=$(volume --snapshot-id "$snap")
until_is 80 sql 'SELECT blocks FROM filling'
reads "$TMPDIR/raw" 79
reads "$TMPDIR/raw" 24
[ ! -e "$QAMI_STORE/layers/$layer" ]
# the object is there still, is asked for in pieces only, and by far not all
same filling "$(filling)"
same 0 "$(asked 'GET .* -$')"
[ "$(asked 'GET .* bytes=')" -ge 8 ]
python3 - "$TMPDIR/between/log" <<'END'
import re, sys
pieces = re.findall(r" bytes=(\d+)-(\d+)\n", open(sys.argv[1]).read())
fetched = sum(int(last) - int(first) + 1 for first, last in pieces)
sys.exit(f"{fetched} bytes were asked for" if fetched > 30 << 20 else 0)
END
same '' "$(ls "$QAMI_STORE/archive" 2>/dev/null)"

# whoever fills it is killed, and what was fetched stays
kill -9 "$(filler)"
for try in $(seq 600); do
	! reads "$TMPDIR/raw" 24 || break
	sleep 0.1
done
reads "$TMPDIR/raw" 24
same filling "$(filling)"

# the server fails: what is missing is an error, what was fetched is not
plan 'always 503'
missing "$TMPDIR/raw" 75
until_is impaired filling
same impaired "$(qami describe-volume-status --volume-ids "$volume" |
	get VolumeStatuses.0.VolumeStatus.Status)"
sql 'SELECT message FROM filling' | grep -q SlowDown
reads "$TMPDIR/raw" 24
plan pass
until_is filling filling
reads "$TMPDIR/raw" 75

# another object lies there: nothing of it is read; then the right one once more
files=$(find "$TMPDIR/far/buckets/cold" -type f)
cp "$files" "$TMPDIR/object"
head -c "$(stat -c %s "$files")" /dev/urandom >"$TMPDIR/other"
put_back()
{
	cp "$1" "$files.new"
	mv "$files.new" "$files"
}
put_back "$TMPDIR/other"
until_is impaired filling
sql 'SELECT message FROM filling' | grep -q 'took the place'
missing "$TMPDIR/raw" 71
reads "$TMPDIR/raw" 75
[ ! -e "$QAMI_STORE/layers/$layer" ]
rm "$files"
missing "$TMPDIR/raw" 71
# nor of a block that was altered, which is asked for again
cp "$TMPDIR/object" "$TMPDIR/other"
printf 'other' | dd of="$TMPDIR/other" bs=1 conv=notrunc status=none \
	seek=$(($(stat -c %s "$TMPDIR/object") - 2 * (2097152 + 44) - 9000))
put_back "$TMPDIR/other"
until_is filling filling
reads "$TMPDIR/raw" 67
missing "$TMPDIR/raw" 71
put_back "$TMPDIR/object"
reads "$TMPDIR/raw" 71

# all of it
fast=$(volume --snapshot-id "$snap" --volume-initialization-rate 300)
until_is 0 sql "SELECT count(*) FROM filling WHERE state <> 'full'"
same completed "$(qami describe-volume-status --volume-ids "$fast" |
	get VolumeStatuses.0.VolumeStatus.Details.2.Status)"
[ -e "$QAMI_STORE/layers/$layer" ]
patient qemu-img convert -O raw "$(of volume "$volume")" "$TMPDIR/got"
cmp -n $((40 << 20)) "$TMPDIR/raw" "$TMPDIR/got"
same 0 "$(asked 'GET .* -$')"
settled
qami fsck --deep

# a server that does not know what a piece is gives all of it first
plan 'always part-whole'
copy=$(qami copy-snapshot --source-snapshot-id "$snap" \
	--source-region us-east-1 | get SnapshotId)
qami wait snapshot-completed --snapshot-ids "$copy"
archive "$copy"
QAMI_FILL_RATE=1000
settled
rm "$TMPDIR/between/log"
unarchive "$copy"
until_is 0 sql "SELECT count(*) FROM filling WHERE state <> 'full'"
[ "$(asked 'part-whole GET .* -$')" -ge 1 ]
patient qemu-img convert -O raw "$(of snapshot "$copy")" "$TMPDIR/got"
cmp -n $((40 << 20)) "$TMPDIR/raw" "$TMPDIR/got"
settled
