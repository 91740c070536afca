#!/bin/sh
# takes long
# network-guests - what a guest can reach: its own metadata, and neither another
# account's guest, nor what that was told, nor what the host keeps for itself
# boots guests
. tests/lib.sh

guests_here
ami=$(qami import "$(tests/guest/build tiny)" --name tiny)

# what somebody on the host offers to its own people
python3 - "$TMPDIR/port" <<'END' &
import socketserver, sys
class Offer(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.sendall(b"HOST SECRET\n")
class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
with Server(("", 0), Offer) as server:
    with open(sys.argv[1] + ".new", "w") as f:
        print(server.server_address[1], file=f)
    import os
    os.rename(sys.argv[1] + ".new", sys.argv[1])
    server.serve_forever()
END
server=$!
trap 'kill $server 2>/dev/null || :; end_guests' EXIT
while [ ! -e "$TMPDIR/port" ]; do sleep 0.1; done
port=$(cat "$TMPDIR/port")
python3 -c 'import socket, sys
print(socket.create_connection(("127.0.0.1", int(sys.argv[1]))).recv(99))' \
	"$port" | grep -q 'HOST SECRET'

them=222222222222
qami modify-image-attribute --image-id "$ami" \
	--launch-permission "Add=[{UserId=$them}]"
b=$(as $them run-instances --image-id "$ami" --instance-type t2.nano \
	--user-data 'B SECRET' --output text --query 'Instances[0].InstanceId')
address=$(as $them describe-instances --instance-ids "$b" | get \
	Reservations.0.Instances.0.PrivateIpAddress)
forward=$(sql "SELECT host_port FROM forward WHERE instance = '$b'")
(export QAMI_ACCOUNT=$them && says 120 "$b" 'qami-guest: ready')

cat >"$TMPDIR/script" <<SCRIPT
#!/bin/sh
# try ADDRESS PORT [TEXT] - whatever answers there
try() {
	echo "try \$1 \$2: \$(printf '%b' "\$3" | timeout 4 nc -w 3 "\$1" "\$2" \
		2>/dev/null | tr '\r\n' '  ')."
}
request='GET /latest/user-data HTTP/1.0\r\nX-Forwarded-For: $address\r\n\r\n'
for host in 172.31.0.1 172.31.0.2 10.0.2.2 10.0.2.3 127.0.0.1 0.0.0.0 \
	169.254.169.254 169.254.1.1 $(hostname -I | tr ' ' '\n' |
		grep -v : | tr '\n' ' '); do
	try \$host $port &
	try \$host $forward &
done
try $address 22 &
try $address 80 "\$request" &
try 172.31.0.1 80 "\$request" &
wait
echo "ASKED WITH ANOTHER'S ADDRESS:"
try 169.254.169.254 80 "\$request"
ip addr add $address/20 dev eth0
echo 'ASKED FROM ANOTHER ADDRESS:'
timeout 4 nc -w 3 -s $address 169.254.169.254 80 </dev/null
printf '%b' "\$request" | timeout 4 nc -w 3 -s $address 169.254.169.254 80
ip addr del $address/20 dev eth0
echo "MY OWN: \$(imds meta-data/instance-id) \$(imds user-data | head -n 1)"
SCRIPT
a=$(launch "$ami" --instance-type t2.nano --user-data "file://$TMPDIR/script")
says 240 "$a" 'qami-guest: ready'
qami logs "$a" | tr -d '\r' >"$TMPDIR/log"
has "MY OWN: $a #!/bin/sh" "$TMPDIR/log"
has 'ASKED FROM ANOTHER ADDRESS:' "$TMPDIR/log"
has "try $address 22: ." "$TMPDIR/log"
has "try 172.31.0.1 $port: ." "$TMPDIR/log"
if grep -E 'B SECRET|HOST SECRET|SSH-' "$TMPDIR/log" | grep -v '^try () {'; then
	echo "A guest reached what it must not" >&2
	exit 1
fi

# from this host the guest's ssh is there, for the group "default" says so
banner()
{
	python3 -c 'import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 10)
s.settimeout(30)
print(s.recv(99))' "$1"
}
ssh-keygen -q -t ed25519 -N '' -f "$TMPDIR/key"
qami import-key-pair --key-name mine --public-key-material \
	"fileb://$TMPDIR/key.pub" >/dev/null
c=$(launch "$ami" --instance-type t2.nano --key-name mine)
says 120 "$c" 'qami-guest: ready'
forward=$(sql "SELECT host_port FROM forward WHERE instance = '$c'")
banner "$forward" | grep -q SSH-2.0
same "$c" "$(timeout 60 ssh -i "$TMPDIR/key" -p "$forward" \
	-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
	-o LogLevel=ERROR root@127.0.0.1 imds meta-data/instance-id </dev/null)"
qami revoke-security-group-ingress --group-name default --protocol tcp \
	--port 22 --cidr 127.0.0.1/32 >/dev/null
! banner "$forward" 2>/dev/null || exit 1
qami authorize-security-group-ingress --group-name default --protocol tcp \
	--port 22 --cidr 127.0.0.1/32 >/dev/null
# the same port, unless somebody else has taken it meanwhile
banner "$(sql "SELECT host_port FROM forward WHERE instance = '$c'")" |
	grep -q SSH-2.0

# user data that was changed while it was stopped is what the guest finds
qami stop-instances --force --instance-ids "$c" >/dev/null
printf '#!/bin/sh\necho "CHANGED: $(uname -s)"\n' | base64 -w 0 >"$TMPDIR/new"
qami modify-instance-attribute --instance-id "$c" --user-data \
	"Value=$(cat "$TMPDIR/new")"
qami start-instances --instance-ids "$c" >/dev/null
says 120 "$c" 'CHANGED: Linux'
