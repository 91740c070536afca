#!/bin/sh
# modify-instance-attribute - one at a time, in both forms, in the right state
# (machines run, but nothing boots in them: no need to be alone)
. tests/lib.sh
. tests/bundle.sh

guests_here
ami=$(image alpha)
aki=$(image kernel --kind kernel)
ari=$(image ramdisk --kind ramdisk)
i=$(launch "$ami" --instance-type t3.nano)

change()
{
	qami modify-instance-attribute --instance-id "$i" "$@"
}

# shows ATTRIBUTE PATH VALUE
shows()
{
	same "$3" "$(qami describe-instance-attribute --instance-id "$i" \
		--attribute "$1" | get "$2")"
}

# while it runs
change --instance-initiated-shutdown-behavior terminate
shows instanceInitiatedShutdownBehavior \
	InstanceInitiatedShutdownBehavior.Value terminate
change --instance-initiated-shutdown-behavior Value=stop
change --attribute instanceInitiatedShutdownBehavior --value terminate
shows instanceInitiatedShutdownBehavior \
	InstanceInitiatedShutdownBehavior.Value terminate
change --disable-api-stop Value=true
shows disableApiStop DisableApiStop.Value True
change --attribute disableApiStop --value false
shows disableApiStop DisableApiStop.Value False
change --no-source-dest-check
shows sourceDestCheck SourceDestCheck.Value False
change --ebs-optimized
shows ebsOptimized EbsOptimized.Value True
change --ena-support
change --sriov-net-support simple
change --block-device-mappings \
	'DeviceName=/dev/sda1,Ebs={DeleteOnTermination=false}'
shows blockDeviceMapping BlockDeviceMappings.0.Ebs.DeleteOnTermination False

# what needs a stopped instance
for option in '--instance-type t3.micro' "--kernel $aki" "--ramdisk $ari" \
	'--user-data Value=YQ==' '--attribute userData --value YQ=='; do
	fails IncorrectInstanceState change $option
done

# one at a time, and nothing halfway
fails InvalidParameterCombination change
fails InvalidParameterCombination change --disable-api-termination \
	--disable-api-stop
shows disableApiTermination DisableApiTermination.Value False
fails InvalidParameterValue change --instance-initiated-shutdown-behavior sleep
fails InvalidParameterValue change --attribute disableApiStop --value maybe
fails InvalidParameterValue change --attribute colour --value red
fails InvalidBlockDeviceMapping change --block-device-mappings \
	'DeviceName=/dev/sda1,Ebs={DeleteOnTermination=true}' \
	'DeviceName=/dev/sdz,Ebs={DeleteOnTermination=true}'
fails MissingParameter change --block-device-mappings DeviceName=/dev/sda1
shows blockDeviceMapping BlockDeviceMappings.0.Ebs.DeleteOnTermination False
dry change --disable-api-termination
shows disableApiTermination DisableApiTermination.Value False
fails InvalidInstanceID.NotFound qami modify-instance-attribute \
	--disable-api-stop --instance-id i-0fedcba9876543210
fails InvalidInstanceID.Malformed qami modify-instance-attribute \
	--disable-api-stop --instance-id x
hidden "$i" modify-instance-attribute --instance-id "$i" --disable-api-stop

# protection from terminating
change --disable-api-termination
shows disableApiTermination DisableApiTermination.Value True
fails OperationNotPermitted qami terminate-instances --instance-ids "$i"

# stopped
qami stop-instances --force --instance-ids "$i" >/dev/null
reaches 60 "$i" stopped
change --instance-type t3.micro
shows instanceType InstanceType.Value t3.micro
change --attribute instanceType --value t3.small
shows instanceType InstanceType.Value t3.small
printf secret >"$TMPDIR/data"
change --user-data "Value=$(base64 <"$TMPDIR/data")"
shows userData UserData.Value c2VjcmV0
change --attribute userData --value "$(printf other | base64)"
shows userData UserData.Value b3RoZXI=
fails InvalidParameterValue change --attribute userData --value '?'
fails InvalidParameterValue change --attribute userData \
	--value "$(head -c 16385 /dev/zero | base64 -w 0)"
shows userData UserData.Value b3RoZXI=
change --attribute userData --value ''
shows userData UserData '{}'
change --kernel "$aki"
shows kernel KernelId.Value "$aki"
change --ramdisk "$ari"
shows ramdisk RamdiskId.Value "$ari"
fails InvalidAMIID.NotFound change --kernel aki-0fedcba9876543210
fails InvalidParameterValue change --kernel "$ari"
change --attribute ramdisk --value ''
change --attribute kernel --value ''
same 0 "$(qami describe-instance-attribute --instance-id "$i" \
	--attribute kernel | grep -c "$aki" || :)"
fails InvalidParameterValue change --instance-type x9.huge
qami start-instances --instance-ids "$i" >/dev/null
same running "$(state "$i")"

# other security groups; what they do is launcher/instance/groups.sh's
web=$(qami create-security-group --group-name web --description x \
	--output text --query GroupId)
default=$(qami groups -q | head -n 1)
change --groups "$web" "$default" "$web"
shows groupSet Groups.0.GroupId "$web"
shows groupSet Groups.1.GroupId "$default"
change --groups "$default"
same 1 "$(qami describe-instance-attribute --instance-id "$i" \
	--attribute groupSet --query 'length(Groups)')"
dry change --groups "$web"
shows groupSet Groups.0.GroupId "$default"
fails InvalidGroup.NotFound change --groups "$web" sg-0fedcba9876543210
fails InvalidGroup.NotFound change --groups "$(as 222222222222 groups -q)"
fails InvalidGroupId.Malformed change --groups web
fails InvalidParameterCombination change --groups "$web" --no-disable-api-stop
for n in 1 2 3 4 5; do
	qami create-security-group --group-name "g$n" --description x \
		>/dev/null
done
# shellcheck disable=SC2046 # they are words
fails SecurityGroupsPerInterfaceLimitExceeded change --groups \
	$(qami groups -q | head -n 6)
shows groupSet Groups.0.GroupId "$default"

# what has no root volume is never stopped
i=$(launch "$(store_image store)")
fails UnsupportedOperation change --disable-api-stop
change --no-disable-api-stop
fails UnsupportedOperation change --instance-initiated-shutdown-behavior stop
fails UnsupportedOperation change --instance-type m3.medium
change --instance-initiated-shutdown-behavior terminate
change --disable-api-termination
fails UnsupportedOperation change --attribute userData --value eA==
change --no-disable-api-termination
