#!/bin/sh
# ebs-complete-snapshot - what was put is what is completed, and volumes of it
# read the same
. tests/lib.sh
. tests/ebs.sh
block a
block b
block c

# linear NAME… - the checksum of such files' checksums
linear()
{
	for name do
		openssl dgst -sha256 -binary "$TMPDIR/$name"
	done | openssl dgst -sha256 -binary | base64
}

# in any order
snap=$(begin)
put "$snap" 9 c >/dev/null
put "$snap" 100 b >/dev/null
put "$snap" 0 a >/dev/null

for count in 2 4 0 -1; do
	fails ValidationException complete "$snap" $count
done
fails ValidationException complete "$snap" 3 --checksum "$(linear a b c)"
fails ValidationException complete "$snap" 3 --checksum nonsense
fails ValidationException complete "$snap" 3 --checksum "$(linear a c b)" \
	--checksum-algorithm MD5
fails ValidationException complete "$snap" 3 --checksum "$(linear a c b)" \
	--checksum-aggregation-method TREE
fails ValidationException complete nonsense 3
fails ResourceNotFoundException complete snap-0123456789abcdef0 3
hidden "$snap" ebs complete-snapshot --snapshot-id "$snap" \
	--changed-blocks-count 3
fails ValidationException blocks "$snap"
fails IncorrectState volume "$snap"

same completed "$(complete "$snap" 3 --checksum "$(linear a c b)" \
	--checksum-algorithm SHA256 --checksum-aggregation-method LINEAR |
	get Status)"
same completed "$(qami describe-snapshots --snapshot-ids "$snap" |
	get Snapshots.0.State)"
same 400 "$(stat -c %a "$QAMI_STORE/layers/$(sql \
	"SELECT layer FROM snapshot WHERE id = '$snap'")")"
same 0 "$(sql 'SELECT count(*) FROM snapshot_block')"
# a client that did not hear the answer asks again
same completed "$(complete "$snap" 3 | get Status)"

# nothing at all, and from a parent
empty=$(begin)
complete "$empty" 0 >/dev/null
same '' "$(blocks "$empty")"
child=$(begin --parent-snapshot-id "$snap")
complete "$child" 0 >/dev/null
same '0 9 100' "$(blocks "$child")"

# what a volume of it reads is what was put
truncate -s 1G "$TMPDIR/model"
for pair in 0=a 9=c 100=b; do
	dd if="$TMPDIR/${pair#*=}" of="$TMPDIR/model" bs=512k \
		seek="${pair%%=*}" conv=notrunc status=none
done
for one in "$snap" "$child"; do
	content "$(volume "$one")" "$TMPDIR/read"
	cmp "$TMPDIR/read" "$TMPDIR/model"
done

# a block that was cut short stops it, until it is put again
snap=$(begin)
put "$snap" 1 a >/dev/null
put "$snap" 2 b >/dev/null
sql "DELETE FROM snapshot_block WHERE block = 1"
for count in 1 2; do
	fails ValidationException complete "$snap" $count
	has 'block 1 was cut short' "$TMPDIR/err"
done
put "$snap" 1 a >/dev/null
complete "$snap" 2 >/dev/null

# it is not the owner's own snapshot
lend "$snap" 222222222222
QAMI_ACCOUNT=222222222222 fails AccessDeniedException complete "$snap" 2

# one that was deleted while it was pending goes when it is complete
snap=$(begin)
put "$snap" 1 a >/dev/null
qami delete-snapshot --snapshot-id "$snap"
complete "$snap" 1 >/dev/null || :
fails InvalidSnapshot.NotFound qami describe-snapshots --snapshot-ids "$snap"
same '' "$(sql "SELECT id FROM snapshot WHERE id = '$snap'")"
