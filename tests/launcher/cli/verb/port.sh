#!/bin/sh
# port - where this host reaches a guest's ports
# (machines run, but nothing boots in them: no need to be alone)
. tests/lib.sh

guests_here
image alpha >/dev/null
i=$(qami run alpha --name web1)
ssh=$(qami ps --output text --query 'Instances[0].Ssh')
same "22	$ssh" "$(qami port web1)"
same "$ssh" "$(qami port web1 22)"
same 22 "$(qami port web1 --output json | get Ports.0.Port)"

# what is refused comes with the rule that is missing, and that opens it
fails OperationNotPermitted qami port web1 8080
allow=$(sed -n 's/.*this adds it: qami \(.*\) (OperationNotPermitted)$/\1/p' \
	"$TMPDIR/err")
# shellcheck disable=SC2086
qami $allow >/dev/null
there=$(qami port web1 8080)
same "22	$ssh
8080	$there" "$(qami port web1)"
# somebody listens there
python3 -c 'import socket, sys
host, port = sys.argv[1].split(":")
socket.create_connection((host, int(port)), 10).close()' "$there"

# of a range no port is led to
group=$(qami groups -q)
qami authorize-security-group-ingress --group-id "$group" --protocol tcp \
	--port 7000-7010 --cidr 127.0.0.1/32 >/dev/null
fails OperationNotPermitted qami port web1 7005
# what is not for this host is not listed
qami authorize-security-group-ingress --group-id "$group" --protocol tcp \
	--port 81 --cidr 192.0.2.0/24 >/dev/null
same '22 8080' "$(qami port web1 --output text --query 'Ports[].Port' |
	tr '\t' ' ')"
# on a bridge an address leads to all of them
sql "UPDATE instance SET network = 'bridge' WHERE id = '$i'"
address=$(qami describe-instances --output text \
	--query 'Reservations[].Instances[].PrivateIpAddress')
same "$address:8080" "$(qami port web1 8080)"
sql "UPDATE instance SET network = 'plain' WHERE id = '$i'"
fails UnsupportedOperation qami port web1
sql "UPDATE instance SET network = 'user' WHERE id = '$i'"

for port in 0 65536; do
	fails InvalidParameterValue qami port web1 $port
done
fails InvalidInstanceID.NotFound qami port nobody
hidden "$i" port "$i"
qami stop --force web1
fails IncorrectInstanceState qami port web1
