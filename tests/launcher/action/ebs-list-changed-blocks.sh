#!/bin/sh
# takes long
# ebs-list-changed-blocks - the blocks in which two snapshots differ, by pages
. tests/lib.sh
. tests/ebs.sh
for name in a b c; do
	block $name
done
head -c 524288 /dev/zero >"$TMPDIR/zero"

old=$(made 0=a 5=b 100=a 2047=c)
# 5 is another block, 7 is new, 8 is zeros as before, 100 now is
new=$(with="--parent-snapshot-id $old" made 5=a 7=b 8=zero 100=zero)
same '5 7 100' "$(changed "$old" "$new")"
same '5 7 100' "$(changed "$new" "$old")"
same '' "$(changed "$old" "$old")"

# tokens: each side's where it holds something
diff() {
	qami ebs list-changed-blocks --first-snapshot-id "$old" \
		--second-snapshot-id "$new" "$@"
}
diff >"$TMPDIR/answer"
same 1 "$(get VolumeSize <"$TMPDIR/answer")"
same 524288 "$(get BlockSize <"$TMPDIR/answer")"
same '["BlockIndex", "FirstBlockToken", "SecondBlockToken"]' \
	"$(diff --query 'keys(ChangedBlocks[0])' | tr -s ' \n' ' ' |
		sed 's/\[ /[/; s/ \]/]/; s/ $//')"
same "None" "$(diff --query 'ChangedBlocks[1].FirstBlockToken' --output text)"
same "None" "$(diff --query 'ChangedBlocks[2].SecondBlockToken' --output text)"
for side in First Second; do
	id=$old
	[ $side = First ] || id=$new
	qami ebs get-snapshot-block --snapshot-id "$id" --block-index 5 \
		--block-token "$(get ChangedBlocks.0.${side}BlockToken \
		<"$TMPDIR/answer")" "$TMPDIR/$side" >/dev/null
done
cmp "$TMPDIR/First" "$TMPDIR/b"
cmp "$TMPDIR/Second" "$TMPDIR/a"

# pages and beginnings
same '7 100' "$(diff --starting-block-index 6 --output text \
	--query 'ChangedBlocks[].BlockIndex' | tr '\t' ' ')"
same '[]' "$(diff --starting-block-index 101 | get ChangedBlocks)"

# a bigger one, and one that two steps lie between
big=$(with="--parent-snapshot-id $new --volume-size 2" made 5=c 4000=a)
same '5 4000' "$(changed "$new" "$big")"
same '5 7 100 4000' "$(changed "$old" "$big")"
same '5 7 100 4000' "$(changed "$big" "$old")"

# siblings over one parent
left=$(with="--parent-snapshot-id $old" made 9=a)
right=$(with="--parent-snapshot-id $old" made 9=b 10=b)
same '9 10' "$(changed "$left" "$right")"

# more than one page
many=$(begin \
	--parent-snapshot-id "$new" --volume-size 2)
sum=$(sum "$TMPDIR/c")
for i in $(seq 1000 3 1357); do
	qami ebs put-snapshot-block --snapshot-id "$many" --block-index "$i" \
		--block-data "fileb://$TMPDIR/c" --data-length 524288 \
		--checksum "$sum" --checksum-algorithm SHA256 >/dev/null
done
complete "$many" 120 >/dev/null
seq 1000 3 1357 >"$TMPDIR/wanted"
page()
{
	qami ebs list-changed-blocks --first-snapshot-id "$new" \
		--second-snapshot-id "$many" --max-results 100 "$@" \
		>"$TMPDIR/page" 2>/dev/null
	get ChangedBlocks <"$TMPDIR/page" |
		grep -o '"BlockIndex": [0-9]*' | sed 's/.* //' >>"$TMPDIR/got"
}
page
same 100 "$(wc -l <"$TMPDIR/got")"
next=$(get NextToken <"$TMPDIR/page")
page --next-token "$next"
cmp "$TMPDIR/got" "$TMPDIR/wanted"
if get NextToken <"$TMPDIR/page" 2>/dev/null; then exit 1; fi
# it is this question's
fails ValidationException diff --next-token "$next"

