#!/bin/sh
# modify-security-group-rules - rules become others and keep ids and tags
. tests/lib.sh

web=$(qami create-security-group --group-name web --description x \
	--output text --query GroupId)
rule()
{
	qami authorize-security-group-ingress --group-id "$web" \
		--protocol tcp --port "$1" --cidr 10.0.0.0/8 \
		--tag-specifications \
		'ResourceType=security-group-rule,Tags=[{Key=k,Value=v}]' |
		get SecurityGroupRules.0.SecurityGroupRuleId
}
one=$(rule 1)
two=$(rule 2)
# modify ID RULE - in the shorthand
modify()
{
	qami modify-security-group-rules --group-id "$web" \
		--security-group-rules \
		"SecurityGroupRuleId=$1,SecurityGroupRule={$2}"
}
shows()
{
	qami describe-security-group-rules --security-group-rule-ids "$1" |
		get "SecurityGroupRules.0.$2"
}

modify "$one" IpProtocol=udp,FromPort=53,ToPort=54,CidrIpv4=10.9.9.9/16,Description=d \
	>"$TMPDIR/answer"
tests/shape ModifySecurityGroupRules "$TMPDIR/answer"
same True "$(get Return <"$TMPDIR/answer")"
same 'udp 53 54 10.9.0.0/16 d v False' "$(shows "$one" IpProtocol) $(
	shows "$one" FromPort) $(shows "$one" ToPort) $(
	shows "$one" CidrIpv4) $(shows "$one" Description) $(
	shows "$one" Tags.0.Value) $(shows "$one" IsEgress)"
modify "$one" "IpProtocol=-1,ReferencedGroupId=$web" >/dev/null
same "$web" "$(shows "$one" ReferencedGroupInfo.GroupId)"
same 0 "$(sql "SELECT count(description) FROM security_group_rule
	WHERE id = '$one'")"
modify "$one" IpProtocol=icmpv6,CidrIpv6=::1/128 >/dev/null
same ::1/128 "$(shows "$one" CidrIpv6)"
# the same again is no other rule's
modify "$one" IpProtocol=icmpv6,CidrIpv6=::1/128 >/dev/null
fails InvalidPermission.Duplicate modify "$one" \
	IpProtocol=tcp,FromPort=2,ToPort=2,CidrIpv4=10.0.0.0/8
# all or none
fails InvalidPermission.Duplicate qami modify-security-group-rules \
	--group-id "$web" --security-group-rules \
	"SecurityGroupRuleId=$two,SecurityGroupRule={IpProtocol=-1,CidrIpv4=10.0.0.0/8}" \
	"SecurityGroupRuleId=$one,SecurityGroupRule={IpProtocol=-1,CidrIpv4=10.0.0.0/8}"
same tcp "$(shows "$two" IpProtocol)"

egress=$(sql "SELECT id FROM security_group_rule WHERE grp = '$web'
	AND egress")
modify "$egress" IpProtocol=-1,CidrIpv4=10.0.0.0/8 >/dev/null
same True "$(shows "$egress" IsEgress)"

fails InvalidSecurityGroupRuleId.NotFound modify sgr-0fedcba9876543210 \
	IpProtocol=-1,CidrIpv4=10.0.0.0/8
other=$(sql "SELECT id FROM security_group_rule WHERE grp <> '$web' LIMIT 1")
fails InvalidSecurityGroupRuleId.NotFound modify "$other" \
	IpProtocol=-1,CidrIpv4=10.0.0.0/8
fails InvalidPermission.Malformed modify "$one" IpProtocol=x,CidrIpv4=::/0
fails InvalidParameterCombination modify "$one" IpProtocol=-1
fails InvalidParameterCombination modify "$one" \
	IpProtocol=-1,CidrIpv4=10.0.0.0/8,CidrIpv6=::/0
fails UnsupportedOperation modify "$one" \
	IpProtocol=-1,PrefixListId=pl-0fedcba9876543210
fails InvalidGroup.NotFound modify "$one" \
	IpProtocol=-1,ReferencedGroupId=sg-0fedcba9876543210
hidden "$web" modify-security-group-rules --group-id "$web" \
	--security-group-rules \
	"SecurityGroupRuleId=$one,SecurityGroupRule={IpProtocol=-1,CidrIpv4=10.0.0.0/8}"
fails DryRunOperation qami modify-security-group-rules --dry-run \
	--group-id "$web" --security-group-rules \
	"SecurityGroupRuleId=$two,SecurityGroupRule={IpProtocol=-1,CidrIpv4=10.0.0.0/7}"
same tcp "$(shows "$two" IpProtocol)"
