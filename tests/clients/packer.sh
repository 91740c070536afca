#!/bin/sh
# packer - Debian's Packer makes images of a small guest over ssh, by amazon-ebs
# and by amazon-ebssurrogate; they boot, with what the provisioner wrote
# boots guests
. tests/clients/lib.sh

endpoint_here
proxy_here
qami import "$(tests/guest/build disk)" --name small >/dev/null
PACKER_NO_COLOR=1 CHECKPOINT_DISABLE=1
export PACKER_NO_COLOR CHECKPOINT_DISABLE

# build NAME TEMPLATE [OPTION…] - an image of that name, which boots and says
# what was written into it
build()
{
	local name template i

	name=$1
	template=$2
	shift 2
	/usr/bin/packer build -var source=small -var "name=$name" \
		-var "proxy_port=${PROXY#*:}" "$@" "examples/packer/$template"
	aws ec2 wait image-available \
		--filters "Name=name,Values=$name" --owners self
	i=$(qami run "$name" --user-data '#!/bin/sh
cat /var/lib/hello')
	says 240 "$i" "made by Packer's amazon-"
	qami rm "$i"
}

build ebs image.json -var user=root -var sudo= -var transfer=sftp
same '[{"Key": "made-by", "Value": "packer"}]' "$(qami describe-images \
	--filters Name=name,Values=ebs | get Images.0.Tags)"
build surrogate surrogate.json

# nothing is left of the builds
same '' "$(qami ps; qami vols)"
same default "$(qami describe-security-groups --output text \
	--query 'SecurityGroups[].GroupName')"
same '[]' "$(qami describe-key-pairs | get KeyPairs)"
no_faults
