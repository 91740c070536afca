#!/bin/sh
# proxy - programs reach instances by private addresses, and nothing else
# (machines run, but nothing boots in them: no need to be alone)
. tests/lib.sh

guests_here
image alpha >/dev/null
i=$(qami run alpha --name web1)
address=$(qami describe-instances --output text \
	--query 'Reservations[].Instances[].PrivateIpAddress')
name=$(qami describe-instances --output text \
	--query 'Reservations[].Instances[].PrivateDnsName')
qami authorize-security-group-ingress --group-name default --protocol tcp \
	--port 8080 --cidr 127.0.0.1/32 >/dev/null

# in the guest's place, at the port that leads there, somebody of this host
head -c 5000000 /dev/urandom >"$TMPDIR/file"
python3 -u -m http.server 0 --bind 127.0.0.1 --directory "$TMPDIR" \
	>"$TMPDIR/served" 2>&1 &
server=$!
qami proxy --port 0 2>"$TMPDIR/proxy" &
proxy=$!
trap 'kill $server $proxy; end_guests' EXIT
seen 60 'port ' "$TMPDIR/served"
seen 60 '127.0.0.1:' "$TMPDIR/proxy"
there=$(cat "$TMPDIR/proxy")
port=$(sed -n 's/.* port \([0-9]*\) .*/\1/p' "$TMPDIR/served")
sql "UPDATE forward SET host_port = $port
	WHERE instance = '$i' AND guest_port = 8080"

# through OPTION HOST[:PORT] - curl's way there
through()
{
	curl -sS --noproxy '' --max-time 60 "$1" "$there" \
		"http://${2%:*}:${2#*:}/file" -o "$TMPDIR/got" 2>"$TMPDIR/err"
}

# denied CODE HOST:PORT - SOCKS's code for why not
denied()
{
	if through --socks5-hostname "$2"; then
		echo "$2 is reached" >&2
		return 1
	fi
	has "($1)" "$TMPDIR/err"
}

for host in "$address" "$i" "$name"; do
	through --socks5-hostname "$host:8080"
	cmp "$TMPDIR/file" "$TMPDIR/got"
	rm "$TMPDIR/got"
done
through --socks5 "$address:8080"
cmp "$TMPDIR/file" "$TMPDIR/got"

# many at one time, and one who says nothing beside them
python3 - "$there" "$address" "$TMPDIR/file" <<'END'
import http.client, socket, sys, threading
host, port = sys.argv[1].split(':')
silent = socket.create_connection((host, int(port)), 10)
wanted = open(sys.argv[3], 'rb').read()
good = []

def one():
    s = socket.create_connection((host, int(port)), 120)
    s.sendall(b'\5\2\2\0')
    assert s.recv(2) == b'\5\0'
    s.sendall(b'\5\1\0\1' + socket.inet_aton(sys.argv[2]) + b'\x1f\x90')
    assert s.recv(10)[:2] == b'\5\0'
    s.sendall(b'GET /file HTTP/1.0\r\n\r\n')
    s.shutdown(socket.SHUT_WR)   # its end is told, ours goes on
    good.append(s.makefile('rb').read().split(b'\r\n\r\n', 1)[1] == wanted)

threads = [threading.Thread(target=one) for _ in range(10)]
for t in threads:
    t.start()
for t in threads:
    t.join()
assert good == [True] * 10, good

for said, answer in ((b'\4\1', b''), (b'\5\1\2', b'\5\xff'), (b'\5\0', b'\5\xff')):
    s = socket.create_connection((host, int(port)), 30)
    s.sendall(said)
    assert s.recv(9) == answer, said
for said, code in ((b'\5\2\0\1\1\2\3\4\0\1', 7), (b'\5\1\0\4', 8),
                   (b'\5\1\0\3\1*\x1f\x90', 4)):
    s = socket.create_connection((host, int(port)), 30)
    s.sendall(b'\5\1\0')
    assert s.recv(2) == b'\5\0'
    s.sendall(said)
    assert s.recv(10)[1] == code, said
END

# what is no rule's is not reached, and what is no instance's never
denied 2 "$address:8081"
for host in 127.0.0.1 172.31.255.1 i-0fedcba9876543210 localhost nobody.test; do
	denied 4 "$host:$port"
done
# another account's instances are none
qami --account 222222222222 proxy --port 0 2>"$TMPDIR/strange" &
strange=$!
trap 'kill $server $proxy $strange; end_guests' EXIT
seen 60 '127.0.0.1:' "$TMPDIR/strange"
there=$(cat "$TMPDIR/strange")
denied 4 "$address:8080"
there=$(cat "$TMPDIR/proxy")
# a rule that is taken away is away
qami revoke-security-group-ingress --group-name default --protocol tcp \
	--port 8080 --cidr 127.0.0.1/32 >/dev/null
denied 2 "$address:8080"
qami stop --force web1
denied 4 "$address:8080"

fails InvalidParameterValue qami proxy --port 65536
fails InternalError qami proxy --port "${there#*:}"
