#!/bin/sh
# from-inside - what a guest finds on its network: the whole of its metadata,
# names, the outside, nothing of the host's; and who gets in
# boots guests
# takes long
if [ "${1:-}" != inside ]; then
	exec tests/own-network "$0" inside
fi
. tests/lib.sh

guests_here
QAMI_METADATA=service
export QAMI_METADATA
ssh-keygen -q -t ed25519 -N '' -C me -f "$TMPDIR/key"
qami import-key-pair --key-name mine \
	--public-key-material "fileb://$TMPDIR/key.pub" >/dev/null
qami import "$(tests/guest/build tiny)" --name tiny >/dev/null
printf '#!/bin/sh\necho "told by $(imds meta-data/instance-id)"\n' \
	>"$TMPDIR/user-data"
ami=$(qami describe-images --owners self --query 'Images[0].ImageId' \
	--output text)
i=$(launch "$ami" --instance-type t2.nano --key-name mine \
	--user-data "file://$TMPDIR/user-data" \
	--metadata-options HttpEndpoint=enabled,InstanceMetadataTags=enabled \
	--tag-specifications '[{"ResourceType": "instance", "Tags": [
		{"Key": "Name", "Value": "web"}, {"Key": "a.b:c", "Value": ""}]}]')
says 120 "$i" 'qami-guest: ready'
says 1 "$i" "told by $i"

# guest COMMAND - run by the guest's shell
guest()
{
	qami ssh "$i" --identity "$TMPDIR/key" -- sh -c "$1"
}

change()
{
	qami modify-instance-metadata-options --instance-id "$i" "$@" >/dev/null
}

# walked [-1] [PATH…] - below each path of the tree every leaf, with the first
# line that is in it; from the guest
walked()
{
	guest '
		walk() {
			for name in $(imds $opt "$1" || echo "?"); do
				case $name in
				*/) walk "$1$name" ;;
				0=*)
					echo "${1}0 is ${name#0=}"
					walk "${1}0/" ;;
				*)
					at=$1$name
					text=$(imds $opt "$at") || text=MISSING
					echo "$at:" $(echo "$text" | head -n 1) ;;
				esac
			done
		}
		opt='"$1"'
		for path in meta-data/ dynamic/; do walk $path; done
		echo "user-data: $(imds $opt user-data | head -n 1)"'
}

# leaf PATH - of the last walk
leaf()
{
	sed -n "s|^$1: *||p" "$TMPDIR/walk"
}

# the whole tree, leaf by leaf, is there and is true
walked '' >"$TMPDIR/walk"
cat "$TMPDIR/walk"
same '' "$(grep -e MISSING -e '?' "$TMPDIR/walk")"
same "$i" "$(leaf meta-data/instance-id)"
same "$ami" "$(leaf meta-data/ami-id)"
same t2.nano "$(leaf meta-data/instance-type)"
same "$i.ec2.internal $i.ec2.internal" \
	"$(leaf meta-data/local-hostname) $(guest hostname)"
mac=$(guest 'cat /sys/class/net/eth0/address')
card=meta-data/network/interfaces/macs/$mac
same "$mac $mac" "$(leaf meta-data/mac) $(leaf "$card/mac")"
address=$(guest 'cat /run/net')
same "$address $address" "$(leaf meta-data/local-ipv4) $(leaf "$card/local-ipv4s")"
same "$address" "$(qami describe-instances --instance-ids "$i" |
	get Reservations.0.Instances.0.PrivateIpAddress)"
same "$(cut -d ' ' -f 1,2 "$TMPDIR/key.pub")" \
	"$(leaf meta-data/public-keys/0/openssh-key | cut -d ' ' -f 1,2)"
has 'meta-data/public-keys/0 is mine' "$TMPDIR/walk"
same default "$(leaf meta-data/security-groups)"
same web "$(leaf meta-data/tags/instance/Name)"
has 'meta-data/tags/instance/a.b:c:' "$TMPDIR/walk"
has 'dynamic/instance-identity/document: {' "$TMPDIR/walk"
same '#!/bin/sh' "$(leaf user-data)"

