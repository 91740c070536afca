#!/bin/sh
# fuzz - the targets are built as their heads say, and take what they are given
set -eu

command -v clang >/dev/null || { echo 'clang is not installed'; exit 77; }
for target in manifest stream; do
	build=$(sed -n '/^ \*   clang/,/-o fuzz/p' tests/bundle/fuzz-$target.c |
		sed 's/^ \* *//; s/\\$//' | tr '\n' ' ')
	eval "${build%-o *} -o $TMPDIR/$target"
	mkdir "$TMPDIR/$target.new"
	"$TMPDIR/$target" -runs=5000 -seed=1 -max_len=8192 -timeout=60 \
		"$TMPDIR/$target.new" "tests/bundle/corpus/$target" \
		2>"$TMPDIR/$target.log" ||
		{ tail -n 30 "$TMPDIR/$target.log" >&2; exit 1; }
	grep -q 'Done 5' "$TMPDIR/$target.log"
done
