#!/bin/sh
# boots guests
# What qami leans on goes away: the libvirt of an instance cannot be reached,
# the runner of jobs is killed under a command that waits for it. Nothing else
# is held up, and the work is done once they are back.
. tests/lib.sh
. tests/crash.sh
crash_setup
image alpha >/dev/null

# libvirt is away
id=$(qami run alpha --name one -t t2.nano)
uri=$(sql 'SELECT uri FROM instance')
sql "UPDATE instance SET uri = 'qemu+unix:///system?socket=/nonexistent'"
qami ps | grep -q running
fails Unavailable qami rm one
qami ps 2>"$TMPDIR/err" | grep -q shutting-down
has "could not be recovered" "$TMPDIR/err"
qami run alpha --name two -t t2.nano >/dev/null 2>&1
qami describe-images >/dev/null 2>&1
sql "UPDATE instance SET uri = '$uri' WHERE id = '$id'"
qami ps -a | grep one | grep -q terminated
tests/audit

# the runner dies, again and again, while somebody waits for a guest that
# does not listen
export QAMI_STOP_TIMEOUT=3
qami stop two &
stop=$!
for second in 1 2 3; do
	sleep 1
	for proc in /proc/[0-9]*; do
		case $({ tr '\0' ' ' <"$proc/cmdline"; } 2>/dev/null || :) in
		*"--store $QAMI_STORE "*)
			kill -9 "${proc#/proc/}" 2>/dev/null || : ;;
		esac
	done
done
wait $stop
qami ps | grep -q stopped
qami rm two
tests/audit

# at_work - whether a process of the store's is there
at_work()
{
	local proc

	for proc in /proc/[0-9]*; do
		case $({ tr '\0' ' ' <"$proc/cmdline"; } 2>/dev/null || :) in
		*"--store $QAMI_STORE "*) return 0 ;;
		esac
	done
	return 1
}

# a store that is removed under its jobs does not come back
qami run alpha --name three -t t2.nano >/dev/null
QAMI_STOP_TIMEOUT=100 qami stop --no-wait three
kill -9 "$(sql 'SELECT max(pid) FROM instance')"
rm -f "$QAMI_STORE/qami.db"
tries=0
while at_work; do
	tries=$((tries + 1))
	[ $tries -lt 300 ] || {
		echo "the runner of jobs is still there" >&2
		exit 1
	}
	sleep 0.2
done
[ ! -e "$QAMI_STORE/qami.db" ]
