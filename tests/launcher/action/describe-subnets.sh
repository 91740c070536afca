#!/bin/sh
# describe-subnets - one an account, in EC2's shape
. tests/lib.sh

qami describe-subnets >"$TMPDIR/mine"
tests/shape DescribeSubnets "$TMPDIR/mine"
subnet=$(get Subnets.0.SubnetId <"$TMPDIR/mine")
vpc=$(qami describe-vpcs | get Vpcs.0.VpcId)
for pair in AvailabilityZone=us-east-1a AvailableIpAddressCount=4091 \
	CidrBlock=172.31.0.0/20 DefaultForAz=True MapPublicIpOnLaunch=False \
	State=available VpcId="$vpc" OwnerId=123456789012 Ipv6Native=False \
	SubnetArn="arn:aws:ec2:us-east-1:123456789012:subnet/$subnet" \
	PrivateDnsNameOptionsOnLaunch.HostnameType=resource-name; do
	same "$pair" "${pair%%=*}=$(
		get "Subnets.0.${pair%%=*}" <"$TMPDIR/mine")"
done
same "$subnet" "$(qami describe-subnets --subnet-ids "$subnet" |
	get Subnets.0.SubnetId)"
fails InvalidSubnetID.NotFound qami describe-subnets \
	--subnet-ids subnet-0fedcba9876543210
has "The subnet ID 'subnet-0fedcba9876543210' does not exist" "$TMPDIR/err"
hidden "$subnet" describe-subnets --subnet-ids "$subnet"

qami create-tags --resources "$subnet" --tags Key=Name,Value=home
finds 1 describe-subnets default-for-az=true defaultForAz=true "vpc-id=$vpc" \
	availability-zone-id=use1-az1,x 'availability-zone-id=use?-*' \
	'subnet-arn=arn:aws:ec2:us-east-1:123456789012:subnet/*' \
	availability-zone=us-east-1a availabilityZone='us-*' \
	available-ip-address-count=4091 cidr=172.31.0.0/20 \
	cidr-block=172.31.0.0/20 cidrBlock=172.31.0.0/20 state=available \
	"subnet-id=$subnet" owner-id=123456789012 tag:Name=home tag-key=Name \
	map-public-ip-on-launch=false ipv6-native=false
finds 0 describe-subnets default-for-az=false vpc-id=x subnet-id=x \
	availability-zone=us-east-1b availability-zone-id=use1-az2 outpost-arn='*' tag:Name=x
fails InvalidParameterValue qami describe-subnets --filters Name=x,Values=y
same home "$(qami describe-subnets --max-results 5 |
	get Subnets.0.Tags.0.Value)"
fails InvalidNextToken qami describe-subnets --max-results 5 --next-token x
hidden "$subnet" create-tags --tags Key=x,Value=y --resources "$subnet"
dry qami describe-subnets
