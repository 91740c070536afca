#!/bin/sh
# groups - what security groups allow is true for machines that run: a port of
# 127.0.0.1 leads to a guest's exactly while a rule says so
# (machines run, but nothing boots in them: no need to be alone)
. tests/lib.sh

guests_here
export QAMI_METADATA=service
ami=$(image alpha)

web=$(qami create-security-group --group-name web --description x \
	--output text --query GroupId)
allow()
{
	qami authorize-security-group-ingress --group-name "$@" >/dev/null
}
revoke()
{
	qami revoke-security-group-ingress --group-name "$@" >/dev/null
}
i=$(launch "$ami" --instance-type t2.nano --security-groups web)
other=$(launch "$ami" --instance-type t2.nano)
same '' "$(ports "$i")"
same '22 ' "$(ports "$other")"

# rules come and go while it runs; only those that mean this host, and a port
allow web --protocol tcp --port 8080 --cidr 127.0.0.0/8
same '8080 ' "$(ports "$i")"
allow web --protocol tcp --port 8081 --cidr 192.0.2.0/24
allow web --protocol udp --port 8082 --cidr 0.0.0.0/0
allow web --protocol tcp --port 8083-8084 --cidr 0.0.0.0/0
allow web --protocol tcp --port 8085 --source-group default
same '8080 ' "$(ports "$i")"
allow web --protocol tcp --port 1-1024 --cidr 0.0.0.0/0
same '22 8080 ' "$(ports "$i")"
revoke web --protocol tcp --port 8080 --cidr 127.0.0.0/8
same '22 ' "$(ports "$i")"
rule=$(sql "SELECT id FROM security_group_rule WHERE grp = '$web' AND
		to_port = 1024")
qami modify-security-group-rules --group-id "$web" --security-group-rules \
	"SecurityGroupRuleId=$rule,SecurityGroupRule={IpProtocol=tcp,FromPort=81,ToPort=81,CidrIpv4=127.0.0.1/32}" \
	>/dev/null
same '81 ' "$(ports "$i")"
same '22 ' "$(ports "$other")"

# other groups
groups()
{
	qami modify-instance-attribute --instance-id "$i" --groups "$@"
}
default=$(qami groups -q | head -n 1)
groups "$web" "$default"
same '22 81 ' "$(ports "$i")"
groups "$default"
same '22 ' "$(ports "$i")"

# a machine that cannot be told is warned of, and learns it when it can
revoke default --protocol tcp --port 22 --cidr 127.0.0.1/32
same '' "$(ports "$i")$(ports "$other")"
# what replaces the socket is never missing: then there would be no machine
socket=$(readlink -f "$QAMI_STORE/instances/$i/net")/net.sock
mv "$socket" "$socket.away"
ln -s net.sock "$socket"
qami authorize-security-group-ingress --group-name default --protocol tcp \
	--port 23 --cidr 127.0.0.1/32 >/dev/null 2>"$TMPDIR/err"
has "$i: was not told that $default changed" "$TMPDIR/err"
mv -T "$socket.away" "$socket"
same '23 ' "$(ports "$other")"
told
same '23 ' "$(ports "$i")"
qami stop-instances --instance-ids "$i" --force >/dev/null
qami start-instances --instance-ids "$i" >/dev/null
same '23 ' "$(ports "$i")"
