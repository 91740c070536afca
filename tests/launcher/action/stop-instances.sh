#!/bin/sh
# stop-instances - a guest is asked, then forced; volumes keep what they hold
# boots guests
. tests/lib.sh
. tests/bundle.sh

guests_here
ami=$(qami import "$(tests/guest/build disk)" --name disk)
i=$(launch "$ami" --user-data '#!/bin/sh
echo remembered >/var/lib/note')
stop='stop-instances --instance-ids'
dry qami $stop "$i"
fails InvalidInstanceID.NotFound qami $stop "$i" i-0fedcba9876543210
fails InvalidInstanceID.Malformed qami $stop i-1
hidden "$i" $stop "$i"
same running "$(state "$i")"
says 180 "$i" 'qami-guest: ready'
has 'qami-guest: boot 1' "$QAMI_STORE/instances/$i/console.log" 2>/dev/null ||
	qami logs "$i" | grep -q 'qami-guest: boot 1'
volume=$(qami describe-volumes | get Volumes.0.VolumeId)

qami $stop "$i" >"$TMPDIR/answer"
same "$i" "$(get StoppingInstances.0.InstanceId <"$TMPDIR/answer")"
same running "$(get StoppingInstances.0.PreviousState.Name <"$TMPDIR/answer")"
same stopping "$(get StoppingInstances.0.CurrentState.Name <"$TMPDIR/answer")"
reaches 60 "$i" stopped
qami describe-instances --instance-ids "$i" >"$TMPDIR/stopped"
get Reservations.0.Instances.0.StateTransitionReason <"$TMPDIR/stopped" |
	grep -q '^User initiated (20..-..-.. ..:..:.. GMT)$'
same Client.UserInitiatedShutdown "$(get \
	Reservations.0.Instances.0.StateReason.Code <"$TMPDIR/stopped")"
same "$volume in-use" "$(qami describe-volumes --output text \
	--query 'Volumes[].[VolumeId,State]' | tr '\t' ' ')"
# again: no error, no change
qami $stop "$i" >"$TMPDIR/answer"
same stopped "$(get StoppingInstances.0.CurrentState.Name <"$TMPDIR/answer")"

qami start-instances --instance-ids "$i" >"$TMPDIR/answer"
same stopped "$(get StartingInstances.0.PreviousState.Name <"$TMPDIR/answer")"
says 180 "$i" 'qami-guest: ready' 2
qami logs "$i" | grep -q 'qami-guest: boot 2'
qami logs "$i" | grep -q 'user-data already done'
same "$volume" "$(qami describe-volumes | get Volumes.0.VolumeId)"
same 0 "$(qami describe-instances --instance-ids "$i" | grep -c StateReason ||
	:)"

# protected, and forced
qami modify-instance-attribute --instance-id "$i" --disable-api-stop
fails OperationNotPermitted qami $stop "$i"
fails OperationNotPermitted qami $stop "$i" --force
qami modify-instance-attribute --instance-id "$i" --no-disable-api-stop
fails UnsupportedOperation qami $stop "$i" --hibernate
qami $stop "$i" --force >/dev/null
reaches 60 "$i" stopped
qami terminate-instances --instance-ids "$i" >/dev/null
fails IncorrectInstanceState qami $stop "$i"

# what has no root volume cannot be stopped
i=$(launch "$(store_image store)")
fails UnsupportedOperation qami $stop "$i"
fails UnsupportedOperation qami $stop "$i" --force
same running "$(state "$i")"
