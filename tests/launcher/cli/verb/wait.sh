#!/bin/sh
# wait - states, stages, and what is said when they do not come
# (a machine runs, but nothing boots in it: the test is the guest)
. tests/lib.sh
. tests/ssh.sh

guests_here
server_start
image alpha >/dev/null
i=$(reachable alpha web1)
log=$QAMI_STORE/instances/$i/console.log

# waited CODE OPTION… - how a wait at a terminal ends; what it says is in out
waited()
{
	local code got

	code=$1 got=0
	shift
	script -qec "qami wait web1 $*" /dev/null </dev/null >"$TMPDIR/out" \
		2>&1 || got=$?
	tr -d '\r' <"$TMPDIR/out" >"$TMPDIR/said"
	same "$code" "$got"
}

qami wait web1 --for running --timeout 1
seen 60 'Booting from Hard Disk' "$log"
waited 255 --timeout 6
has 'waiting for the end of booting' "$TMPDIR/said"
has 'waited in vain for: kernel up' "$TMPDIR/said"
has 'Booting from Hard Disk' "$TMPDIR/said"
has '(qami.WaiterError)' "$TMPDIR/said"
qami ps | grep -q '	web1	running	'

# in a pipe nothing is said but what went wrong
printf 'one\n\033[31mtwo\nLinux version 6.1\n' >>"$log"
seq 3 10 | sed 's/^/line /' >>"$log"
fails qami.WaiterError qami wait web1 --timeout 1
same "the last lines on the console of $i:
\\x1b[31mtwo
Linux version 6.1
$(seq 3 10 | sed 's/^/line /')" "$(head -n 11 "$TMPDIR/err")"
has 'waited in vain for: login prompt' "$TMPDIR/err"
has 'was: kernel up' "$TMPDIR/err"

# stages from the console, from the metadata's requests, from the port
printf 'guest login: ' >>"$log"
waited 0
grep -qE '^.*\[ *[0-9]+\.[0-9]\].* login prompt$' "$TMPDIR/said"
{
	echo '2020-01-02T03:04:05.000Z GET /latest/meta-data/ 200 early'
	echo "$(date -u +%Y-%m-%dT%H:%M:%S.000Z) GET /1.0/meta-data/ 404 wrong"
	echo "$(date -u +%Y-%m-%dT%H:%M:%S.000Z) GET /1.0/meta-data/ 200 Cloud-Init/1"
} >"$QAMI_STORE/instances/$i/metadata.log"
says_keys "$i"
waited 0 --for ssh
for stage in 'kernel up' 'metadata read (Cloud-Init/1)' 'host keys printed' \
	"ssh ready: qami ssh $i  (ssh -p $port root@127.0.0.1)"; do
	has "$stage" "$TMPDIR/said"
done
same 5 "$(grep -c '^.*\[ ' "$TMPDIR/said")"

# a connection from before the guest could answer is not clung to
server_stop
python3 - "$port" <<'PYTHON' &
import socket, sys
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
silent, _ = server.accept()
heard, _ = server.accept()
heard.sendall(b"SSH-2.0-late\r\n")
heard.recv(1)
PYTHON
server=$!
(sleep 2; echo 'qami-guest: ready' >>"$log") &
qami wait web1 --for ssh --timeout 60
server_stop
server_start

# what was said before the last start is not said again
qami stop --force web1
fails IncorrectInstanceState qami wait web1
qami wait web1 --for stopped
sql "UPDATE instance SET network = 'plain'"
qami start web1
sql "UPDATE instance SET network = 'user'"
fails qami.WaiterError qami wait web1 --timeout 1
has 'waited in vain for: kernel up' "$TMPDIR/err"
qami wait web1 --for ssh --timeout 60 # but its keys are

sql 'DELETE FROM security_group_rule'
fails OperationNotPermitted qami wait web1 --for ssh
sql "UPDATE instance SET network = 'plain'"
fails UnsupportedOperation qami wait web1 --for ssh

# somebody else ends it
(sleep 1; qami rm web1) &
fails IncorrectInstanceState qami wait "$i" --timeout 60
wait $!
qami wait "$i" --for terminated
fails IncorrectInstanceState qami wait "$i" --for running
fails InvalidInstanceID.NotFound qami wait nobody
hidden "$i" wait "$i"
