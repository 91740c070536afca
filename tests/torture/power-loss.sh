#!/bin/sh
# The power fails while snapshots are taken, imported and deleted, and layers
# pushed and pulled: a filesystem's writes are logged, and it is put together
# again as it may have been at many moments. See power-loss.py; its last line
# has the figures. POWER_STATES: how many moments.
set -eu
cd "$(dirname "$0")/../.."
[ "$(id -u)" = 0 ] || {
	echo "power-loss: mounting a filesystem takes root" >&2
	exit 0
}
exec python3 tests/torture/power-loss.py "${POWER_STATES:-1000}"
