#!/bin/sh
# reset-instance-attribute - kernel, ramdisk and sourceDestCheck
. tests/lib.sh

guests_here
verb=reset-instance-attribute
i=$(launch "$(image alpha)")
attribute()
{
	qami describe-instance-attribute --instance-id "$i" --attribute "$1"
}
reset()
{
	qami $verb --instance-id "$i" --attribute "$@"
}
qami modify-instance-attribute --instance-id "$i" --no-source-dest-check
same False "$(attribute sourceDestCheck | get SourceDestCheck.Value)"
dry qami $verb --instance-id "$i" --attribute sourceDestCheck
hidden "$i" $verb --instance-id "$i" --attribute sourceDestCheck
same False "$(attribute sourceDestCheck | get SourceDestCheck.Value)"
reset SourceDestCheck
same True "$(attribute sourceDestCheck | get SourceDestCheck.Value)"
fails IncorrectInstanceState reset kernel
qami stop-instances --instance-ids "$i" --force >"$TMPDIR/answer"
reaches 60 "$i" stopped
aki=$(image kernel --kind kernel)
qami modify-instance-attribute --instance-id "$i" --kernel "Value=$aki"
same "$aki" "$(attribute kernel | get KernelId.Value)"
reset kernel
same '{}' "$(attribute kernel | get KernelId)"
reset ramdisk
fails InvalidParameterValue reset colour
fails InvalidInstanceID.NotFound qami $verb \
	--instance-id i-0fedcba9876543210 --attribute kernel
sql "UPDATE instance SET root_device_type = 'instance-store'"
fails UnsupportedOperation reset kernel
