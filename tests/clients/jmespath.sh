#!/bin/sh
# jmespath - --query does what JMESPath's own suite says, all of it
set -eu
. tests/lib.sh
JMESPATH_SUITE=$(tests/clients/jmespath-suite)
export JMESPATH_SUITE
"$QAMI_BUILD/tests/launcher/cli/jmespath" | tee "$TMPDIR/said"
grep -qE '^([0-9]+) of \1 cases pass$' "$TMPDIR/said"
