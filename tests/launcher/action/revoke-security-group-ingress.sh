#!/bin/sh
# revoke-security-group-ingress - as it was said, by ids, and what is not there
. tests/lib.sh

web=$(qami create-security-group --group-name web --description x \
	--output text --query GroupId)
allow()
{
	qami authorize-security-group-ingress --group-id "$web" "$@"
}
revoke()
{
	qami revoke-security-group-ingress --group-id "$web" "$@"
}
rules()
{
	sql "SELECT count(*) FROM security_group_rule WHERE grp = '$web'"
}

# by the ports and range, however they are written, by the group, by the id
allow --protocol tcp --port 80 --cidr 10.0.0.0/8 >"$TMPDIR/made"
revoke --protocol 6 --port 80-80 --cidr 10.1.1.1/8 >"$TMPDIR/gone"
tests/shape RevokeSecurityGroupIngress "$TMPDIR/gone" RevokedSecurityGroupRules
same True "$(get Return <"$TMPDIR/gone")"
for name in SecurityGroupRuleId GroupId CidrIpv4 FromPort; do
	same "$(get "SecurityGroupRules.0.$name" <"$TMPDIR/made")" \
		"$(get "RevokedSecurityGroupRules.0.$name" <"$TMPDIR/gone")"
done
! grep -q Unknown "$TMPDIR/gone" || exit 1
same 1 "$(rules)"
allow --source-security-group-name default >/dev/null
qami revoke-security-group-ingress --group-name web \
	--source-security-group-name default >/dev/null
same 1 "$(rules)"
id=$(allow --protocol udp --port 53 --cidr 10.0.0.0/8 --tag-specifications \
	'ResourceType=security-group-rule,Tags=[{Key=k,Value=v}]' |
	get SecurityGroupRules.0.SecurityGroupRuleId)
dry revoke --security-group-rule-ids "$id"
same 2 "$(rules)"
same "$id" "$(revoke --security-group-rule-ids "$id" |
	get RevokedSecurityGroupRules.0.SecurityGroupRuleId)"
same 1 "$(rules)"
same 0 "$(sql 'SELECT count(*) FROM tag')"

# what a describe shows can be given back whole
allow --ip-permissions 'IpProtocol=tcp,FromPort=1,ToPort=2,IpRanges=[{CidrIp=10.0.0.0/8,Description=d}],Ipv6Ranges=[{CidrIpv6=::/0}],UserIdGroupPairs=[{GroupName=web}]' \
	'IpProtocol=-1,IpRanges=[{CidrIp=10.0.0.0/8}]' >/dev/null
same 5 "$(rules)"
revoke --ip-permissions "$(qami describe-security-groups --group-ids "$web" |
	get SecurityGroups.0.IpPermissions)" >/dev/null
same 1 "$(rules)"

# a rule that there is not is told, and no error; the others go
allow --protocol tcp --port 1 --cidr 10.0.0.0/8 >/dev/null
revoke --ip-permissions \
	'IpProtocol=tcp,FromPort=1,ToPort=1,IpRanges=[{CidrIp=10.0.0.0/8},{CidrIp=10.0.0.0/9}]' \
	'IpProtocol=tcp,FromPort=1,ToPort=2,IpRanges=[{CidrIp=10.0.0.0/8}]' \
	>"$TMPDIR/gone"
tests/shape RevokeSecurityGroupIngress "$TMPDIR/gone" RevokedSecurityGroupRules
same '10.0.0.0/9 10.0.0.0/8' "$(
	get UnknownIpPermissions.0.IpRanges.0.CidrIp <"$TMPDIR/gone") $(
	get UnknownIpPermissions.1.IpRanges.0.CidrIp <"$TMPDIR/gone")"
same 1 "$(rules)"

fails InvalidSecurityGroupRuleId.NotFound revoke --security-group-rule-ids "$id"
egress=$(qami describe-security-group-rules --filters \
	"Name=group-id,Values=$web" | get SecurityGroupRules.0.SecurityGroupRuleId)
fails InvalidSecurityGroupRuleId.NotFound revoke --security-group-rule-ids \
	"$egress"
fails InvalidParameterCombination revoke --security-group-rule-ids "$egress" \
	--protocol all --cidr 10.0.0.0/8
fails MissingParameter revoke
fails InvalidPermission.Malformed revoke --protocol x --cidr 10.0.0.0/8
fails InvalidGroup.NotFound qami revoke-security-group-ingress \
	--group-name nobody --protocol all --cidr 10.0.0.0/8
hidden "$web" revoke-security-group-ingress --group-id "$web" --protocol all \
	--cidr 10.0.0.0/8
