#!/bin/sh
# attach-volume, detach-volume, modify-volume - what guests see: a disk comes,
# grows, and goes to another guest with what was written on it
# boots guests
. tests/lib.sh

guests_here
ami=$(qami import "$(tests/guest/build tiny)" --name tiny)
vol=$(qami create-volume --availability-zone us-east-1a --size 1 \
	--output text --query VolumeId)
serial=$(echo "$vol" | tr -d -)

# Each guest writes what it is told into the disk of our volume, when that
# comes, and says what stood there before.
cat >"$TMPDIR/script" <<SCRIPT
#!/bin/sh
me=\$(imds meta-data/instance-id)
while :; do
	for disk in /sys/block/vd*; do
		[ "\$(cat \$disk/serial 2>/dev/null)" = $serial ] || continue
		[ "\$seen" != yes ] || continue
		seen=yes
		was=\$(head -c 30 /dev/\${disk##*/} | tr -d '\0')
		printf '\nqami-guest: before: %s\n' "\$was" >/dev/console
		echo "written by \$me" | dd of=/dev/\${disk##*/} conv=notrunc
		sync
		printf '\nqami-guest: written\n' >/dev/console
	done
	sleep 0.3
done >/dev/null 2>&1 &
SCRIPT
i=$(launch "$ami" --instance-type t2.nano --user-data "file://$TMPDIR/script")
j=$(launch "$ami" --instance-type t2.nano --user-data "file://$TMPDIR/script")
says 180 "$i" 'qami-guest: ready'

same attached "$(qami attach-volume --volume-id "$vol" --instance-id "$i" \
	--device /dev/sdf | get State)"
says 90 "$i" " 1073741824 $serial"
says 90 "$i" 'qami-guest: before: '
says 90 "$i" 'qami-guest: written'

# it grows under the guest
qami modify-volume --volume-id "$vol" --size 2 >/dev/null
says 90 "$i" " 2147483648 $serial"
same 2 "$(qami describe-volumes --volume-ids "$vol" | get Volumes.0.Size)"

# the guest lets go of it, and the next one finds what was written
qami detach-volume --volume-id "$vol" | get State | grep -qx 'detach.*'
says 90 "$i" ' removed'
tries=0
until [ "$(qami describe-volumes --volume-ids "$vol" |
	get Volumes.0.State)" = available ]; do
	tries=$((tries + 1))
	[ $tries -lt 600 ] # a slow guest's is noted by a job
	sleep 0.3
done
same 0 "$(tests/qmp "$i" query-block | grep -c "$(sql \
	"SELECT layer FROM volume WHERE id = '$vol'")" || :)"
says 180 "$j" 'qami-guest: ready'
qami attach-volume --volume-id "$vol" --instance-id "$j" --device /dev/sdf \
	>/dev/null
says 90 "$j" " 2147483648 $serial"
says 90 "$j" "qami-guest: before: written by $i"
says 90 "$j" 'qami-guest: written'

# a guest's reboot, and a stop and a start, keep it
qami reboot-instances --instance-ids "$j"
says 90 "$j" 'qami-guest: ready' 2
says 60 "$j" " 2147483648 $serial" 2
qami terminate-instances --instance-ids "$j" >/dev/null
same available "$(qami describe-volumes --volume-ids "$vol" |
	get Volumes.0.State)"
