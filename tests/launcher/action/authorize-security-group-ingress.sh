#!/bin/sh
# authorize-security-group-ingress - every way to say a rule, and what is none
. tests/lib.sh

web=$(qami create-security-group --group-name web --description x \
	--output text --query GroupId)
allow()
{
	qami authorize-security-group-ingress --group-id "$web" "$@"
}
# what the last answer's rule of that number has under a name
rule()
{
	get "SecurityGroupRules.$1" <"$TMPDIR/rules"
}

allow --protocol tcp --port 80 --cidr 127.0.0.1/32 >"$TMPDIR/rules"
tests/shape AuthorizeSecurityGroupIngress "$TMPDIR/rules"
same True "$(get Return <"$TMPDIR/rules")"
same "$web" "$(rule 0.GroupId)"
fails InvalidPermission.Duplicate allow --protocol 6 --port 80-80 \
	--cidr 127.0.0.1/32
has 'the specified rule "peer: 127.0.0.1/32, TCP, from port: 80, to port: 80, ALLOW" already exists' \
	"$TMPDIR/err"

# says PROTOCOL FROM TO RANGE OPTION… - the rule that the options make
says()
{
	local want

	want="$1 $2 $3 $4"
	shift 4
	allow "$@" >"$TMPDIR/rules"
	same "$want" "$(rule 0.IpProtocol) $(rule 0.FromPort) $(
		rule 0.ToPort) $(rule 0.CidrIpv4)"
}
says tcp 80 90 10.0.0.0/8 --protocol TCP --port 80-90 --cidr 10.9.8.7/8
says udp 0 65535 0.0.0.0/0 --protocol 17 --port 0-65535 --cidr 1.2.3.4/0
says -1 -1 -1 10.0.0.0/9 --protocol all --cidr 10.0.0.0/9
says -1 -1 -1 10.0.0.0/10 --protocol all --port 5-6 --cidr 10.0.0.0/10
says icmp -1 -1 10.0.0.0/8 --protocol 1 --port all --cidr 10.0.0.0/8
says icmpv6 -1 -1 10.0.0.0/8 --protocol 58 --cidr 10.0.0.0/8
says 50 -1 -1 10.0.0.0/8 --protocol 50 --port 1-2 --cidr 10.0.0.0/8
says tcp 1 2 10.0.0.0/8 --ip-protocol tcp --from-port 1 --to-port 2 \
	--cidr-ip 10.0.0.0/8

# a group, by its id, its name, and the way of old
qami authorize-security-group-ingress --group-name web --protocol tcp \
	--port 22 --source-group default --group-owner 123456789012 \
	>"$TMPDIR/rules"
default=$(rule 0.ReferencedGroupInfo.GroupId)
fails InvalidPermission.Duplicate allow --protocol tcp --port 22 \
	--source-group "$default"
allow --source-security-group-name web >"$TMPDIR/rules"
same 'tcp 65535 udp 65535 icmp -1' "$(rule 0.IpProtocol) $(rule 0.ToPort) $(
	rule 1.IpProtocol) $(rule 1.ToPort) $(rule 2.IpProtocol) $(
	rule 2.ToPort)"
same "$web" "$(rule 2.ReferencedGroupInfo.GroupId)"

# all or none
fails InvalidPermission.Duplicate allow --ip-permissions \
	'IpProtocol=tcp,FromPort=7,ToPort=7,IpRanges=[{CidrIp=10.0.0.0/8}]' \
	'IpProtocol=tcp,FromPort=80,ToPort=80,IpRanges=[{CidrIp=127.0.0.1/32}]'
says tcp 7 7 10.0.0.0/8 --protocol tcp --port 7 --cidr 10.0.0.0/8

