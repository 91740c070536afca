#!/bin/sh
# attach-volume - to running and stopped instances, one at a time, and whatever
# AWS refuses (machines run, but nothing boots in them: no need to be alone)
. tests/lib.sh
. tests/snapshot.sh

guests_here
ami=$(image alpha)

# attach VOLUME INSTANCE DEVICE - the state that it says
attach()
{
	qami attach-volume --volume-id "$1" --instance-id "$2" --device "$3" \
		--output text --query State
}

# disks INSTANCE - device=volume=state of each
disks()
{
	qami describe-instances --instance-ids "$1" --output text --query \
		'Reservations[].Instances[].BlockDeviceMappings[].[DeviceName,Ebs.VolumeId,Ebs.Status]' |
		tr '\t' = | sort | tr '\n' ' '
}

# seen INSTANCE VOLUME - QEMU's disk of that serial writes that volume's layer
plugged()
{
	tests/qmp "$1" query-block | grep -c "layers/$(sql \
		"SELECT layer FROM volume WHERE id = '$2'")\"" || :
}

i=$(launch "$ami")
root=$(qami describe-volumes | get Volumes.0.VolumeId)
vol=$(volume --size 1)
qami attach-volume --volume-id "$vol" --instance-id "$i" --device /dev/sdf \
	>"$TMPDIR/answer"
for pair in Device=/dev/sdf InstanceId="$i" State=attached VolumeId="$vol" \
	DeleteOnTermination=False; do
	same "$pair" "${pair%%=*}=$(get "${pair%%=*}" <"$TMPDIR/answer")"
done
get AttachTime <"$TMPDIR/answer" | grep -q ^20
same "/dev/sda1=$root=attached /dev/sdf=$vol=attached " "$(disks "$i")"
same "in-use $i attached" "$(qami describe-volumes --volume-ids "$vol" \
	--output text --query \
	'Volumes[].[State,Attachments[0].InstanceId,Attachments[0].State]' |
	tr '\t' ' ')"
same 1 "$(plugged "$i" "$vol")"

# one instance at a time, one volume a device
j=$(launch "$ami")
for who in "$i" "$j"; do
	fails VolumeInUse qami attach-volume --volume-id "$vol" \
		--instance-id "$who" --device /dev/sdg
done
more=$(volume --size 1)
fails InvalidParameterValue qami attach-volume --volume-id "$more" \
	--instance-id "$i" --device /dev/sdf
fails InvalidParameterValue qami attach-volume --volume-id "$more" \
	--instance-id "$i" --device sda1
for name in /dev/sd /dev/sdf16 /dev/hda xvdd1 ../sdf /dev/nvme0n1; do
	fails InvalidParameterValue qami attach-volume --volume-id "$more" \
		--instance-id "$i" --device "$name"
done
fails InvalidVolume.NotFound qami attach-volume --instance-id "$i" \
	--volume-id vol-0fedcba9876543210 --device sdg
fails InvalidInstanceID.NotFound qami attach-volume --volume-id "$more" \
	--instance-id i-0fedcba9876543210 --device sdg
hidden "$more" attach-volume --volume-id "$more" --instance-id "$i" \
	--device sdg
theirs=$(as 222222222222 create-volume --availability-zone us-east-1a \
	--size 1 --output text --query VolumeId)
fails InvalidVolume.NotFound attach "$theirs" "$i" sdg
hidden "$i" attach-volume --volume-id "$theirs" --instance-id "$i" \
	--device sdg
dry qami attach-volume --volume-id "$more" --instance-id "$i" --device sdg
sql "UPDATE volume SET zone = 'us-east-1b' WHERE id = '$more'"
fails InvalidVolume.ZoneMismatch attach "$more" "$i" sdg
sql "UPDATE volume
	SET zone = 'us-east-1a', state = 'creating' WHERE id = '$more'"
fails IncorrectState attach "$more" "$i" sdg
sql "UPDATE volume SET state = 'available' WHERE id = '$more'"
same 0 "$(plugged "$i" "$more")"

# of many who want it at once one gets it, and the others are told why
for who in 1 2 3 4 5 6; do
	case $((who % 2)) in 0) to=$i ;; *) to=$j ;; esac
	attach "$more" "$to" "sd$(echo $who | tr 1-6 g-l)" \
		>>"$TMPDIR/won" 2>>"$TMPDIR/lost" &
done
wait
same attached "$(cat "$TMPDIR/won")"
same 5 "$(grep -c '(VolumeInUse)' "$TMPDIR/lost")"
same 1 "$(($(plugged "$i" "$more") + $(plugged "$j" "$more")))"
more=$(volume --size 1)

# the name may leave /dev/ out, as on EC2; three more are plugged in
for device in sdm xvdba vdh; do
	same attached "$(attach "$more" "$i" $device)"
	same 1 "$(plugged "$i" "$more")"
	more=$(volume --size 1)
done
qami describe-instances --instance-ids "$i" | grep -q '"/dev/xvdba"'

# a machine without a port that is free says so, and the volume is as it was
for letter in n o p q r s t u v w x; do
	last=$more
	attach "$more" "$i" sd$letter >/dev/null 2>"$TMPDIR/err" || break
	more=$(volume --size 1)
done
has '(ResourceLimitExceeded)' "$TMPDIR/err"
same available "$(qami describe-volumes --volume-ids "$last" |
	get Volumes.0.State)"
same 0 "$(plugged "$i" "$last")"

# a stopped instance has it at its next start, and what was plugged in stays
qami stop-instances --force --instance-ids "$i" >/dev/null
same attached "$(attach "$more" "$i" /dev/sdy)"
wanted=$(disks "$i")
qami start-instances --instance-ids "$i" >/dev/null
same "$wanted" "$(disks "$i")"
same 1 "$(plugged "$i" "$more")"
same 1 "$(plugged "$i" "$vol")"
same "$(qami describe-volumes --query 'length(Volumes)' \
	--filters "Name=attachment.instance-id,Values=$i")" \
	"$(tests/qmp "$i" query-block | grep -c 'layers/layer-.*"ro"' || :)"

# what was attached outlives the instance
qami terminate-instances --instance-ids "$i" >/dev/null
same available "$(qami describe-volumes --volume-ids "$vol" | get Volumes.0.State)"
fails InvalidVolume.NotFound qami describe-volumes --volume-ids "$root"
fails IncorrectInstanceState attach "$vol" "$i" sdf

# as many as there can be
j=$(launch "$ami")
qami stop-instances --force --instance-ids "$j" >/dev/null
for letter in b c d e f g h i j k l m n o p q r s t u v w x y; do
	same attached "$(attach "$(volume --size 1)" "$j" sd$letter)"
done
fails ResourceLimitExceeded attach "$vol" "$j" sdz
