#!/bin/sh
# local - the socket's door: who may do what, and what it says meanwhile
# boots guests
set -eu
. tests/lib.sh
guests_here
sock=$QAMI_STORE/run/qami.sock

# ask VERB JSON [OPTION…] - a request as it stands, of another program
ask()
{
	local verb json

	verb=$1
	json=$2
	shift 2
	curl -sS --unix-socket "$sock" -d "$json" "$@" \
		"http://localhost/qami/$verb"
}

# refused TEXT VERB JSON [OPTION…]
refused()
{
	local text

	text=$1
	shift
	ask "$@" >"$TMPDIR/answer"
	has "$text" "$TMPDIR/answer"
}

one=$(image one)
served

# what is asked and answered, as local.h has it
same "{\"reply\":{\"Images\":[\"$one\"]}}" "$(ask images '{"version": "0.1"}' |
	sed -E 's/\{"Id":("ami-[^"]*")[^}]*\}/\1/')"
ask describe-images '{"version": "0.1", "params": {"ImageIds": ["ami-0123456789abcdef0"]}}' |
	grep -qxE '\{"error":"InvalidAMIID.NotFound","fault":[0-9]+,"text":"[^"]*"\}'
refused '"refused":"the server is qami 0.1, not 0.0"' images '{"version": "0.0"}'
refused '"refused":"the server is qami 0.1, not "' images '{}'
refused '"refused":"the server runs with QAMI_ACCEL=tcg"' images \
	'{"version": "0.1", "settings": {"QAMI_ACCEL": "kvm"}}'
refused '"refused":"the server'\''s region is us-east-1, not x"' images \
	'{"version": "0.1", "region": "x"}'
refused InvalidParameterValue images '{"version": "0.1", "params": []}'
refused InvalidParameterValue images '[]'
refused InvalidParameterValue images '{"version": "0.1"'
refused UnknownParameter images '{"version": "0.1", "params": {"X": 1}}'
refused InvalidAction nosuch '{"version": "0.1"}'
refused InvalidAction images '{"version": "0.1"}' -X PUT
refused InvalidKey.Format run '{"version": "0.1", "own_key": "no key",
	"params": {"Image": "one"}}'

# nobody has the server read a file, or sit at its terminal
refused OperationNotPermitted import \
	'{"version": "0.1", "params": {"File": "/etc/shadow", "Name": "x"}}'
refused OperationNotPermitted import-snapshot '{"version": "0.1",
	"params": {"DiskContainer": {"File": "/etc/shadow"}}}'
refused OperationNotPermitted fsck '{"version": "0.1"}'
refused OperationNotPermitted run \
	'{"version": "0.1", "params": {"Image": "one", "Ssh": true}}'

# through TCP there is no such door
same 403 "$(curl -sS -o "$TMPDIR/answer" -w '%{http_code}' \
	-d '{"version": "0.1"}' "$AWS_ENDPOINT_URL/qami/images")"
if grep ami- "$TMPDIR/answer"; then exit 1; fi

# another user of the host is the account that was made for him, or nobody
if [ "$(id -u)" = 0 ]; then
	cp "$QAMI_BUILD/qami" "$TMPDIR/qami"
	as_nobody()
	{
		setpriv --reuid 65534 --regid 65534 --clear-groups \
			env HOME=/nonexistent "$TMPDIR/qami" "$@"
	}
	fails AuthFailure as_nobody describe-images
	qami account create guest --id 111122223333 --user 65534 >/dev/null
	same '' "$(as_nobody images)"
	fails InvalidAMIID.NotFound as_nobody describe-images --image-ids "$one"
	qami modify-image-attribute --image-id "$one" \
		--launch-permission 'Add=[{UserId=111122223333}]'
	same "$one" "$(as_nobody images -q)"
	same "$one" "$(as_nobody --account guest images -q)"
	fails AuthFailure as_nobody --account 123456789012 rmi "$one"
	fails AuthFailure as_nobody --account 123456789012 describe-images
	same 111122223333 "$(as_nobody --account 111122223333 \
		create-volume --availability-zone us-east-1a --size 1 \
		--query VolumeId --output text >"$TMPDIR/vol" &&
		sql "SELECT owner FROM volume WHERE id = '$(cat "$TMPDIR/vol")'")"
	fails InvalidVolume.NotFound qami delete-volume \
		--volume-id "$(cat "$TMPDIR/vol")"

	# what only the owner can do says so, server or not
	for verb in fsck gc 'account list' "import $TMPDIR/disk.raw --name x"; do
		code=0
		as_nobody $verb 2>"$TMPDIR/err" >&2 || code=$?
		same 253 "$code"
		has "only its owner can do that" "$TMPDIR/err"
	done
	mv "$sock" "$sock.away"
	code=0
	as_nobody images 2>"$TMPDIR/err" || code=$?
	same 253 "$code"
	has "the store $QAMI_STORE is root's" "$TMPDIR/err"
	has "qami serve" "$TMPDIR/err"
	mv "$sock.away" "$sock"
