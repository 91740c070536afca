#!/bin/sh
# The sweeps of which `make check` takes samples, whole: kills, failing calls and
# full disks at each step of what makes, moves, imports, merges and encrypts
# layers, and of what packs and moves bundles.
set -eu
cd "$(dirname "$0")/../.."
sweeps=$(grep -l 'tests/sweep.h' $(find tests -name '*.c') | sed 's/\.c$//')
make -s $(echo "$sweeps" | sed 's|^|build/|')
for sweep in $sweeps; do
	dir=$(mktemp -d "${TMPDIR:-/var/tmp}/qami-sweep.XXXXXX")
	trap 'rm -rf "$dir"' EXIT
	echo "$sweep"
	QAMI_SWEEP=whole QAMI_BUILD="$PWD/build" TMPDIR="$dir" \
		PATH="$PWD/build:$PATH:/usr/sbin:/sbin" "build/$sweep"
	rm -rf "$dir"
done
