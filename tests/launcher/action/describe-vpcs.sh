#!/bin/sh
# describe-vpcs - one an account, in EC2's shape
. tests/lib.sh

qami describe-vpcs >"$TMPDIR/mine"
tests/shape DescribeVpcs "$TMPDIR/mine"
vpc=$(get Vpcs.0.VpcId <"$TMPDIR/mine")
echo "$vpc" | grep -qE '^vpc-[0-9a-f]{17}$'
for pair in CidrBlock=172.31.0.0/16 DhcpOptionsId=default State=available \
	OwnerId=123456789012 InstanceTenancy=default IsDefault=True \
	CidrBlockAssociationSet.0.CidrBlock=172.31.0.0/16 \
	CidrBlockAssociationSet.0.CidrBlockState.State=associated; do
	same "$pair" "${pair%%=*}=$(get "Vpcs.0.${pair%%=*}" <"$TMPDIR/mine")"
done
same "$vpc" "$(qami describe-vpcs --vpc-ids "$vpc" | get Vpcs.0.VpcId)"
[ "$vpc" != "$(as 222222222222 describe-vpcs | get Vpcs.0.VpcId)" ]
fails InvalidVpcID.NotFound qami describe-vpcs --vpc-ids vpc-0fedcba9876543210
has "The vpc ID 'vpc-0fedcba9876543210' does not exist" "$TMPDIR/err"
hidden "$vpc" describe-vpcs --vpc-ids "$vpc"
fails InvalidID qami describe-vpcs --vpc-ids vpc

association=$(get Vpcs.0.CidrBlockAssociationSet.0.AssociationId \
	<"$TMPDIR/mine")
qami create-tags --resources "$vpc" --tags Key=Name,Value=home
finds 1 describe-vpcs is-default=true isDefault=true state=available \
	"vpc-id=$vpc" cidr=172.31.0.0/16 owner-id=123456789012 \
	dhcp-options-id=default tag:Name=home tag-key=Name \
	cidr-block-association.cidr-block='172.*' \
	cidr-block-association.state=associated \
	"cidr-block-association.association-id=$association"
finds 0 describe-vpcs is-default=false cidr=10.0.0.0/8 state=pending \
	ipv6-cidr-block-association.ipv6-cidr-block='*'
fails InvalidParameterValue qami describe-vpcs --filters Name=x,Values=y
same home "$(qami describe-vpcs --max-results 5 | get Vpcs.0.Tags.0.Value)"
fails InvalidNextToken qami describe-vpcs --max-results 5 --next-token x
hidden "$vpc" create-tags --tags Key=x,Value=y --resources "$vpc"
same vpc "$(qami describe-tags | get Tags.0.ResourceType)"
dry qami describe-vpcs

# many that call for the first time at once get the same one
for i in 1 2 3 4 5 6 7 8; do
	as 333333333333 describe-vpcs >"$TMPDIR/at-once.$i" &
done
wait
same 8 "$(cat "$TMPDIR"/at-once.* | grep -c \
	"$(get Vpcs.0.VpcId <"$TMPDIR/at-once.1")")"
same 1 "$(as 333333333333 describe-security-groups \
	--query 'length(SecurityGroups)')"
