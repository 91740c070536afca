#!/bin/sh
# packer-debian - Debian's Packer makes an image of the Debian guest over ssh, with
# the key pair and the security group that it makes for it; the image boots
# boots guests
. tests/clients/lib.sh

endpoint_here
proxy_here
qami import "$(tests/guest/build debian)" --name debian >/dev/null
PACKER_NO_COLOR=1 CHECKPOINT_DISABLE=1
export PACKER_NO_COLOR CHECKPOINT_DISABLE
/usr/bin/packer build -var "proxy_port=${PROXY#*:}" examples/packer/image.json
i=$(qami run debian-hello --user-data '#!/bin/sh
cat /var/lib/hello >/dev/console')
says 900 "$i" "made by Packer's amazon-ebs"
qami rm "$i"
same '' "$(qami ps; qami vols)"
same '[]' "$(qami describe-key-pairs | get KeyPairs)"
no_faults
