#!/bin/sh
# Debian with its stock cloud-init and a NoCloud disk instead of the metadata
# service: user data at the first boot, and not again after a stop and a start.
# Some four minutes where machines are emulated.
set -eu
cd "$(dirname "$0")/../.."
disk=$(tests/guest/build debian)
TMPDIR=$(mktemp -d "${TMPDIR:-/var/tmp}/qami-cloud-init.XXXXXX")
chmod 711 "$TMPDIR"
HOME=$TMPDIR
QAMI_BUILD=$PWD/build
QAMI_STORE=$TMPDIR/store
QAMI_METADATA=seed
PATH=$QAMI_BUILD:$PATH:/usr/sbin:/sbin
export TMPDIR HOME QAMI_BUILD QAMI_STORE QAMI_METADATA PATH
. tests/lib.sh

guests_here
trap 'end_guests; rm -rf "$TMPDIR"' EXIT
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
