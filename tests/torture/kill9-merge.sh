#!/bin/sh
# The kill test of merging, many more times than `make check` does it; prints
# its figures. MERGE_KILLS: how many at random of each kind.
set -eu
cd "$(dirname "$0")/../.."
make -s build/tests/images/chain/merge-kill
dir=$(mktemp -d "${TMPDIR:-/var/tmp}/qami-kill9.XXXXXX")
trap 'rm -rf "$dir"' EXIT
MERGE_KILLS="${MERGE_KILLS:-200}" TMPDIR="$dir" \
	build/tests/images/chain/merge-kill
