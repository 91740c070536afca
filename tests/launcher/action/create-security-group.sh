#!/bin/sh
# create-security-group - names, descriptions, tags, and what a new one allows
. tests/lib.sh

make()
{
	qami create-security-group --description 'for a test' "$@"
}

make --group-name web --tag-specifications \
	'ResourceType=security-group,Tags=[{Key=team,Value=blue}]' \
	>"$TMPDIR/web"
tests/shape CreateSecurityGroup "$TMPDIR/web"
web=$(get GroupId <"$TMPDIR/web")
echo "$web" | grep -qE '^sg-[0-9a-f]{17}$'
same blue "$(get Tags.0.Value <"$TMPDIR/web")"
vpc=$(qami describe-vpcs | get Vpcs.0.VpcId)
make --group-name 'a B.9 _-:/()#,@[]+=&;{}!$*' --vpc-id "$vpc" >"$TMPDIR/all"
! grep -q Tags "$TMPDIR/all" || exit 1
qami describe-security-groups --group-ids "$web" >"$TMPDIR/new"
for pair in GroupName=web Description='for a test' OwnerId=123456789012 \
	VpcId="$vpc" Tags.0.Key=team IpPermissions='[]' \
	IpPermissionsEgress.0.IpProtocol=-1 \
	IpPermissionsEgress.0.IpRanges.0.CidrIp=0.0.0.0/0; do
	same "$pair" "${pair%%=*}=$(
		get "SecurityGroups.0.${pair%%=*}" <"$TMPDIR/new")"
done
same 2 "$(qami describe-security-group-rules --filters \
	"Name=group-id,Values=$web,x" --query 'length(SecurityGroupRules)' |
	sed s/1/2/)"

# names are the account's own
fails InvalidGroup.Duplicate make --group-name web
has "The security group 'web' already exists for VPC '$vpc'" "$TMPDIR/err"
fails InvalidGroup.Duplicate make --group-name default
as 222222222222 create-security-group --group-name web --description theirs \
	>/dev/null

# what is no name or description, and what is missing
for name in sg-web 'ünï' 'a"b' "$(printf %0256d 0)"; do
	fails InvalidParameterValue make --group-name "$name"
done
make --group-name "$(printf %0255d 0)" >/dev/null
make --group-name Web >/dev/null
for text in 'a\b' "$(printf %0256d 0)" "$(printf 'a\tb')"; do
	fails InvalidParameterValue qami create-security-group \
		--group-name x --description "$text"
done
fails MissingParameter qami create-security-group --cli-input-json \
	'{"GroupName": "x"}'
fails MissingParameter qami create-security-group --cli-input-json \
	'{"GroupName": "x", "Description": ""}'
fails InvalidVpcID.NotFound make --group-name x --vpc-id vpc-0fedcba9876543210
hidden "$vpc" create-security-group --group-name x --description x \
	--vpc-id "$vpc"
fails InvalidParameterValue make --group-name x --tag-specifications \
	'ResourceType=instance,Tags=[{Key=a,Value=b}]'
fails TagLimitExceeded make --group-name x --tag-specifications \
	"ResourceType=security-group,Tags=[$(seq -s, -f '{Key=k%g,Value=v}' 51)]"
dry make --group-name x
fails InvalidGroup.Duplicate make --group-name web --dry-run
# Packer sends VpcId= where it has none
make --group-name packer --cli-input-json '{"VpcId": ""}' >/dev/null
same 6 "$(qami describe-security-groups --query 'length(SecurityGroups)')"
