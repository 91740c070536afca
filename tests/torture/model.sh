#!/bin/sh
# The model test of `make check` with thousands of operations, from a seed of
# each second; prints the seeds. MODEL_OPERATIONS, MODEL_ROUNDS: how many.
set -eu
cd "$(dirname "$0")/../.."
make -s build/tests/images/model
for round in $(seq "${MODEL_ROUNDS:-5}"); do
	dir=$(mktemp -d "${TMPDIR:-/var/tmp}/qami-model.XXXXXX")
	trap 'rm -rf "$dir"' EXIT
	TMPDIR="$dir" build/tests/images/model "${MODEL_OPERATIONS:-2000}" \
		"${MODEL_SEED:-$(date +%s%N)}"
	rm -rf "$dir"
done
