#!/bin/sh
# describe-security-group-rules - one by one, with tags and pages
. tests/lib.sh

describe=describe-security-group-rules
web=$(qami create-security-group --group-name web --description x \
	--output text --query GroupId)
qami authorize-security-group-ingress --group-name web --ip-permissions \
	'IpProtocol=icmp,FromPort=8,ToPort=-1,IpRanges=[{CidrIp=10.1.2.3/8,Description=ping}],UserIdGroupPairs=[{GroupName=default,UserId=123456789012}]' \
	'IpProtocol=50,Ipv6Ranges=[{CidrIpv6=2001:DB8:0::1/32}]' \
	--tag-specifications \
	'ResourceType=security-group-rule,Tags=[{Key=k,Value=v}]' \
	>"$TMPDIR/made"
qami $describe --filters "Name=group-id,Values=$web" >"$TMPDIR/all"
tests/shape DescribeSecurityGroupRules "$TMPDIR/all"
one()
{
	get "SecurityGroupRules.$1" <"$TMPDIR/all"
}
default=$(qami describe-security-groups --group-names default |
	get SecurityGroups.0.GroupId)
for pair in 0.IsEgress=True 0.IpProtocol=-1 0.FromPort=-1 0.ToPort=-1 \
	0.CidrIpv4=0.0.0.0/0 0.Tags='[]' 1.GroupId="$web" \
	1.GroupOwnerId=123456789012 1.IsEgress=False 1.IpProtocol=icmp \
	1.FromPort=8 1.ToPort=-1 1.CidrIpv4=10.0.0.0/8 1.Description=ping \
	1.Tags.0.Key=k 2.ReferencedGroupInfo.GroupId="$default" \
	2.ReferencedGroupInfo.UserId=123456789012 2.Tags.0.Value=v \
	3.IpProtocol=50 3.FromPort=-1 3.CidrIpv6=2001:db8::/32; do
	same "$pair" "${pair%%=*}=$(one "${pair%%=*}")"
done
ping=$(one 1.SecurityGroupRuleId)
echo "$ping" | grep -qE '^sgr-[0-9a-f]{17}$'
same "$ping" "$(get SecurityGroupRules.0.SecurityGroupRuleId <"$TMPDIR/made")"

same ping "$(qami $describe --security-group-rule-ids "$ping" |
	get SecurityGroupRules.0.Description)"
finds 1 $describe "security-group-rule-id=$ping"
finds 3 $describe tag:k=v tag-key=k "group-id=$default"
finds 0 $describe group-id=sg-x tag:k=w
fails InvalidParameterValue qami $describe --filters Name=cidr,Values=x
fails InvalidSecurityGroupRuleId.NotFound qami $describe \
	--security-group-rule-ids "$ping" sgr-0fedcba9876543210
fails InvalidID qami $describe --security-group-rule-ids "$web"
hidden "$ping" $describe --security-group-rule-ids "$ping"
same 3 "$(as 222222222222 $describe --query 'length(SecurityGroupRules)')"

qami $describe --max-results 5 >"$TMPDIR/page"
same 2 "$(qami $describe --max-results 5 --next-token \
	"$(get NextToken <"$TMPDIR/page")" --query 'length(SecurityGroupRules)')"
fails InvalidNextToken qami $describe --max-results 5 --next-token x
dry qami $describe
qami create-tags --resources "$ping" --tags Key=new,Value=1
finds 1 $describe tag:new=1
hidden "$ping" create-tags --tags Key=x,Value=y --resources "$ping"
