#!/bin/sh
# The test of nightly snapshots with a whole year of them; prints how deep the
# chain gets. NIGHTS: how many.
set -eu
cd "$(dirname "$0")/../.."
dir=$(mktemp -d "${TMPDIR:-/var/tmp}/qami-nightly.XXXXXX")
trap 'rm -rf "$dir"' EXIT
NIGHTS="${NIGHTS:-365}" TMPDIR="$dir" QAMI_STORE="$dir/store" \
	PATH="$PWD/build:$PATH" tests/images/nightly.sh
