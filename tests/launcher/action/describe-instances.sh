#!/bin/sh
# takes long
# describe-instances - one's own instances: ids, every filter, pages, shapes
# (machines run, but nothing boots in them: no need to be alone)
. tests/lib.sh

guests_here
ami=$(image alpha)
qami create-key-pair --key-name mykey --key-type ed25519 >/dev/null
a=$(launch "$ami" --key-name mykey --client-token tok --tag-specifications \
	'ResourceType=instance,Tags=[{Key=Name,Value=one}]')
qami run-instances --image-id "$ami" --count 2 --instance-type t2.nano \
	>"$TMPDIR/pair"
b=$(get Instances.0.InstanceId <"$TMPDIR/pair")
reservation=$(get ReservationId <"$TMPDIR/pair")
qami describe-instances --instance-ids "$a" >"$TMPDIR/a"
volume=$(get Reservations.0.Instances.0.BlockDeviceMappings.0.Ebs.VolumeId \
	<"$TMPDIR/a")
for pair in InstanceId="$a" KeyName=mykey ClientToken=tok State.Name=running \
	PrivateIpAddress=172.31.0.4 Monitoring.State=disabled \
	PublicDnsName= StateTransitionReason= Tags.0.Value=one \
	CpuOptions.CoreCount=1 CpuOptions.ThreadsPerCore=1 \
	CapacityReservationSpecification.CapacityReservationPreference=open \
	HibernationOptions.Configured=False EnclaveOptions.Enabled=False \
	PlatformDetails=Linux/UNIX UsageOperation=RunInstances \
	PrivateDnsNameOptions.HostnameType=resource-name \
	MaintenanceOptions.AutoRecovery=default ProductCodes='[]' \
	CurrentInstanceBootMode=legacy-bios Operator.Managed=False; do
	same "$pair" "${pair%%=*}=$(get \
		"Reservations.0.Instances.0.${pair%%=*}" <"$TMPDIR/a")"
done
tests/shape DescribeInstances "$TMPDIR/a" CurrentInstanceBootMode \
	NetworkPerformanceOptions Operator
# the two of one launch share a reservation
same 2 "$(qami describe-instances --query 'length(Reservations)')"
same 2 "$(qami describe-instances --filters \
	Name=reservation-id,Values="$reservation" \
	--query 'length(Reservations[0].Instances)')"
qami describe-instances --output text >"$TMPDIR/text"
grep -q '^RESERVATIONS	' "$TMPDIR/text"
grep -q '^INSTANCES	.*	'"$a"'	' "$TMPDIR/text"
grep -q '^STATE	16	running$' "$TMPDIR/text"
grep -q '^TAGS	Name	one$' "$TMPDIR/text"
qami describe-instances --output table | grep -q DescribeInstances

finds 3 describe-instances architecture=x86_64 availability-zone=us-east-1a \
	block-device-mapping.device-name=/dev/sda1 \
	block-device-mapping.status=attached \
	'block-device-mapping.attach-time=20*' \
	block-device-mapping.delete-on-termination=true "image-id=$ami" \
	instance-state-code=16 instance-state-name=running,stopped \
	'instance-type=t2.*' 'launch-time=20*' owner-id=123456789012 \
	private-ip-address=172.31.0.4,172.31.0.5,172.31.0.6 root-device-name=/dev/sda1 \
	root-device-type=ebs source-dest-check=true tenancy=default \
	virtualization-type=hvm hypervisor=*
finds 1 describe-instances "block-device-mapping.volume-id=$volume" \
	client-token=tok "instance-id=$a" key-name=mykey tag:Name=one \
	tag-key=Name launch-index=1 instance-type=t2.micro
finds 2 describe-instances "reservation-id=$reservation" launch-index=0
finds 0 describe-instances instance-state-name=stopped kernel-id=aki-1 \
	ramdisk-id=ari-1 instance-lifecycle=spot 'reason=?*' \
	'state-reason-code=?*' 'state-reason-message=?*' instance-state-code=1
fails InvalidParameterValue qami describe-instances \
	--filters Name=colour,Values=x

fails InvalidInstanceID.NotFound qami describe-instances \
	--instance-ids "$a" i-0fedcba9876543210
fails InvalidInstanceID.Malformed qami describe-instances --instance-ids i-zz
hidden "$a" describe-instances --instance-ids "$a"
same '[]' "$(as 222222222222 describe-instances --query Reservations)"
dry qami describe-instances
fails InvalidInstanceID.NotFound qami describe-instances --dry-run \
	--instance-ids i-0fedcba9876543210

# pages, also through the middle of a reservation
qami run-instances --image-id "$ami" --count 4 --instance-type t2.nano \
	>/dev/null
qami describe-instances --max-results 5 >"$TMPDIR/page"
same 5 "$(grep -c '"InstanceId"' "$TMPDIR/page")"
token=$(get NextToken <"$TMPDIR/page")
qami describe-instances --max-results 5 --next-token "$token" >"$TMPDIR/page2"
same 2 "$(grep -c '"InstanceId"' "$TMPDIR/page2")"
same 0 "$(grep -c NextToken "$TMPDIR/page2" || :)"
same 7 "$(grep -h '"InstanceId"' "$TMPDIR/page" "$TMPDIR/page2" | sort -u |
	wc -l)"
fails InvalidNextToken qami describe-instances --next-token "$token" \
	--filters Name=tenancy,Values=default
fails InvalidNextToken qami describe-instances --next-token x
fails InvalidParameterValue qami describe-instances --max-results 4
fails InvalidParameterCombination qami describe-instances --max-results 5 \
	--instance-ids "$a"

# a machine that is killed behind our back: its instance has stopped
kill -9 "$(pgrep -f "qemu.*$b" | head -n 1)"
reaches 60 "$b" stopped
qami describe-instances --instance-ids "$b" >"$TMPDIR/b"
get Reservations.0.Instances.0.StateReason.Code <"$TMPDIR/b" >/dev/null
finds 1 describe-instances instance-state-code=80 'state-reason-code=*.*' \
	'state-reason-message=?*'

# terminated ones are still shown, without address or disks
qami terminate-instances --instance-ids "$a" >/dev/null
qami describe-instances --instance-ids "$a" >"$TMPDIR/a"
same 48 "$(get Reservations.0.Instances.0.State.Code <"$TMPDIR/a")"
same '[]' "$(get Reservations.0.Instances.0.BlockDeviceMappings <"$TMPDIR/a")"
same 0 "$(grep -c PrivateIpAddress "$TMPDIR/a" || :)"
get Reservations.0.Instances.0.StateTransitionReason <"$TMPDIR/a" |
	grep -q '^User initiated (20..-..-.. ..:..:.. GMT)$'