# what is no rule; PERMISSION in the shorthand, or options
no()
{
	local code

	code=$1
	shift
	case $1 in
	--*) fails "$code" allow "$@" ;;
	*) fails "$code" allow --ip-permissions "$1" ;;
	esac
}
range='IpRanges=[{CidrIp=10.7.0.0/16}]'
no InvalidPermission.Malformed "IpProtocol=tcpp,FromPort=1,ToPort=1,$range"
no InvalidPermission.Malformed "IpProtocol=256,$range"
no InvalidPermission.Malformed "IpProtocol=-2,$range"
no InvalidPermission.Malformed "IpProtocol=tcp,FromPort=2,ToPort=1,$range"
no InvalidPermission.Malformed "IpProtocol=tcp,FromPort=2,ToPort=65536,$range"
no InvalidPermission.Malformed "IpProtocol=icmp,FromPort=-1,ToPort=3,$range"
no InvalidPermission.Malformed "IpProtocol=icmp,FromPort=256,ToPort=0,$range"
no InvalidParameterValue "IpProtocol=tcp,FromPort=-1,ToPort=-1,$range"
no InvalidParameterValue "IpProtocol=udp,FromPort=1,$range"
no InvalidParameterValue "IpProtocol=tcp,$range"
no InvalidParameterValue "IpProtocol=icmp,$range"
no MissingParameter "FromPort=1,ToPort=1,$range"
no MissingParameter 'IpProtocol=-1'
for cidr in 10.0.0.0 10.0.0/8 10.0.0.0/33 10.0.0.0/ 10.0.0.0/-1 /8 x \
	10.0.0.0/8x ::/0 10.0.0.256/8; do
	no InvalidParameterValue "IpProtocol=-1,IpRanges=[{CidrIp=$cidr}]"
	has "CIDR block $cidr is malformed" "$TMPDIR/err"
done
for cidr in ::/129 10.0.0.0/8 2001:db8::; do
	no InvalidParameterValue "IpProtocol=-1,Ipv6Ranges=[{CidrIpv6=$cidr}]"
done
no InvalidParameterValue \
	'IpProtocol=-1,IpRanges=[{CidrIp=10.7.0.0/16,Description=<b>}]'
no InvalidParameterValue \
	'IpProtocol=-1,IpRanges=[{CidrIp=10.7.0.0/16},{CidrIp=10.7.7.7/16}]'
no UnsupportedOperation \
	'IpProtocol=-1,PrefixListIds=[{PrefixListId=pl-0fedcba9876543210}]'
no InvalidGroup.NotFound 'IpProtocol=-1,UserIdGroupPairs=[{GroupName=x}]'
no InvalidGroup.NotFound \
	"IpProtocol=-1,UserIdGroupPairs=[{GroupId=$web,UserId=222222222222}]"
theirs=$(as 222222222222 describe-security-groups |
	get SecurityGroups.0.GroupId)
no InvalidGroup.NotFound "IpProtocol=-1,UserIdGroupPairs=[{GroupId=$theirs}]"
no MissingParameter 'IpProtocol=-1,UserIdGroupPairs=[{UserId=123456789012}]'
no InvalidParameterCombination --source-security-group-name web --ip-protocol tcp
no InvalidParameterCombination --ip-protocol -1 --cidr-ip 10.0.0.0/8 \
	--ip-permissions "IpProtocol=-1,$range"
no MissingParameter --ip-protocol tcp --from-port 1 --to-port 1
fails MissingParameter allow
fails MissingParameter qami authorize-security-group-ingress --protocol all \
	--cidr 10.0.0.0/8
fails InvalidGroup.NotFound qami authorize-security-group-ingress \
	--group-name nobody --protocol all --cidr 10.0.0.0/8
fails InvalidGroupId.Malformed qami authorize-security-group-ingress \
	--group-id sg-1 --protocol all --cidr 10.0.0.0/8
hidden "$web" authorize-security-group-ingress --group-id "$web" \
	--protocol all --cidr 10.0.0.0/8
dry allow --protocol tcp --port 8 --cidr 10.0.0.0/8
says tcp 8 8 10.0.0.0/8 --protocol tcp --port 8 --cidr 10.0.0.0/8

# sixty in one direction
full=$(qami create-security-group --group-name full --description x \
	--output text --query GroupId)
web=$full
allow --ip-permissions "IpProtocol=-1,IpRanges=[$(
	seq -s, -f '{CidrIp=10.%g.0.0/16}' 60)]" >/dev/null
fails RulesPerSecurityGroupLimitExceeded allow --protocol all \
	--cidr 10.61.0.0/16
qami authorize-security-group-egress --group-id "$full" --protocol all \
	--cidr 10.61.0.0/16 >/dev/null
