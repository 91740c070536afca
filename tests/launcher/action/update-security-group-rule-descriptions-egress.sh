#!/bin/sh
# update-security-group-rule-descriptions-egress - as ingress, whose test says
# how
. tests/lib.sh

web=$(qami create-security-group --group-name web --description x \
	--output text --query GroupId)
id=$(sql "SELECT id FROM security_group_rule WHERE grp = '$web'")
update()
{
	qami update-security-group-rule-descriptions-egress --group-id "$web" "$@"
}

update --security-group-rule-descriptions \
	"SecurityGroupRuleId=$id,Description=out" >"$TMPDIR/answer"
tests/shape UpdateSecurityGroupRuleDescriptionsEgress "$TMPDIR/answer"
same out "$(qami describe-security-groups --group-ids "$web" |
	get SecurityGroups.0.IpPermissionsEgress.0.IpRanges.0.Description)"
update --ip-permissions \
	'IpProtocol=-1,IpRanges=[{CidrIp=0.0.0.0/0,Description=all}]' >/dev/null
same all "$(qami describe-security-groups --group-ids "$web" |
	get SecurityGroups.0.IpPermissionsEgress.0.IpRanges.0.Description)"
fails InvalidPermission.NotFound update --ip-permissions \
	'IpProtocol=-1,IpRanges=[{CidrIp=10.0.0.0/8}]'
fails InvalidSecurityGroupRuleId.NotFound update \
	--security-group-rule-descriptions \
	SecurityGroupRuleId=sgr-0fedcba9876543210,Description=x
fails InvalidParameterCombination update --ip-permissions \
	'IpProtocol=-1,IpRanges=[{CidrIp=0.0.0.0/0}]' \
	--security-group-rule-descriptions "SecurityGroupRuleId=$id"
fails InvalidGroup.NotFound qami update-security-group-rule-descriptions-egress \
	--group-name nobody --security-group-rule-descriptions \
	"SecurityGroupRuleId=$id"
hidden "$web" update-security-group-rule-descriptions-egress --group-id "$web" \
	--security-group-rule-descriptions "SecurityGroupRuleId=$id"
dry update --security-group-rule-descriptions "SecurityGroupRuleId=$id"
