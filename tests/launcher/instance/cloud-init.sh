#!/bin/sh
# cloud-init - Debian with cloud-init: user data, stop, start, terminate
# boots guests
# takes long
. tests/lib.sh

export QAMI_CONNECT=embed QAMI_ACCEL=tcg
disk=$(tests/guest/build debian) || skip "the Debian guest cannot be built" \
	"here: it takes user namespaces and newuidmap, or root"
trap 'status=$?; qami ps -q | xargs -r qami rm; exit $status' EXIT

qami import "$disk" --name debian12
mkdir -p "$HOME/.ssh"
ssh-keygen -q -t ed25519 -N '' -f "$HOME/.ssh/id_ed25519"
cat >"$TMPDIR/user-data" <<'E2'
#cloud-config
write_files:
- path: /var/lib/marker
  content: made at the first boot
runcmd:
- cat /home/debian/.ssh/authorized_keys >/dev/console
- echo "runcmd says $((6 * 7))" >/dev/console
bootcmd:
- test ! -e /var/lib/marker || echo "marker seen, $(cat /var/lib/marker)" >/dev/console
E2
id=$(qami run debian12 --name deb1 --user-data "file://$TMPDIR/user-data")
log=$QAMI_STORE/instances/$id/console.log
seen 240 'runcmd says 42' "$log"
seen 60 'finished at' "$log"
has "$(cut -d ' ' -f 1,2 "$HOME/.ssh/id_ed25519.pub") default" "$log"

# Only a real power-off leaves the files behind for sure.
qami stop deb1
same stopped "$(qami describe-instances --instance-ids "$id" |
	get Reservations.0.Instances.0.State.Name)"
if grep -q "marker seen" "$log"; then
	echo "the marker was there before the second boot" >&2
	exit 1
fi
qami start deb1
seen 240 'marker seen, made at the first boot' "$log"

volume=$(qami describe-volumes | get Volumes.0.VolumeId)
layer=$(sql "SELECT layer FROM volume WHERE id = '$volume'")
[ -f "$QAMI_STORE/layers/$layer" ]
qami rm deb1
fails InvalidVolume.NotFound qami describe-volumes --volume-ids "$volume"
[ ! -e "$QAMI_STORE/layers/$layer" ]
