#!/bin/sh
# Snapshots of two volumes of one running machine at the same moment: each
# waits for the other, none is refused.
. tests/lib.sh

guests_here
a=$(launch "$(image alpha)" --instance-type t2.nano --block-device-mappings \
	'DeviceName=/dev/sdf,Ebs={VolumeSize=1,DeleteOnTermination=true}')
volumes=$(qami describe-volumes --query 'Volumes[].VolumeId' --output text)
same 2 "$(echo $volumes | wc -w)"
for round in 1 2 3 4; do
	pids=
	for volume in $volumes $volumes; do
		qami create-snapshot --volume-id "$volume" \
			>"$TMPDIR/out" 2>"$TMPDIR/err.$round.$volume" &
		pids="$pids $!"
	done
	for pid in $pids; do
		wait "$pid" || {
			cat "$TMPDIR"/err.* >&2
			exit 1
		}
	done
done
same 16 "$(qami describe-snapshots --query 'length(Snapshots[?
	VolumeId!=`vol-ffffffff` && State==`completed`])')"
