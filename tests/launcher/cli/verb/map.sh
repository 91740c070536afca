#!/bin/sh
# map - runs of blocks for pipes, a picture for terminals
. tests/lib.sh
. tests/ebs.sh
block a
block b
head -c 524288 /dev/zero >"$TMPDIR/zero"

first=$(with='--tags Key=Name,Value=first' made 0=a 1=a 9=b)
second=$(with="--parent-snapshot-id $first" made 1=b 3=a)

printf '%s\t%s\t%s\n' 0 2 data 2 7 zero 9 1 data 10 2038 zero \
	total 2045 zero total 3 data total 0 changed >"$TMPDIR/wanted"
qami map first | cmp - "$TMPDIR/wanted"
qami map "$first" | cmp - "$TMPDIR/wanted"
printf '%s\t%s\t%s\n' 0 1 data 1 1 changed 2 1 zero 3 1 changed 4 5 zero \
	9 1 data 10 2038 zero total 2044 zero total 2 data total 2 changed \
	>"$TMPDIR/wanted"
qami map "$second" --changed-since first 2>/dev/null | cmp - "$TMPDIR/wanted"

# an empty one, and the last block
printf '%s\t%s\t%s\n' 0 2048 zero total 2048 zero total 0 data \
	total 0 changed >"$TMPDIR/wanted"
qami map "$(made)" | cmp - "$TMPDIR/wanted"
qami map "$(made 2047=a)" >"$TMPDIR/got"
has "$(printf '2047\t1\tdata')" "$TMPDIR/got"

# picture COLUMNS OPTION… - what a terminal of that width shows
picture()
{
	columns=$1
	shift
	script -qec "stty cols $columns; qami --no-color map $*" /dev/null |
		tr -d '\r'
}
picture 74 "$second --changed-since first" >"$TMPDIR/got" 2>&1
has '      0 B **..+.....' "$TMPDIR/got"
same 74 "$(grep -m 1 '      0 B' "$TMPDIR/got" | tr -d '\n' | wc -c)"
has '* changed   # data   + some data   . zeros   each is 1.0 MiB' \
	"$TMPDIR/got"
has '2 blocks changed (1.0 MiB), 2 blocks data (1.0 MiB), 2044 blocks zero' \
	"$TMPDIR/got"
same 0 "$(grep -c "$(printf '\033')" "$TMPDIR/got")"
# every character stands for as many: 1024 in all
same 1024 "$(grep -E '(B|iB) [*#+.]+$' "$TMPDIR/got" | sed 's/.* //' |
	tr -d '\n' | wc -c)"
picture 200 "$first" >"$TMPDIR/got"
has '      0 B ##.......#.' "$TMPDIR/got"
same 200 "$(grep -m 1 '      0 B' "$TMPDIR/got" | tr -d '\n' | wc -c)"
picture 9 "$first" | grep -q '2045 blocks zero'
script -qec "TERM=xterm qami map $first" /dev/null | grep -q "$(printf '\033')"

fails InvalidSnapshot.NotFound qami map snap-0123456789abcdef0
fails InvalidSnapshot.NotFound qami map nothing
fails ValidationException qami map "$(begin)"
fails ValidationException qami map "$first" --changed-since "$(made 0=a)"
hidden "$first" map "$first"
