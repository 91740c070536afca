#!/bin/sh
# takes long
# boots guests
# Guests on the bridge: the address that RunInstances answered is theirs, and so
# is their metadata, even for one that takes a neighbour's address; groups say
# who may talk to whom, live, by whatever way; the host offers names, addresses
# and metadata, and nothing else; nothing of it is left behind the last one.
. tests/lib.sh
. tests/system.sh
system_here "$0"
trap end_guests EXIT
trap 'exit 130' INT TERM
command -v virsh >/dev/null || skip "no virsh (libvirt-clients)"
QAMI_NETWORK=bridge
export QAMI_NETWORK

ssh-keygen -q -t ed25519 -N '' -f "$TMPDIR/key"
qami import-key-pair --key-name test \
	--public-key-material "fileb://$TMPDIR/key.pub" >/dev/null
tiny=$(qami import "$(tests/guest/build tiny)" --name tiny)
web=$(qami create-security-group --group-name web --description web |
	get GroupId)
default=$(qami describe-security-groups --group-names default |
	get SecurityGroups.0.GroupId)

# address ID - the private one
address()
{
	qami describe-instances --instance-ids "$1" |
		get Reservations.0.Instances.0.PrivateIpAddress
}

# on ADDRESS COMMAND… - runs it in that guest
on()
{
	timeout 30 ssh -q -i "$TMPDIR/key" -o ConnectTimeout=10 \
		-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
		-o IdentitiesOnly=yes "root@$@" </dev/null
}

# open_from WHO ADDRESS PORT - whether a guest, by its address, or the host gets
# a connection
open_from()
{
	if [ "$1" = host ]; then
		timeout 3 python3 -c 'import socket, sys
socket.create_connection((sys.argv[1], int(sys.argv[2])), 2)' "$2" "$3" \
			2>/dev/null
	else
		on "$1" "timeout 3 nc -w 2 $2 $3 </dev/null >/dev/null 2>&1"
	fi
}

# soon COMMAND… - it succeeds, at the latest when a slow guest has come to it
soon()
{
	local end

	end=$(patience 20)
	until "$@"; do
		[ "$(date +%s)" -lt "$end" ] || { echo "never: $*" >&2; return 1; }
	done
}

# never COMMAND… - it fails
never()
{
	! "$@" || { echo "succeeded: $*" >&2; return 1; }
}

# rule VERB OPTION… - of the group web
rule()
{
	local verb

	verb=$1
	shift
	qami "$verb-security-group-ingress" --group-id "$web" "$@" >/dev/null
}

rule authorize --protocol tcp --port 22 --cidr 127.0.0.1/32
one=$(launch "$tiny" --key-name test --instance-type t2.nano)
two=$(launch "$tiny" --key-name test --instance-type t2.nano \
	--security-group-ids "$web")
a=$(address "$one") b=$(address "$two")
[ "$a" != "$b" ]
bridge=$(ip -o link | sed -n 's/.*\(qami-[0-9a-f]*\):.*/\1/p')

says 120 "$one" "net eth0 $a"
says 120 "$two" "net eth0 $b"
says 180 "$one" "instance-id $one"
says 180 "$two" "instance-id $two"
says 180 "$one" ready
says 180 "$two" ready
same "$a" "$(on "$a" imds meta-data/local-ipv4)"
same "$two" "$(on "$b" imds -1 meta-data/instance-id)"
same "$two.ec2.internal" "$(on "$b" hostname)"
on "$a" "nslookup $two.ec2.internal 172.31.0.1" | grep -q "$b"

# the group says who may begin to talk to the second, and by no other way
never open_from "$a" "$b" 22
on "$a" "ip route add $b via 172.31.0.1"
never open_from "$a" "$b" 22
on "$a" "ip route del $b via 172.31.0.1"
never on "$a" "ping -c 1 -W 2 $b"
rule authorize --protocol tcp --port 22 --source-group "$default"
rule authorize --protocol icmp --port -1 --cidr "$a/32"
soon open_from "$a" "$b" 22
soon on "$a" "ping -c 1 -W 2 $b" >/dev/null
rule revoke --protocol tcp --port 22 --source-group "$default"
never open_from "$a" "$b" 22
rule revoke --protocol tcp --port 22 --cidr 127.0.0.1/32
never open_from host "$b" 22
rule authorize --protocol tcp --port 22 --cidr 127.0.0.1/32
soon open_from host "$b" 22

