#!/bin/sh
# Whoever stops a machine does so in the instance's turn, and only what he was to
# stop: while he waited somebody else may have done it, and started it again.
# (a machine runs, but nothing boots in it: no need to be alone)
. tests/lib.sh
. tests/turns.sh

guests_here
QAMI_STOP_TIMEOUT=0
export QAMI_STOP_TIMEOUT
a=$(launch "$(image alpha)" --instance-type t2.nano)
pid=$(sql "SELECT pid FROM instance WHERE id = '$a'")

# lives, gone - the machine; one that nobody waited for has no program any more
lives()
{
	readlink "/proc/$pid/exe" >/dev/null
}
gone()
{
	[ -z "$(readlink "/proc/$pid/exe")" ]
}
# faster - somebody else has stopped the instance and started it again
faster()
{
	sql "UPDATE instance SET state = 'running' WHERE id = '$a'"
}
# job COLUMN - of the job of the stop
job()
{
	sql "SELECT $1 FROM op WHERE kind = 'stop' ORDER BY created DESC LIMIT 1"
}

# the job that ends what did not power off in time
hold "$(turn_of "$a")"
qami stop-instances --instance-ids "$a" >/dev/null
due=$(job due)
until [ "$(job "state = 'done' OR (owner = '' AND due > $due)")" = 1 ]; do sleep 0.1; done
same stopping "$(state "$a")"
lives
faster
give
until [ "$(job state)" = done ]; do sleep 0.1; done
same running "$(state "$a")"
lives

# the command that does not wait for that
hold "$(turn_of "$a")"
qami stop-instances --force --instance-ids "$a" >"$TMPDIR/out" &
stopper=$!
there "$TMPDIR/wanted"
same stopping "$(state "$a")"
lives
faster
give
wait $stopper
same running "$(state "$a")"
lives

# and what is to be stopped is
qami stop-instances --force --instance-ids "$a" >/dev/null
same stopped "$(state "$a")"
gone
