#!/bin/sh
# boots guests
# Many processes at once on one store: its first opening, launches beside
# listings, the same client token, terminations.
. tests/lib.sh
. tests/crash.sh
crash_setup

# together COUNT COMMAND… - runs them at once; all succeed; answers in out.N
together()
{
	count=$1
	shift
	pids=
	i=0
	while [ $i -lt "$count" ]; do
		i=$((i + 1))
		"$@" >"$TMPDIR/out.$i" 2>"$TMPDIR/err.$i" &
		pids="$pids $!"
	done
	for pid in $pids; do
		wait "$pid" || {
			cat "$TMPDIR"/err.* >&2
			echo "one of $count failed: $*" >&2
			exit 1
		}
	done
}

# the first opening ever, with nobody agreeing on a region
i=0
while [ $i -lt 5 ]; do
	i=$((i + 1))
	rm -rf "$QAMI_STORE"
	together 8 qami describe-images
done
tests/audit

image alpha >/dev/null
run()
{
	qami run alpha --name guest -t t2.nano
}
list()
{
	qami describe-instances
}

together 2 run
same 2 "$(cat "$TMPDIR"/out.[12] | sort -u | wc -l)"

# eight launches beside eight listings
mkdir "$TMPDIR/lists"
(
	TMPDIR=$TMPDIR/lists
	together 8 list
) &
lists=$!
together 8 run
wait $lists
same 8 "$(cat "$TMPDIR"/out.[1-8] | sort -u | wc -l)"
same 10 "$(qami ps | grep -c running)"
for what in uuid mac pid; do
	same 10 "$(sql "SELECT count(DISTINCT $what) FROM instance")"
done
tests/audit

# one client token, eight times: one instance, and whoever comes too early is
# told to come again
storm()
{
	qami run-instances --image-id "$image" --instance-type t2.nano \
		--client-token storm || grep -q '(Unavailable)' "$TMPDIR"/err.*
}
image=$(qami images -q)
together 8 storm
same 11 "$(qami ps | grep -c running)"

# all go at once, while others look and look for work to recover
i=0
pids=
for id in $(qami ps -q); do
	i=$((i + 1))
	qami rm "$id" 2>"$TMPDIR/rm.$i" &
	pids="$pids $!"
	list >"$TMPDIR/list.$i" 2>&1 &
	pids="$pids $!"
done
for pid in $pids; do
	wait "$pid" || {
		cat "$TMPDIR"/rm.* "$TMPDIR"/list.* >&2
		exit 1
	}
done
same "" "$(qami ps -q)"
same 0 "$(volumes)"
tests/audit

# terminated while it is being launched: no machine may be left over
i=0
while [ $i -lt 8 ]; do
	i=$((i + 1))
	run >"$TMPDIR/out" 2>&1 &
	launch=$!
	id=
	while [ -z "$id" ]; do
		id=$(qami ps -q)
	done
	sleep "0.0$((i - 1))"
	qami rm "$id"
	wait $launch || :
	tests/audit
done

# three terminations and three starts of the same instance
id=$(run)
together 3 qami rm "$id"
id=$(run)
qami stop -f "$id"
together 3 qami start "$id"
same running "$(qami ps | awk '{ print $3 }')"
together 3 qami stop -f "$id"
same stopped "$(qami ps | awk '{ print $3 }')"
tests/audit
qami rm "$id"
tests/audit
