#!/bin/sh
# terminate-instances - machines, volumes and files go as they should
# (machines run, but nothing boots in them: no need to be alone)
. tests/lib.sh

guests_here
ami=$(image alpha)
a=$(launch "$ami" --instance-type c3.large --user-data secret \
	--block-device-mappings 'DeviceName=/dev/sdf,Ebs={VolumeSize=1}' \
	'DeviceName=/dev/sdg,Ebs={VolumeSize=1,DeleteOnTermination=true}' \
	DeviceName=/dev/sdb,VirtualName=ephemeral0)
b=$(launch "$ami" --disable-api-termination)
end='terminate-instances --instance-ids'
kept=$(qami describe-volumes --filters \
	Name=attachment.device,Values=/dev/sdf | get Volumes.0.VolumeId)

dry qami $end "$a"
fails InvalidInstanceID.NotFound qami $end "$a" i-0fedcba9876543210
fails InvalidInstanceID.Malformed qami $end i-1
fails OperationNotPermitted qami $end "$a" "$b"
fails OperationNotPermitted qami $end "$b" --dry-run
hidden "$a" $end "$a"
same 'running running' "$(state "$a") $(state "$b")"

pgrep -f "qemu.*$a" >/dev/null
qami $end "$a" >"$TMPDIR/answer"
same "$a" "$(get TerminatingInstances.0.InstanceId <"$TMPDIR/answer")"
same running "$(get TerminatingInstances.0.PreviousState.Name \
	<"$TMPDIR/answer")"
get TerminatingInstances.0.CurrentState.Code <"$TMPDIR/answer" |
	grep -qxE '32|48'
reaches 60 "$a" terminated
if pgrep -f "qemu.*$a" >/dev/null; then
	echo "its machine is still there" >&2
	exit 1
fi
same "$kept available" "$(qami describe-volumes --filters \
	Name=volume-id,Values="$kept" --output text \
	--query 'Volumes[].[VolumeId,State]' | tr '\t' ' ')"
same 2 "$(qami describe-volumes --query 'length(Volumes)')"
# neither seed nor scratch disk stays
same '' "$(find "$QAMI_STORE" -name "*$a*" \( -path '*/scratch/*' -o \
	-name '*seed*' \) | head -n 1)"

# again: no error
qami $end "$a" "$a" >"$TMPDIR/answer"
same terminated "$(get TerminatingInstances.0.PreviousState.Name \
	<"$TMPDIR/answer")"
fails IncorrectInstanceState qami start-instances --instance-ids "$a"
fails IncorrectInstanceState qami stop-instances --instance-ids "$a"
fails IncorrectInstanceState qami reboot-instances --instance-ids "$a"

# a stopped one, and one without protection any more
qami modify-instance-attribute --instance-id "$b" --no-disable-api-termination
qami stop-instances --force --instance-ids "$b" >/dev/null
reaches 60 "$b" stopped
qami $end "$b" >"$TMPDIR/answer"
same stopped "$(get TerminatingInstances.0.PreviousState.Name \
	<"$TMPDIR/answer")"
same 1 "$(qami describe-volumes --query 'length(Volumes)')"
same '' "$(qami ps -q)"
