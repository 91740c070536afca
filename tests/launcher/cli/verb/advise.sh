#!/bin/sh
# advise - which storage to take; tests/images/advise.c has every combination
. tests/lib.sh

# says QUERY OPTION… - a figure of the answer
says()
{
	local query

	query=$1
	shift
	qami advise --output text --query "$query" "$@" | tr '\t' ' '
}

same 'ebs gp3 8 0.64' "$(says '[Storage,VolumeType,Size,Monthly]')"
same 'instance-store c3.large None' \
	"$(says '[Storage,InstanceType,VolumeType]' --performance high)"
same 'ebs io2 4000 261.00' "$(says '[Storage,VolumeType,Iops,Monthly]' \
	--persistence yes --performance high)"
same 'gp3 16000 500 88.00' "$(says '[VolumeType,Iops,Throughput,Monthly]' \
	--persistence yes --performance high --budget tight --size 100)"
same 'sc1 7.50' "$(says '[VolumeType,Monthly]' --performance low --data \
	--size 500)"
same 'gp3 0.40' "$(says '[VolumeType,MonthlyPerFullBackup]' --backups yes)"
# what contradicts itself is resolved in words
qami advise --persistence yes --performance high >"$TMPDIR/said"
has 'an instance store' "$TMPDIR/said"
has 'however fast it is' "$TMPDIR/said"
same 2 "$(grep -c '^Why' "$TMPDIR/said")"
# at the store's own prices
qami price set gp3.storage 0.2
same 1.60 "$(says Monthly)"
fails InvalidParameterValue qami advise --performance fast
fails InvalidParameterValue qami advise --persistence maybe
fails InvalidParameterValue qami advise --size 0
fails InvalidParameterValue qami advise --iops 1000000
