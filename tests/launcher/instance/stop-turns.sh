#!/bin/sh
# Whoever stops a machine or reboots it does so in the instance's turn, and only
# the one that he was to end: while he waited somebody else may have done it, and
# started the instance again.
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
# job KIND COLUMN - of the last job of that kind
job()
{
	sql "SELECT $2 FROM op WHERE kind = '$1' ORDER BY created DESC LIMIT 1"
}
# looks KIND - waits until that job has had another look, or is done
looks()
{
	local due=$(job "$1" due)

	until [ "$(job "$1" "state = 'done' OR (owner = '' AND due > $due)")" = 1 ]; do
		sleep 0.1
	done
}
# over KIND - waits until that job is over
over()
{
	until [ "$(job "$1" state)" = "done" ]; do sleep 0.1; done
}

# the job that ends what did not power off in time
hold "$(turn_of "$a")"
qami stop-instances --instance-ids "$a" >/dev/null
looks stop
same stopping "$(state "$a")"
lives
faster
give
over stop
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

# again - somebody else has stopped it and started it again, this time for long
again()
{
	sql "UPDATE instance SET changed = changed + 1 WHERE id = '$a'"
}
# the job of a reboot: it asks the guest, and ends what did not listen in time
hold "$(turn_of "$a")"
qami reboot-instances --instance-ids "$a" >/dev/null
looks reboot
looks reboot
lives
again
give
over reboot
same running "$(state "$a")"
lives

# what is to be stopped is
qami stop-instances --force --instance-ids "$a" >/dev/null
same stopped "$(state "$a")"
gone

# a reboot that has ended its machine builds another one unless somebody did
qami start-instances --instance-ids "$a" >/dev/null
pid=$(sql "SELECT pid FROM instance WHERE id = '$a'")
hold "$(turn_of "$(sql "SELECT volume FROM attachment WHERE instance = '$a'")")"
qami reboot-instances --instance-ids "$a" >/dev/null
until [ "$(job reboot state)" = fired ]; do sleep 0.1; done
until gone; do sleep 0.1; done
again
give
over reboot
same "$pid" "$(sql "SELECT pid FROM instance WHERE id = '$a'")"