# of the host, only what is for guests
python3 -m http.server 8000 >/dev/null 2>&1 &
seen=0
until open_from host 172.31.0.1 8000; do
	seen=$((seen + 1))
	[ $seen -lt 300 ]
	sleep 0.2
done
never open_from "$a" 172.31.0.1 8000
never open_from host 172.31.0.1 16925
soon on "$a" 'timeout 3 nc -w 2 169.254.169.254 80 </dev/null'
never on "$a" 'timeout 3 nc -w 2 169.254.169.254 8000 </dev/null'

# one that takes the other's address is nobody
cat >"$TMPDIR/spoof" <<SPOOF
sleep 1
ip addr flush dev eth0
ip addr add $b/20 dev eth0
ip route add default via 172.31.0.1
arp -s 172.31.0.1 52:54:00:1f:00:01
echo "as two: \$(imds -1 meta-data/instance-id 2>&1)" >/dev/console
ip addr flush dev eth0
ip addr add $a/20 dev eth0
ip route add default via 172.31.0.1
echo "as one: \$(imds -1 meta-data/instance-id 2>&1)" >/dev/console
SPOOF
on "$a" "cat >/run/spoof <<'EOS'
$(cat "$TMPDIR/spoof")
EOS
setsid sh /run/spoof >/dev/null 2>&1 &"
says 180 "$one" 'as two: '
says 180 "$one" "as one: $one"
qami logs "$one" | grep 'as two: ' | grep -qv "as two: $two"

# libvirtd may end and come back
kill "$(cat /run/libvirtd.pid)"
while [ -e /run/libvirtd.pid ]; do sleep 0.1; done
taskset -c 0 libvirtd -d
same "$one" "$(on "$a" imds -1 meta-data/instance-id)"

# an address is soon another's; a service that died is back with a launch
qami rm "$two" >/dev/null
reaches 60 "$two" terminated
never virsh -q nwfilter-dumpxml "$bridge-$two" 2>/dev/null
for pid in /proc/[0-9]*; do
	! tr '\0' ' ' <"$pid/cmdline" | grep -q 'metadata --bridge' ||
		kill "${pid#/proc/}"
done 2>/dev/null
# who waits in its place under its name is not taken for it
# (the one that was killed may have the port for a moment)
setpriv --reuid 65533 --clear-groups python3 -c 'import socket, time
while True:
    try:
        taken = socket.create_server(("172.31.0.1", 16925))
        break
    except OSError:
        time.sleep(0.1)
print("there", flush=True)
time.sleep(300)' "$QAMI_STORE" metadata --bridge >"$TMPDIR/impostor" &
impostor=$!
until grep -q there "$TMPDIR/impostor"; do sleep 0.1; done
refused=$(launch "$tiny" 2>&1 || :)
case $refused in
*'another program has the port'*) ;;
*) echo "$refused" >&2; exit 1 ;;
esac
kill "$impostor"
wait "$impostor" || :
three=$(launch "$tiny" --key-name test --instance-type t2.nano)
same "$b" "$(address "$three")"
says 120 "$three" "net eth0 $b"
says 180 "$three" "instance-id $three"

# what a kill would have left goes
virsh nwfilter-dumpxml "$bridge-$one" |
	sed "s/$one/i-0fedcba9876543210/; /uuid/d" >"$TMPDIR/left.xml"
virsh -q nwfilter-define "$TMPDIR/left.xml"
qami gc >/dev/null
never virsh -q nwfilter-dumpxml "$bridge-i-0fedcba9876543210" 2>/dev/null
virsh -q nwfilter-dumpxml "$bridge-$one" >/dev/null

qami rm "$one" "$three" >/dev/null
reaches 60 "$one" terminated
reaches 60 "$three" terminated
never ip link show "$bridge" 2>/dev/null
same '' "$(nft list tables | grep qami || :)"
same '' "$(virsh -q nwfilter-list | grep qami || :)"
same '' "$(cat /proc/[0-9]*/cmdline | tr '\0' ' ' | grep -- '[-]-bridge' || :)"
