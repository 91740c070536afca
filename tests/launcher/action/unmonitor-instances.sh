#!/bin/sh
# unmonitor-instances - what was asked for is forgotten
. tests/lib.sh

guests_here
i=$(launch "$(image alpha)" --monitoring Enabled=true)
dry qami unmonitor-instances --instance-ids "$i"
hidden "$i" unmonitor-instances --instance-ids "$i"
fails InvalidInstanceID.NotFound qami unmonitor-instances \
	--instance-ids i-0fedcba9876543210
finds 1 describe-instances monitoring-state=enabled
qami unmonitor-instances --instance-ids "$i" >"$TMPDIR/answer"
tests/shape UnmonitorInstances "$TMPDIR/answer"
same disabled "$(get InstanceMonitorings.0.Monitoring.State <"$TMPDIR/answer")"
finds 1 describe-instances monitoring-state=disabled
