#!/bin/sh
# describe-instance-attribute - each attribute of an instance
# (machines run, but nothing boots in them: no need to be alone)
. tests/lib.sh

guests_here
ami=$(image alpha)
printf 'a\000b\n' >"$TMPDIR/data"
i=$(launch "$ami" --user-data "fileb://$TMPDIR/data" --instance-type t3.nano \
	--disable-api-stop)

# shows ATTRIBUTE PATH VALUE
shows()
{
	same "$3" "$(qami describe-instance-attribute --instance-id "$i" \
		--attribute "$1" | get "$2")"
}

shows instanceType InstanceId "$i"
shows instanceType InstanceType.Value t3.nano
shows ' INSTANCETYPE ' InstanceType.Value t3.nano
shows userData UserData.Value "$(base64 <"$TMPDIR/data")"
shows disableApiTermination DisableApiTermination.Value False
shows disableApiStop DisableApiStop.Value True
shows instanceInitiatedShutdownBehavior \
	InstanceInitiatedShutdownBehavior.Value stop
shows rootDeviceName RootDeviceName.Value /dev/sda1
shows blockDeviceMapping BlockDeviceMappings.0.DeviceName /dev/sda1
shows blockDeviceMapping BlockDeviceMappings.0.Ebs.Status attached
shows sourceDestCheck SourceDestCheck.Value True
shows ebsOptimized EbsOptimized.Value False
shows enaSupport EnaSupport.Value True
shows groupSet Groups.0.GroupName default
shows productCodes ProductCodes '[]'
shows enclaveOptions EnclaveOptions.Enabled False
for attribute in kernel ramdisk sriovNetSupport; do
	shows "$attribute" InstanceId "$i"
done
plain=$(launch "$ami" --instance-type t3.nano)
same '{}' "$(qami describe-instance-attribute --instance-id "$plain" \
	--attribute userData | get UserData)"

describe='describe-instance-attribute --attribute instanceType --instance-id'
fails InvalidParameterValue qami describe-instance-attribute \
	--instance-id "$i" --attribute colour
fails InvalidInstanceID.NotFound qami $describe i-0fedcba9876543210
fails InvalidInstanceID.Malformed qami $describe i-1
hidden "$i" $describe "$i"
hidden "$i" describe-instance-attribute --attribute userData \
	--instance-id "$i"
dry qami $describe "$i"
