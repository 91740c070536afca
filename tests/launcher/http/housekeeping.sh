#!/bin/sh
# boots guests
# While a server runs, rows follow machines without anybody asking; six launches
# at once are six machines; and no process that it begins has anything of its
# sockets or its registry.
. tests/lib.sh
. tests/crash.sh
crash_setup
halts=$(image alpha)
image=$(qami import "$(tests/guest/build tiny)" --name tiny)
printf '#!/bin/sh\necho good bye >/dev/console\npoweroff -f\n' >"$TMPDIR/off"
tests/launcher/http/housekeeping.py "$halts" "$image" "$TMPDIR/off" || {
	grep -v '^{' "$TMPDIR/serve.log" | tail -n 20
	exit 1
}
sound "after all" --jobs
crash_report
