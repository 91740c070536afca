#!/bin/sh
# modify-volume - by AWS's rules, unattached and attached to a stopped instance;
# what a running one sees is in attach-volume-guest.sh
# (machines run, but nothing boots in them: no need to be alone)
. tests/lib.sh
. tests/snapshot.sh

guests_here
ami=$(image alpha)

# shape ID - size, type, IOPS and throughput
shape()
{
	qami describe-volumes --volume-ids "$1" --output text \
		--query 'Volumes[].[Size,VolumeType,Iops,Throughput]' |
		tr '\t' ' '
}

# virtual ID - the size that its file shows
virtual()
{
	qemu-img info -U --output=json "$QAMI_STORE/layers/$(sql \
		"SELECT layer FROM volume WHERE id = '$1'")" |
		get virtual-size
}

# rested - yesterday's modifications do not count
rested()
{
	sql 'UPDATE modification SET started = started - 86400000000'
}

vol=$(volume --size 2)
qami modify-volume --volume-id "$vol" --size 4 >"$TMPDIR/answer"
for pair in VolumeId="$vol" ModificationState=completed TargetSize=4 \
	OriginalSize=2 TargetVolumeType=gp2 OriginalVolumeType=gp2 \
	TargetIops=100 Progress=100 TargetMultiAttachEnabled=False; do
	same "$pair" "${pair%%=*}=$(get \
		"VolumeModification.${pair%%=*}" <"$TMPDIR/answer")"
done
same '4 gp2 100 None' "$(shape "$vol")"
same $((4 << 30)) "$(virtual "$vol")"
same $((4 << 30)) "$(sql "SELECT size FROM layer WHERE state = 'active'")"

# type, IOPS, throughput: what was provisioned stays while it can
qami modify-volume --volume-id "$vol" --volume-type io1 --iops 150 >/dev/null
same '4 io1 150 None' "$(shape "$vol")"
qami modify-volume --volume-id "$vol" --volume-type io2 >/dev/null
same '4 io2 150 None' "$(shape "$vol")"
qami modify-volume --volume-id "$vol" --volume-type gp3 --iops 3000 \
	--throughput 200 >/dev/null
same '4 gp3 3000 200' "$(shape "$vol")"

# four in a day, however long ago the volume was made
fails VolumeModificationRateExceeded qami modify-volume --volume-id "$vol" \
	--size 5
# four that are to come, as the clock was set back, are none of this day
qami clock set 2001-01-01T00:00:00Z >/dev/null
dry qami modify-volume --volume-id "$vol" --size 5
qami clock real >/dev/null
rested
qami modify-volume --volume-id "$vol" --size 8 >/dev/null
same '8 gp3 3000 200' "$(shape "$vol")"
qami modify-volume --volume-id "$vol" --iops 4000 >/dev/null
same '8 gp3 4000 200' "$(shape "$vol")"
qami modify-volume --volume-id "$vol" --volume-type gp2 >/dev/null
same '8 gp2 100 None' "$(shape "$vol")"
rested

# what AWS refuses
fails InvalidParameterValue qami modify-volume --volume-id "$vol" --size 7
fails InvalidParameterValue qami modify-volume --volume-id "$vol" --size 0
fails InvalidParameterValue qami modify-volume --volume-id "$vol" \
	--size 16385
fails InvalidParameterValue qami modify-volume --volume-id "$vol" \
	--volume-type st1
fails InvalidParameterCombination qami modify-volume --volume-id "$vol" \
	--iops 200
fails InvalidParameterValue qami modify-volume --volume-id "$vol" \
	--volume-type io1 --iops 401
fails MissingParameter qami modify-volume --volume-id "$vol" --volume-type io1
fails InvalidParameterCombination qami modify-volume --volume-id "$vol"
fails UnsupportedOperation qami modify-volume --volume-id "$vol" \
	--multi-attach-enabled --size 9
fails InvalidVolume.NotFound qami modify-volume \
	--volume-id vol-0fedcba9876543210 --size 9
hidden "$vol" modify-volume --volume-id "$vol" --size 9
dry qami modify-volume --volume-id "$vol" --size 9
same '8 gp2 100 None' "$(shape "$vol")"

# the next one waits until the one before is completed
sql "UPDATE modification SET state = 'optimizing'
	WHERE seq = (SELECT max(seq) FROM modification)"
fails IncorrectModificationState qami modify-volume --volume-id "$vol" \
	--size 9
sql "UPDATE modification SET state = 'completed'"
sql "UPDATE volume SET state = 'creating'"
fails IncorrectState qami modify-volume --volume-id "$vol" --size 9
sql "UPDATE volume SET state = 'available'"
qami delete-volume --volume-id "$vol"
same 0 "$(sql 'SELECT count(*) FROM modification')"

# a stopped instance's volume; what it holds stays, and it cannot boot from
# everything
i=$(launch "$ami")
qami stop-instances --force --instance-ids "$i" >/dev/null
root=$(qami describe-volumes | get Volumes.0.VolumeId)
fails InvalidParameterValue qami modify-volume --volume-id "$root" \
	--size 200 --volume-type st1
qami modify-volume --volume-id "$root" --size 20 --volume-type gp3 >/dev/null
same '20 gp3 3000 125' "$(shape "$root")"
same $((20 << 30)) "$(virtual "$root")"
qemu-img check -q "$QAMI_STORE/layers/$(sql 'SELECT layer FROM volume')"
qemu-img convert -O raw "$QAMI_STORE/layers/$(sql \
	'SELECT layer FROM volume')" "$TMPDIR/root.raw"
cmp -n $((1 << 20)) "$TMPDIR/disk.raw" "$TMPDIR/root.raw"
qami start-instances --instance-ids "$i" >/dev/null
same running "$(state "$i")"

# 16 TiB and beyond need tables that do not fit where the old ones are
huge=$(volume --size 1 --volume-type gp3)
qami modify-volume --volume-id "$huge" --size 65536 >/dev/null
same $((65536 << 30)) "$(virtual "$huge")"

# beyond what the account may have: nothing grows, anything else may change
small=$(volume --size 4)
qami quota set --storage "$(sql "SELECT sum(size) FROM volume
	WHERE owner = '123456789012'")"
fails VolumeLimitExceeded qami modify-volume --volume-id "$small" \
	--size 5
same 0 "$(sql "SELECT count(*) FROM modification WHERE volume = '$small'")"
qami modify-volume --volume-id "$small" --volume-type io1 --iops 100 >/dev/null
same 4 "$(sql "SELECT size FROM volume WHERE id = '$small'")"