fi

# the caller's key goes along, and what happens comes back as it happens
mkdir -p "$HOME/.ssh"
ssh-keygen -q -t ed25519 -N '' -f "$HOME/.ssh/id_ed25519"
ami=$(qami import "$(tests/guest/build tiny)" --name tiny)
script -qec 'qami run tiny -n web1 -w --timeout 400' /dev/null </dev/null \
	>"$TMPDIR/stages" 2>&1
for stage in "image $ami tiny" started 'kernel up' 'guest ready'; do
	grep -qE "\[ *[0-9]+\.[0-9]\].*$stage" "$TMPDIR/stages" || {
		cat "$TMPDIR/stages" >&2
		exit 1
	}
done
grep -q '"path": *"/qami/run"' "$TMPDIR/served.log"
same default "$(qami describe-instances --output text \
	--query 'Reservations[0].Instances[0].KeyName')"
qami ps | grep -q '	web1	running	'

# a wait in vain shows the console's end, and ends when its caller does
code=0
qami wait web1 --for stopped --timeout 1 2>"$TMPDIR/err" || code=$?
same 255 "$code"
has 'is still running after 1 s' "$TMPDIR/err"
image blank >/dev/null
code=0
qami run blank -w --timeout 1 >"$TMPDIR/out" 2>"$TMPDIR/err" || code=$?
same 255 "$code"
has 'the last lines on the console of i-' "$TMPDIR/err"
timeout -s INT 7 qami wait web1 --for stopped --timeout 500 && exit 1
seen 60 '"path":"/qami/wait"' "$TMPDIR/served.log"
for _ in $(seq 120); do
	[ "$(grep -c '"path":"/qami/wait"' "$TMPDIR/served.log")" = 2 ] && break
	sleep 0.5
done
same 2 "$(grep -c '"path":"/qami/wait"' "$TMPDIR/served.log")"

# waits take half of the workers at most; the owner's wait without it then
end_served
served --workers 2
qami wait web1 --for stopped &
waiting=$!
talks $waiting
refused 'as many commands wait' wait \
	'{"version": "0.1", "params": {"Instance": "web1"}}'
qami ps >/dev/null
qami stop web1
wait "$waiting"
qami ps | grep -q '	web1	stopped	'

# whom a server that ends does not listen to any more is told so, in the words
# in which he is told to do it himself
python3 - "$sock" "$SERVED" <<'END'
import fcntl, http.client, os, signal, socket, struct, sys, termios, time

sock, pid = sys.argv[1], int(sys.argv[2])


def connect():
    made = socket.socket(socket.AF_UNIX)
    made.connect(sock)
    return made


def ask():
    way.request("POST", "/qami/images", '{"version": "0.1"}')
    answer = way.getresponse()
    return answer.status, answer.read()


way = http.client.HTTPConnection("localhost", timeout=100)
way.sock = connect()
assert ask()[0] == 200
half = connect()  # whose request it still waits for
half.sendall(b"POST /qami/images HTTP/1.1\r\nHost: localhost\r\n"
             b"Content-Length: 3\r\n\r\n{")
end = time.monotonic() + 100
while struct.unpack("i", fcntl.ioctl(half, termios.TIOCOUTQ, bytes(4)))[0]:
    assert time.monotonic() < end  # until it has read that
    time.sleep(0.05)
os.kill(pid, signal.SIGTERM)
while os.path.exists(sock):
    assert time.monotonic() < end
    time.sleep(0.05)
got = ask()
assert got == (503, b'{"refused":"The server is being stopped.",'
                    b'"busy":true}\n'), got
half.close()
END
wait "$SERVED"
SERVED=
qami images -q | grep -qx "$one"
