#!/bin/sh
# The test of lifecycle policies with thirteen months of nights instead of the
# turn of a year; prints what is stored as they go by, and what remains.
set -eu
cd "$(dirname "$0")/../.."
dir=$(mktemp -d "${TMPDIR:-/var/tmp}/qami-year.XXXXXX")
trap 'rm -rf "$dir"' EXIT
chmod 711 "$dir" # QEMU may run as somebody else
WHOLE_YEAR=1 TMPDIR="$dir" QAMI_STORE="$dir/store" QAMI_BUILD="$PWD/build" \
	PATH="$PWD/build:$PATH" tests/images/year.sh
