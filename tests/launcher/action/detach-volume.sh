#!/bin/sh
# takes long
# detach-volume - from stopped instances, from guests that do not let go, and
# whatever AWS refuses; one that lets go is in attach-volume-guest.sh
# (machines run, but nothing boots in them: no need to be alone)
. tests/lib.sh
. tests/snapshot.sh

guests_here
ami=$(image alpha)

# now ID - its state
now()
{
	qami describe-volumes --volume-ids "$1" | get Volumes.0.State
}

i=$(launch "$ami")
root=$(qami describe-volumes | get Volumes.0.VolumeId)
vol=$(volume --size 1)
fails IncorrectState qami detach-volume --volume-id "$vol"
qami attach-volume --volume-id "$vol" --instance-id "$i" --device sdf \
	>/dev/null
fails OperationNotPermitted qami detach-volume --volume-id "$root"
fails InvalidVolume.NotFound qami detach-volume \
	--volume-id vol-0fedcba9876543210
fails InvalidInstanceID.NotFound qami detach-volume --volume-id "$vol" \
	--instance-id i-0fedcba9876543210
j=$(launch "$ami")
fails InvalidAttachment.NotFound qami detach-volume --volume-id "$vol" \
	--instance-id "$j"
fails InvalidAttachment.NotFound qami detach-volume --volume-id "$vol" \
	--device /dev/sdg
hidden "$vol" detach-volume --volume-id "$vol"
dry qami detach-volume --volume-id "$vol" --instance-id "$i" --device sdf
same in-use "$(now "$vol")"

# nobody is there to let go of it: it is nobody else's until the machine ends
qami detach-volume --volume-id "$vol" --instance-id "$i" --device /dev/sdf \
	>"$TMPDIR/answer"
for pair in Device=/dev/sdf InstanceId="$i" State=detaching VolumeId="$vol"
do
	same "$pair" "${pair%%=*}=$(get "${pair%%=*}" <"$TMPDIR/answer")"
done
same in-use "$(now "$vol")"
fails IncorrectState qami detach-volume --volume-id "$vol"
fails VolumeInUse qami attach-volume --volume-id "$vol" --instance-id "$j" \
	--device sdf
fails VolumeInUse qami delete-volume --volume-id "$vol"
same detaching "$(qami detach-volume --volume-id "$vol" --force | get State)"
same 1 "$(tests/qmp "$i" query-block | grep -c "layers/$(sql \
	"SELECT layer FROM volume WHERE id = '$vol'")\"" || :)"
qami stop-instances --force --instance-ids "$i" >/dev/null
same available "$(now "$vol")"

# so does a termination, and it takes nothing along that was on its way
qami attach-volume --volume-id "$vol" --instance-id "$j" --device sdf \
	>/dev/null
qami modify-instance-attribute --instance-id "$j" --block-device-mappings \
	'DeviceName=/dev/sdf,Ebs={DeleteOnTermination=true}'
same detaching "$(qami detach-volume --volume-id "$vol" | get State)"
qami terminate-instances --instance-ids "$j" >/dev/null
same available "$(now "$vol")"

# a stopped instance gives everything back at once, its root too
qami attach-volume --volume-id "$vol" --instance-id "$i" --device sdf \
	>/dev/null
same detached "$(qami detach-volume --volume-id "$vol" | get State)"
same available "$(now "$vol")"
same detached "$(qami detach-volume --volume-id "$root" | get State)"
fails InvalidParameterValue qami start-instances --instance-ids "$i"
same stopped "$(state "$i")"
qami attach-volume --volume-id "$root" --instance-id "$i" \
	--device /dev/sda1 >/dev/null
qami start-instances --instance-ids "$i" >/dev/null
same running "$(state "$i")"

# an instance on its way to somewhere else keeps what it has
sql "UPDATE instance SET state = 'stopping' WHERE id = '$i'"
fails IncorrectInstanceState qami detach-volume --volume-id "$root"
sql "UPDATE instance SET state = 'running' WHERE id = '$i'"
