#!/bin/sh
# describe-account-attributes - the default VPC, and what an account may have
. tests/lib.sh

dry qami describe-account-attributes
vpc=$(qami describe-vpcs | get Vpcs.0.VpcId)
qami describe-account-attributes >"$TMPDIR/all"
tests/shape DescribeAccountAttributes "$TMPDIR/all"
said()
{
	"$@" --output text --query 'AccountAttributes[].[AttributeName,
		AttributeValues[0].AttributeValue]' | tr '\t' =
}
same "vpc-max-security-groups-per-interface=5
max-instances=20
supported-platforms=VPC
default-vpc=$vpc
max-elastic-ips=0
vpc-max-elastic-ips=0" "$(said qami describe-account-attributes)"
same supported-platforms=VPC "$(said qami describe-account-attributes \
	--attribute-names supported-platforms)"
other=$(said as 222222222222 describe-account-attributes \
	--attribute-names default-vpc)
[ "$other" != "default-vpc=$vpc" ]
same "default-vpc=$(as 222222222222 describe-vpcs | get Vpcs.0.VpcId)" "$other"
fails InvalidParameterValue qami describe-account-attributes \
	--attribute-names colour
