#!/bin/sh
# cloud-init - an unmodified Debian guest finds EC2 by itself: datasource, name,
# key and user data with tokens required and no disk but its own
# boots guests
. tests/lib.sh

guests_here
QAMI_METADATA=service
export QAMI_METADATA
disk=$(tests/guest/build debian) || skip "the Debian guest cannot be built" \
	"here: it takes user namespaces and newuidmap, or root"
mkdir -m 700 "$HOME/.ssh"
ssh-keygen -q -t ed25519 -N '' -f "$HOME/.ssh/id_ed25519"
cat >"$TMPDIR/user-data" <<'E2'
#cloud-config
write_files:
- path: /var/lib/marker
  content: made at the first boot
runcmd:
- echo "runcmd says $((6 * 7))" >/dev/console
E2

qami import "$disk" --name debian12 >/dev/null
qami import-key-pair --key-name default \
	--public-key-material "fileb://$HOME/.ssh/id_ed25519.pub" >/dev/null
ami=$(qami describe-images --owners self --query 'Images[0].ImageId' \
	--output text)
i=$(launch "$ami" --key-name default --user-data "file://$TMPDIR/user-data" \
	--metadata-options HttpTokens=required)
log=$QAMI_STORE/instances/$i/console.log
seen 300 'runcmd says 42' "$log"

# the user and the host's keys are as the console said
guest()
{
	qami ssh --identity "$HOME/.ssh/id_ed25519" "$i" -- "$@"
}
same debian "$(guest whoami)"
guest cloud-init status --wait --long >"$TMPDIR/status"
has 'status: done' "$TMPDIR/status"
has DataSourceEc2 "$TMPDIR/status"
same "ec2 $i $i" "$(guest cloud-init query platform) $(
	guest cloud-init query instance_id) $(guest hostname)"
same 'made at the first boot' "$(guest cat /var/lib/marker)"
same '' "$(guest lsblk -n -o LABEL | grep -i cidata)"

# whatever it asked for was there: a name that is listed and missing would have
# been the end of it
asked=$QAMI_STORE/instances/$i/metadata.log
cat "$asked"
has ' Cloud-Init/' "$asked"
same '' "$(awk '$4 != 200' "$asked")"
for path in /latest/api/token /2021-03-23/user-data \
	/2021-03-23/meta-data/public-keys/0/openssh-key \
	/2021-03-23/dynamic/instance-identity/document; do
	has " $path 200 " "$asked"
done
