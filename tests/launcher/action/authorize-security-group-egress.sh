#!/bin/sh
# authorize-security-group-egress - as ingress, whose test says how; by id only
. tests/lib.sh

web=$(qami create-security-group --group-name web --description x \
	--output text --query GroupId)
allow()
{
	qami authorize-security-group-egress --group-id "$web" "$@"
}

allow --protocol tcp --port 443 --cidr 192.0.2.7/24 --tag-specifications \
	'ResourceType=security-group-rule,Tags=[{Key=k,Value=v}]' \
	>"$TMPDIR/rules"
tests/shape AuthorizeSecurityGroupEgress "$TMPDIR/rules"
same 'True 192.0.2.0/24 v' "$(
	get SecurityGroupRules.0.IsEgress <"$TMPDIR/rules") $(
	get SecurityGroupRules.0.CidrIpv4 <"$TMPDIR/rules") $(
	get SecurityGroupRules.0.Tags.0.Value <"$TMPDIR/rules")"
qami describe-security-groups --group-ids "$web" >"$TMPDIR/web"
same '[]' "$(get SecurityGroups.0.IpPermissions <"$TMPDIR/web")"
same 443 "$(get SecurityGroups.0.IpPermissionsEgress.1.ToPort <"$TMPDIR/web")"

fails InvalidPermission.Duplicate allow --protocol all --cidr 0.0.0.0/0
has 'the specified rule "peer: 0.0.0.0/0, ALL, ALLOW" already exists' \
	"$TMPDIR/err"
fails InvalidPermission.Malformed allow --protocol x --cidr 0.0.0.0/0
fails UnsupportedOperation allow --ip-permissions \
	'IpProtocol=-1,PrefixListIds=[{PrefixListId=pl-0fedcba9876543210}]'
fails InvalidGroup.NotFound qami authorize-security-group-egress \
	--group-id sg-0fedcba9876543210 --protocol all --cidr 10.0.0.0/8
fails InvalidGroupId.Malformed qami authorize-security-group-egress \
	--group-id web --protocol all --cidr 10.0.0.0/8
fails MissingParameter qami authorize-security-group-egress --cli-input-json \
	'{"IpPermissions": [{"IpProtocol": "-1"}]}'
hidden "$web" authorize-security-group-egress --group-id "$web" \
	--protocol all --cidr 10.0.0.0/8
dry allow --protocol all --cidr 10.0.0.0/8
allow --ip-permissions "IpProtocol=-1,IpRanges=[$(
	seq -s, -f '{CidrIp=10.%g.0.0/16}' 58)]" >/dev/null
fails RulesPerSecurityGroupLimitExceeded allow --protocol all --cidr 10.0.0.0/8