# a volume that is written at random, some of it with what is there already:
# what is listed is what a comparison of all bytes finds, also over two steps
cat >"$TMPDIR/differ.py" <<'END'
import os, sys
BLOCK = 524288

def data(fd):
    """The numbers of the blocks in which a file has any."""
    at, found = 0, set()
    while True:
        try:
            begin = os.lseek(fd, at, os.SEEK_DATA)
        except OSError:
            return found
        at = os.lseek(fd, begin, os.SEEK_HOLE)
        found.update(range(begin // BLOCK, (at - 1) // BLOCK + 1))

one, other = (os.open(path, os.O_RDONLY) for path in sys.argv[1:])
print(*(block for block in sorted(data(one) | data(other))
        if os.pread(one, BLOCK, block * BLOCK) !=
        os.pread(other, BLOCK, block * BLOCK)))
END
wild=$(qami create-volume --availability-zone us-east-1a --size 1 |
	get VolumeId)
for step in 1 2 3; do
	python3 -c "
import random
random.seed($step)
for i in range(60):
    at = random.randrange(0, 2**30 - 2**20, 4096)
    print('write', '-P', i % 3 + 1, at, 4096 * random.choice((1, 1, 30, 200)))
random.seed(1)
for i in range(20):
    at = random.randrange(0, 2**30 - 2**20, 4096)
    print('write', '-z' if i % 5 == 0 else f'-P {i % 3 + 1}', at,
          4096 * random.choice((1, 1, 30, 200)))" | qemu-io -f qcow2 \
		"$QAMI_STORE/layers/$(sql "SELECT layer FROM volume
		WHERE id = '$wild'")" >/dev/null
	snap=$(qami create-snapshot --volume-id "$wild" | get SnapshotId)
	qemu-img convert -O raw "$QAMI_STORE/layers/$(sql "SELECT layer
		FROM snapshot WHERE id = '$snap'")" "$TMPDIR/step$step"
	eval "step$step=$snap"
done
digested
for pair in 'step1 step2' 'step2 step3' 'step1 step3' 'step3 step1'; do
	one=${pair% *} other=${pair#* }
	eval "first=\$$one second=\$$other"
	python3 "$TMPDIR/differ.py" "$TMPDIR/$one" "$TMPDIR/$other" \
		>"$TMPDIR/wanted"
	[ "$(wc -w <"$TMPDIR/wanted")" -gt 20 ]
	same "$(cat "$TMPDIR/wanted")" "$(changed "$first" "$second" \
		2>"$TMPDIR/note")"
	same '' "$(cat "$TMPDIR/note")"
done
# deleting the one between changes nothing
qami delete-snapshot --snapshot-id "$step2"
qami gc >/dev/null
digested
python3 "$TMPDIR/differ.py" "$TMPDIR/step1" "$TMPDIR/step3" >"$TMPDIR/wanted"
same "$(cat "$TMPDIR/wanted")" "$(changed "$step1" "$step3" 2>"$TMPDIR/note")"
same '' "$(cat "$TMPDIR/note")"

# what cannot be compared
stranger=$(made 0=a)
fails ValidationException changed "$old" "$stranger"
has 'lineage' "$TMPDIR/err"
fails ValidationException changed "$old" "$(begin)"
fails ValidationException changed "$(begin)" "$old"
fails ValidationException changed nonsense "$old"
fails ValidationException qami ebs list-changed-blocks \
	--second-snapshot-id "$old"
fails ValidationException diff --max-results 99
fails ValidationException diff --starting-block-index -1
fails ValidationException diff --next-token AAAA
fails ResourceNotFoundException changed "$old" snap-0123456789abcdef0
fails ResourceNotFoundException changed snap-0123456789abcdef0 "$old"
hidden "$old" ebs list-changed-blocks --first-snapshot-id "$old" \
	--second-snapshot-id "$old"
lend "$old" 222222222222
fails ResourceNotFoundException as 222222222222 ebs list-changed-blocks \
	--first-snapshot-id "$old" --second-snapshot-id "$new"
lend "$new" all
same 5 "$(as 222222222222 ebs list-changed-blocks \
	--first-snapshot-id "$old" --second-snapshot-id "$new" |
	get ChangedBlocks.0.BlockIndex)"
