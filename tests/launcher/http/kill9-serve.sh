#!/bin/sh
# boots guests
# takes long
# The server is killed while clients call it, and once in a while ended in the
# midst of calls: machines run on, a repeated request with the same client token
# gets the same answer, and the store is sound.
. tests/lib.sh
. tests/crash.sh
crash_setup
image=$(image alpha)
tests/launcher/http/kill9-serve.py "$image" "${KILL_RANDOM:-4}" \
	"${KILL_SEED:-$(date +%s)}" || {
	grep -v '^{' "$TMPDIR/serve.log" | tail -n 20
	exit 1
}
sound "after all" --jobs
crash_report
