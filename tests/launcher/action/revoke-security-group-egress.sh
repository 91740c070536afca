#!/bin/sh
# revoke-security-group-egress - as ingress, whose test says how; by id only
. tests/lib.sh

web=$(qami create-security-group --group-name web --description x \
	--output text --query GroupId)
revoke()
{
	qami revoke-security-group-egress --group-id "$web" "$@"
}

dry revoke --protocol all --cidr 0.0.0.0/0
revoke --protocol all --cidr 0.0.0.0/0 >"$TMPDIR/gone"
tests/shape RevokeSecurityGroupEgress "$TMPDIR/gone" RevokedSecurityGroupRules
same True "$(get RevokedSecurityGroupRules.0.IsEgress <"$TMPDIR/gone")"
same '[]' "$(qami describe-security-groups --group-ids "$web" |
	get SecurityGroups.0.IpPermissionsEgress)"
same -1 "$(revoke --protocol all --cidr 0.0.0.0/0 |
	get UnknownIpPermissions.0.IpProtocol)"

id=$(qami authorize-security-group-ingress --group-id "$web" --protocol tcp \
	--port 1 --cidr 10.0.0.0/8 | get SecurityGroupRules.0.SecurityGroupRuleId)
fails InvalidSecurityGroupRuleId.NotFound revoke --security-group-rule-ids "$id"
fails InvalidParameterCombination revoke --security-group-rule-ids \
	"$(qami authorize-security-group-egress --group-id "$web" --protocol \
		all --cidr 10.0.0.0/8 |
		get SecurityGroupRules.0.SecurityGroupRuleId)" \
	--protocol all --cidr 10.0.0.0/8
fails InvalidPermission.Malformed revoke --protocol x --cidr 10.0.0.0/8
fails InvalidGroup.NotFound qami revoke-security-group-egress \
	--group-id sg-0fedcba9876543210 --protocol all --cidr 10.0.0.0/8
hidden "$web" revoke-security-group-egress --group-id "$web" --protocol all \
	--cidr 10.0.0.0/8
