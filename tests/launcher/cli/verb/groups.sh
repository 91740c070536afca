#!/bin/sh
# groups - for people: who may talk to whom
. tests/lib.sh

default=$(qami groups -q)
same "$default	default	all default, tcp 22 127.0.0.1/32	all 0.0.0.0/0	default VPC security group" \
	"$(qami groups)"
web=$(qami create-security-group --group-name web --description 'for www' \
	--output text --query GroupId)
qami authorize-security-group-ingress --group-name web --ip-permissions \
	'IpProtocol=tcp,FromPort=80,ToPort=90,IpRanges=[{CidrIp=10.0.0.0/8}],UserIdGroupPairs=[{GroupName=default}]' \
	'IpProtocol=icmp,FromPort=8,ToPort=-1,Ipv6Ranges=[{CidrIpv6=::/0}]' \
	IpProtocol=50,IpRanges='[{CidrIp=10.0.0.0/8}]' >/dev/null
qami revoke-security-group-egress --group-id "$web" --protocol all \
	--cidr 0.0.0.0/0 >/dev/null
same "$web	web	tcp 80-90 10.0.0.0/8, tcp 80-90 default, icmp 8 ::/0, 50 10.0.0.0/8	-	for www" \
	"$(qami groups | tail -n 1)"
same for\ www "$(qami groups --output json | get Groups.1.Description)"
same 1 "$(as 222222222222 groups -q | wc -l)"