# tags only where they are wanted, with a token or without; the rest is the same
change --instance-metadata-tags disabled
guest 'imds meta-data/tags/instance/Name 2>&1 || :' | grep -q ': 404 '
sed /tags.instance/d "$TMPDIR/walk" >"$TMPDIR/untagged"
walked -1 | cmp - "$TMPDIR/untagged"

# nothing without a token where one is required; nothing at all where it is off
change --http-tokens required
guest 'imds -1 2>&1; for path in meta-data/ meta-data/instance-id user-data \
	dynamic/instance-identity/document nothing; do
		imds -1 $path 2>&1
	done; imds meta-data/instance-id' >"$TMPDIR/required" || :
same 6 "$(grep -c ': 401 ' "$TMPDIR/required")"
same "$i" "$(tail -n 1 "$TMPDIR/required")"
change --http-endpoint disabled
guest 'imds meta-data/ 2>&1 || :' | grep -q ': 403 '

# who ADDRESS - which machine's port 7000 that is for the guest
who()
{
	guest "timeout 3 nc -w 3 $1 7000 </dev/null 2>/dev/null" || echo none
}

# becomes WORD COMMAND… - waits until that says the word: a guest may be slow
becomes()
{
	local wanted=$1 end

	shift
	end=$(patience 20)
	until [ "$("$@")" = "$wanted" ]; do
		[ "$(date +%s)" -lt "$end" ] || same "$wanted" "$("$@")"
	done
}

# the outside is there, by address and by name; the host is not, by none
becomes other who 198.51.100.2
guest 'nslookup anything.example 172.31.0.2' >"$TMPDIR/names"
has 203.0.113.2 "$TMPDIR/names"
for address in 172.31.0.1 172.31.0.2 192.0.2.1 198.51.100.1 10.0.2.2 \
	169.254.169.254 169.254.169.253 169.254.7.7 172.31.15.255; do
	same "$address none" "$address $(who $address)"
done

# who gets in: where a group's rule says so, from then until it says so no more
port()
{
	sql "SELECT host_port FROM forward
		WHERE instance = '$i' AND guest_port = 8000"
}
guest 'nc -ll -p 8000 -e hostname >/dev/null 2>&1 </dev/null &'
same '' "$(port)"
rule='--group-name default --protocol tcp --port 8000 --cidr 127.0.0.1/32'
qami authorize-security-group-ingress $rule >/dev/null
was=$(port)
# from_host - what is read there, by the host
from_host()
{
	python3 -c '
import socket, sys
who = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 20)
print(who.makefile().read().strip())' "$1"
}
becomes "$i.ec2.internal" from_host "$was"
qami revoke-security-group-ingress $rule >/dev/null
if from_host "$was" 2>/dev/null; then
	echo "the way in is still open" >&2
	exit 1
fi

# the endpoint is there where a rule names it alone, wherever it listens
# health - what it says to the guest
health()
{
	guest 'printf "GET /healthz HTTP/1.0\r\n\r\n" |
		timeout 5 nc -w 3 172.31.0.1 8773' >"$TMPDIR/health" \
		2>/dev/null || :
	grep -qx ok "$TMPDIR/health" && echo ok || echo none
}
group=$(qami describe-security-groups --output text \
	--query 'SecurityGroups[0].GroupId')
# rule VERB PORTS RANGE
rule()
{
	qami "$1-security-group-egress" --group-id "$group" --ip-permissions \
		"IpProtocol=tcp,FromPort=${2%-*},ToPort=${2#*-},IpRanges=[{CidrIp=$3}]" \
		>/dev/null
}
served
same none "$(health)"
rule authorize 8773-8774 172.31.0.1/32
rule authorize 8773-8773 172.31.0.0/31
same none "$(health)"
rule authorize 8773-8773 172.31.0.1/32
becomes ok health
same none "$(who 172.31.0.1)"
end_served
same none "$(health)"
served # at another port, of which the guest hears
becomes ok health
rule revoke 8773-8773 172.31.0.1/32
same none "$(health)"
