#!/bin/sh
# update-security-group-rule-descriptions-ingress - as it was said, and by ids
. tests/lib.sh

web=$(qami create-security-group --group-name web --description x \
	--output text --query GroupId)
range='IpProtocol=tcp,FromPort=1,ToPort=1,IpRanges=[{CidrIp=10.0.0.0/8'
id=$(qami authorize-security-group-ingress --group-id "$web" \
	--ip-permissions "$range,Description=old}]" |
	get SecurityGroupRules.0.SecurityGroupRuleId)
update()
{
	qami update-security-group-rule-descriptions-ingress "$@"
}
shows()
{
	same "$1" "$(sql "SELECT description FROM security_group_rule
		WHERE id = '$id'")"
}

update --group-name web --ip-permissions "$range,Description=new}]" \
	>"$TMPDIR/answer"
tests/shape UpdateSecurityGroupRuleDescriptionsIngress "$TMPDIR/answer"
same True "$(get Return <"$TMPDIR/answer")"
shows new
update --group-id "$web" --security-group-rule-descriptions \
	"SecurityGroupRuleId=$id,Description=newer" >/dev/null
shows newer
dry update --group-name web --ip-permissions "$range}]"
shows newer
update --group-name web --ip-permissions "$range}]" >/dev/null
shows ''

egress=$(sql "SELECT id FROM security_group_rule WHERE grp = '$web'
	AND egress")
fails InvalidSecurityGroupRuleId.NotFound update --group-id "$web" \
	--security-group-rule-descriptions \
	"SecurityGroupRuleId=$egress,Description=x"
fails InvalidPermission.NotFound update --group-id "$web" --ip-permissions \
	'IpProtocol=-1,IpRanges=[{CidrIp=10.0.0.0/8}]'
fails InvalidParameterValue update --group-id "$web" \
	--security-group-rule-descriptions \
	"SecurityGroupRuleId=$id,Description=$(printf %0256d 0)"
fails InvalidParameterCombination update --group-id "$web" \
	--ip-permissions "$range}]" --security-group-rule-descriptions \
	"SecurityGroupRuleId=$id,Description=x"
fails MissingParameter update --group-id "$web"
fails InvalidGroup.NotFound update --group-name nobody \
	--ip-permissions "$range}]"
hidden "$web" update-security-group-rule-descriptions-ingress \
	--group-id "$web" --ip-permissions "$range}]"
