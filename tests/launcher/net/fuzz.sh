#!/bin/sh
# fuzz - the target is built as its head says, and takes what it is given
set -eu

command -v clang >/dev/null || { echo 'clang is not installed'; exit 77; }
target=tests/launcher/net/fuzz-frame.c
build=$(sed -n '/^ \*   clang/,/-o fuzz/p' $target | sed 's/^ \* *//; s/\\$//' |
	tr '\n' ' ')
eval "${build%-o *} -o $TMPDIR/fuzz"
mkdir "$TMPDIR/corpus"
"$TMPDIR/fuzz" -runs=200000 -seed=1 -max_len=1600 -timeout=10 \
	"$TMPDIR/corpus" 2>"$TMPDIR/log" ||
	{ tail -n 30 "$TMPDIR/log" >&2; exit 1; }
grep -q 'Done 200000' "$TMPDIR/log"
