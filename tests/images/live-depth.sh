#!/bin/sh
# boots guests
# A guest that is snapshotted again and again without a stop: QEMU's own chain
# stays short, and each snapshot is what the guest had written by then.
. tests/lib.sh
. tests/snapshot.sh

guests_here
shots=${SHOTS:-28}
i=$(launch "$(qami import "$(tests/guest/build tiny)" --name tiny)" \
	--instance-type t2.nano --block-device-mappings \
	'DeviceName=/dev/sdf,Ebs={VolumeSize=1}')
v=$(qami describe-volumes --output text --query 'Volumes[0].VolumeId' \
	--filters Name=attachment.device,Values=/dev/sdf)
says 180 "$i" 'qami-guest: ready'

# open - how many layers QEMU has open
open()
{
	pid=$(sql "SELECT pid FROM instance WHERE id = '$i'")
	ls -l "/proc/$pid/fd" | grep -c "$QAMI_STORE/layers/"
}

most=0
for shot in $(seq "$shots"); do
	snap "$v" --description "shot $shot" >/dev/null
	now=$(open)
	[ "$now" -le "$most" ] || most=$now
	# who wants a snapshot comes first: on a slow host the job gets behind
	[ "$now" -lt 20 ] || settled
done
settled
echo "$shots live snapshots: QEMU had at most $most files open, now $(open)"
# the root's two among them; eight that can be taken out are, and some come
# while the job is on its way
[ "$most" -le 20 ]
[ "$(open)" -le 12 ]
qami fsck
same $((shots + 1)) "$(qami snaps -q | grep -c .)"
qami stop -f "$i"
qami gc
qami fsck --deep
qami start "$i"
says 180 "$i" 'qami-guest: ready' 2
