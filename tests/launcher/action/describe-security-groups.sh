#!/bin/sh
# describe-security-groups - whose, by names, ids and filters, in EC2's shape
. tests/lib.sh

describe=describe-security-groups
make()
{
	qami create-security-group --description "$1:" --output text \
		--query GroupId --group-name "$@"
}
allow()
{
	qami authorize-security-group-ingress --group-name "$@" >/dev/null
}

# everybody has one group, and only their own
qami $describe >"$TMPDIR/default"
as 222222222222 $describe >"$TMPDIR/theirs"
default=$(get SecurityGroups.0.GroupId <"$TMPDIR/default")
for pair in SecurityGroups.0.GroupName=default \
	SecurityGroups.0.IpPermissions.0.IpProtocol=-1 \
	SecurityGroups.0.IpPermissions.0.UserIdGroupPairs.0.GroupId="$default" \
	SecurityGroups.0.IpPermissions.1.FromPort=22 \
	SecurityGroups.0.IpPermissions.1.IpRanges.0.CidrIp=127.0.0.1/32 \
	SecurityGroups.0.IpPermissionsEgress.0.IpRanges.0.CidrIp=0.0.0.0/0; do
	same "$pair" "${pair%%=*}=$(get "${pair%%=*}" <"$TMPDIR/default")"
done
[ "$default" != "$(get SecurityGroups.0.GroupId <"$TMPDIR/theirs")" ]

web=$(make web --tag-specifications \
	'ResourceType=security-group,Tags=[{Key=team,Value=blue}]')
db=$(make db)
allow web --protocol tcp --port 80-90 --cidr 127.0.0.1/32
allow web --protocol udp --port 53 --cidr 10.0.0.0/8
allow db --protocol tcp --port 5432 --source-group web
# one more range of what there is already joins it, and keeps its place
allow web --ip-permissions 'IpProtocol=tcp,FromPort=80,ToPort=90,IpRanges=[{CidrIp=192.0.2.0/24,Description=doc}],Ipv6Ranges=[{CidrIpv6=::/0}],UserIdGroupPairs=[{GroupName=db}]'
qami $describe --group-ids "$web" >"$TMPDIR/web"
tests/shape DescribeSecurityGroups "$TMPDIR/web"
same 2 "$(get SecurityGroups.0.IpPermissions <"$TMPDIR/web" |
	python3 -c 'import json, sys; print(len(json.load(sys.stdin)))')"
for pair in FromPort=80 ToPort=90 IpProtocol=tcp \
	IpRanges.0.CidrIp=127.0.0.1/32 IpRanges.1.CidrIp=192.0.2.0/24 \
	IpRanges.1.Description=doc Ipv6Ranges.0.CidrIpv6=::/0 \
	UserIdGroupPairs.0.GroupId="$db" \
	UserIdGroupPairs.0.UserId=123456789012; do
	same "$pair" "${pair%%=*}=$(get \
		"SecurityGroups.0.IpPermissions.0.${pair%%=*}" <"$TMPDIR/web")"
done

names()
{
	qami $describe --output text --query 'SecurityGroups[].GroupName' "$@" |
		tr '\t' ' '
}
same 'default web db' "$(names)"
same 'web db' "$(names --group-names db --group-ids "$web" "$web")"
fails InvalidGroup.NotFound qami $describe --group-names web nobody
has "The security group 'nobody' does not exist in default VPC" "$TMPDIR/err"
fails InvalidGroup.NotFound qami $describe --group-ids sg-0fedcba9876543210
fails InvalidGroupId.Malformed qami $describe --group-ids sg-12
hidden "$web" $describe --group-ids "$web"
fails InvalidGroup.NotFound as 222222222222 $describe --group-names web

vpc=$(qami describe-vpcs | get Vpcs.0.VpcId)
finds 1 $describe group-name=web "group-id=$web,sg-x" description=db: \
	tag:team=blue tag-key=team ip-permission.from-port=80 \
	ip-permission.to-port=90 ip-permission.cidr='192.0.2.*' \
	ip-permission.ipv6-cidr=::/0 "ip-permission.group-id=$web" \
	ip-permission.group-name=web ip-permission.protocol=udp
finds 3 $describe owner-id=123456789012 "vpc-id=$vpc" \
	egress.ip-permission.cidr=0.0.0.0/0 ip-permission.protocol=tcp \
	egress.ip-permission.protocol=-1 ip-permission.user-id=123456789012
finds 0 $describe owner-id=222222222222 ip-permission.prefix-list-id='*' \
	egress.ip-permission.group-id='*' ip-permission.to-port=91 \
	egress.ip-permission.to-port=90 ip-permission.ipv6-cidr='127*' \
	egress.ip-permission.user-id='*' egress.ip-permission.group-name='*'
fails InvalidParameterValue qami $describe --filters Name=colour,Values=red

# pages
for i in 1 2 3 4; do
	make "g$i" >/dev/null
done
qami $describe --max-results 5 >"$TMPDIR/page"
token=$(get NextToken <"$TMPDIR/page")
same 'g3 g4' "$(names --max-results 5 --next-token "$token")"
fails InvalidNextToken qami $describe --max-results 6 --next-token x
fails InvalidParameterCombination qami $describe --max-results 5 \
	--group-ids "$web"
fails InvalidParameterCombination qami $describe --max-results 5 \
	--group-names web
fails InvalidParameterValue qami $describe --max-results 4
dry qami $describe

# tags that come and go
qami create-tags --resources "$db" --tags Key=team,Value=red
finds 1 $describe tag:team=red
same security-group "$(qami describe-tags --filters \
	Name=resource-id,Values="$db" | get Tags.0.ResourceType)"
hidden "$db" create-tags --tags Key=x,Value=y --resources "$db"
qami delete-tags --resources "$db" --tags Key=team
finds 0 $describe tag:team=red
