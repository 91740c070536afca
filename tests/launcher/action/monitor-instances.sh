#!/bin/sh
# monitor-instances - noted and shown, for all that are named or for none
. tests/lib.sh

guests_here
ami=$(image alpha)
# what describe-instances says
said()
{
	qami describe-instances --instance-ids "$1" |
		get Reservations.0.Instances.0.Monitoring.State
}
i=$(launch "$ami")
same disabled "$(said "$i")"
dry qami monitor-instances --instance-ids "$i"
hidden "$i" monitor-instances --instance-ids "$i"
fails InvalidInstanceID.NotFound qami monitor-instances \
	--instance-ids "$i" i-0fedcba9876543210
same disabled "$(said "$i")"
qami monitor-instances --instance-ids "$i" >"$TMPDIR/answer"
tests/shape MonitorInstances "$TMPDIR/answer"
same enabled "$(get InstanceMonitorings.0.Monitoring.State <"$TMPDIR/answer")"
same enabled "$(said "$i")"
finds 1 describe-instances monitoring-state=enabled
finds 0 describe-instances monitoring-state=disabled
same enabled "$(said "$(launch "$ami" --monitoring Enabled=true)")"
