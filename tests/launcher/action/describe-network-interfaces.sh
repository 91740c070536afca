#!/bin/sh
# describe-network-interfaces - one an instance, as long as that is there; and
# what instances say of them
# boots guests
. tests/lib.sh

guests_here
export QAMI_METADATA=service
describe=describe-network-interfaces
ami=$(image alpha)
web=$(qami create-security-group --group-name web --description x \
	--output text --query GroupId)
same '[]' "$(qami $describe | get NetworkInterfaces)"
vpc=$(qami describe-vpcs | get Vpcs.0.VpcId)
subnet=$(qami describe-subnets | get Subnets.0.SubnetId)
qami run-instances --image-id "$ami" --instance-type t2.nano \
	--network-interfaces "DeviceIndex=0,SubnetId=$subnet,Groups=$web,\
PrivateIpAddress=172.31.7.7,Description=card,AssociatePublicIpAddress=true" \
	--tag-specifications \
	'ResourceType=network-interface,Tags=[{Key=k,Value=v}]' >"$TMPDIR/run"
i=$(get Instances.0.InstanceId <"$TMPDIR/run")
eni=$(get Instances.0.NetworkInterfaces.0.NetworkInterfaceId <"$TMPDIR/run")
echo "$eni" | grep -qE '^eni-[0-9a-f]{17}$'
tests/shape RunInstances "$TMPDIR/run" CurrentInstanceBootMode \
	NetworkPerformanceOptions Operator
qami $describe >"$TMPDIR/all"
tests/shape DescribeNetworkInterfaces "$TMPDIR/all"

# both say the same
for pair in Attachment.AttachmentId="eni-attach-${eni#eni-}" \
	Attachment.DeviceIndex=0 Attachment.Status=attached \
	Attachment.DeleteOnTermination=True Description=card \
	Groups.0.GroupName=web Groups.0.GroupId="$web" Ipv6Addresses='[]' \
	NetworkInterfaceId="$eni" OwnerId=123456789012 \
	PrivateDnsName="$i.ec2.internal" PrivateIpAddress=172.31.7.7 \
	PrivateIpAddresses.0.Primary=True \
	PrivateIpAddresses.0.PrivateIpAddress=172.31.7.7 \
	SourceDestCheck=True Status=in-use SubnetId="$subnet" VpcId="$vpc" \
	InterfaceType=interface; do
	same "$pair" "${pair%%=*}=$(
		get "NetworkInterfaces.0.${pair%%=*}" <"$TMPDIR/all")"
	same "$pair" "${pair%%=*}=$(get \
		"Instances.0.NetworkInterfaces.0.${pair%%=*}" <"$TMPDIR/run")"
done
for pair in Attachment.InstanceId="$i" TagSet.0.Key=k \
	Attachment.InstanceOwnerId=123456789012 RequesterManaged=False \
	AvailabilityZone=us-east-1a; do
	same "$pair" "${pair%%=*}=$(
		get "NetworkInterfaces.0.${pair%%=*}" <"$TMPDIR/all")"
done
for pair in SubnetId="$subnet" VpcId="$vpc" PrivateIpAddress=172.31.7.7 \
	SecurityGroups.0.GroupId="$web" PrivateDnsName="$i.ec2.internal"; do
	same "$pair" "${pair%%=*}=$(
		get "Instances.0.${pair%%=*}" <"$TMPDIR/run")"
done
mac=$(get NetworkInterfaces.0.MacAddress <"$TMPDIR/all")
other=$(launch "$ami" --instance-type t2.nano)
same 172.31.0.4 "$(qami describe-instances --instance-ids "$other" |
	get Reservations.0.Instances.0.PrivateIpAddress)"
same 4089 "$(qami describe-subnets | get Subnets.0.AvailableIpAddressCount)"

for prefix in $describe: describe-instances:network-interface.; do
	finds 1 "${prefix%%:*}" "${prefix#*:}attachment.instance-id=$i" \
		"${prefix#*:}attachment.attachment-id=eni-attach-${eni#eni-}" \
		"${prefix#*:}group-id=$web" "${prefix#*:}group-name=web" \
		"${prefix#*:}mac-address=$mac" \
		"${prefix#*:}addresses.private-ip-address=172.31.7.*" \
		"${prefix#*:}private-dns-name=$i.ec2.internal" \
		"${prefix#*:}network-interface-id=$eni" \
		"${prefix#*:}description=card"
	finds 2 "${prefix%%:*}" "${prefix#*:}vpc-id=$vpc" \
		"${prefix#*:}subnet-id=$subnet" "${prefix#*:}status=in-use" \
		"${prefix#*:}attachment.device-index=0" \
		"${prefix#*:}attachment.status=attached" \
		"${prefix#*:}attachment.delete-on-termination=true" \
		"${prefix#*:}availability-zone=us-east-1a" \
		"${prefix#*:}addresses.primary=true" \
		"${prefix#*:}owner-id=123456789012" \
		"${prefix#*:}source-dest-check=true" \
		"${prefix#*:}requester-managed=false"
	finds 0 "${prefix%%:*}" "${prefix#*:}association.public-ip=*" \
		"${prefix#*:}ipv6-addresses.ipv6-address=*" \
		"${prefix#*:}status=available"
done
finds 1 $describe private-ip-address=172.31.7.7 tag:k=v tag-key=k
finds 1 describe-instances "instance.group-id=$web" instance.group-name=web \
	"private-dns-name=$i.*" private-ip-address=172.31.7.7
finds 2 describe-instances "vpc-id=$vpc" "subnet-id=$subnet"
finds 0 describe-instances ip-address='*' vpc-id=vpc-x

same "$eni" "$(qami $describe --network-interface-ids "$eni" |
	get NetworkInterfaces.0.NetworkInterfaceId)"
fails InvalidNetworkInterfaceID.NotFound qami $describe \
	--network-interface-ids eni-0fedcba9876543210
hidden "$eni" $describe --network-interface-ids "$eni"
hidden "$eni" create-tags --tags Key=x,Value=y --resources "$eni"
fails InvalidParameterValue qami $describe --filters Name=x,Values=y
same None "$(qami $describe --max-results 5 --query NextToken --output text)"
fails InvalidNextToken qami $describe --max-results 5 --next-token x
dry qami $describe

# an address is given once, and again when its instance is terminated
fails InvalidIPAddress.InUse qami run-instances --image-id "$ami" \
	--private-ip-address 172.31.7.7
qami rm "$i"
reaches 60 "$i" terminated
same 1 "$(qami $describe --query 'length(NetworkInterfaces)')"
qami describe-instances --instance-ids "$i" >"$TMPDIR/gone"
same '[] []' "$(
	get Reservations.0.Instances.0.NetworkInterfaces <"$TMPDIR/gone") $(
	get Reservations.0.Instances.0.SecurityGroups <"$TMPDIR/gone")"
finds 0 describe-instances network-interface.group-name=web \
	instance.group-name=web
again=$(launch "$ami" --private-ip-address 172.31.7.7 --security-groups web \
	default)
same 'default web' "$(qami describe-instances --instance-ids "$again" \
	--output text --query \
	'sort(Reservations[0].Instances[0].SecurityGroups[].GroupName)' |
	tr '\t' ' ')"
