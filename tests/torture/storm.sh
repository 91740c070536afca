#!/bin/sh
# Eight clients of four accounts, a thousand calls each, twice; some minutes.
set -eu
export STORM_CALLS="${STORM_CALLS:-1000}" QAMI_TEST_TIMEOUT=3600
exec tests/run launcher/http/storm
