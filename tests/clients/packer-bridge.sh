#!/bin/sh
# packer-bridge - Debian's Packer makes an image of a small guest on the bridge,
# which it reaches by its private address and nothing else
# boots guests
. tests/clients/lib.sh
. tests/system.sh
system_here "$0"
QAMI_NETWORK=bridge GUESTS=yes
PACKER_NO_COLOR=1 CHECKPOINT_DISABLE=1
export QAMI_NETWORK PACKER_NO_COLOR CHECKPOINT_DISABLE
trap 'end_guests; end_served' EXIT
trap 'exit 130' INT TERM

endpoint_open
qami import "$(tests/guest/build disk)" --name small >/dev/null
/usr/bin/packer build -var source=small -var name=bridged -var proxy_host= \
	-var user=root -var sudo= -var transfer=sftp examples/packer/image.json
i=$(qami run bridged --user-data '#!/bin/sh
cat /var/lib/hello')
says 240 "$i" "made by Packer's amazon-ebs"
qami rm "$i"
same '' "$(qami ps; qami vols)"
no_faults
