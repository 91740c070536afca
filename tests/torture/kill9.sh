#!/bin/sh
# The kill tests of `make check` at every step instead of a sample of them, and
# at many more random moments; an hour or so. KILL_POINTS, KILL_RANDOM: how
# many at most.
set -eu
export KILL_POINTS="${KILL_POINTS:-10000}" KILL_RANDOM="${KILL_RANDOM:-200}"
export FILL_LEVELS="${FILL_LEVELS:-$(seq 0 65536 6291456 | tr '\n' ' ')}"
export VERSIONS="${VERSIONS:-1 2 3 4 5}" QAMI_TEST_TIMEOUT=20000
[ $# -gt 0 ] || set -- launcher/instance/kill9 launcher/http/kill9 \
	launcher/instance/disk-full images/registry/versions
exec tests/run "$@"
