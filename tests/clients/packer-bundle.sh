#!/bin/sh
# packer-bundle - Debian's Packer, its amazon-instance builder: the bundle is made
# in the Debian guest, goes from there through the endpoint, and boots
# boots guests
. tests/clients/lib.sh

endpoint_here
proxy_here
qami import "$(tests/guest/build debian)" --name debian >/dev/null
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$TMPDIR/key.pem" \
	-out "$TMPDIR/cert.pem" -subj /CN=me -days 9 2>/dev/null
qami bundle-cert >"$TMPDIR/cert-ec2.pem"
qami authorize-security-group-egress --group-id "$(qami groups -q)" \
	--ip-permissions 'IpProtocol=tcp,FromPort=8773,ToPort=8773,IpRanges=[{CidrIp=172.31.0.1/32}]' \
	>/dev/null
PACKER_NO_COLOR=1 CHECKPOINT_DISABLE=1
export PACKER_NO_COLOR CHECKPOINT_DISABLE
/usr/bin/packer build -var "proxy_port=${PROXY#*:}" \
	-var "key=$TMPDIR/key.pem" -var "certificate=$TMPDIR/cert.pem" \
	-var "ec2_certificate=$TMPDIR/cert-ec2.pem" \
	-var "tools=$QAMI_BUILD/ec2-bundle" examples/packer/bundle.json
same instance-store "$(qami describe-images --output text \
	--filters Name=name,Values=debian-bundled \
	--query 'Images[].RootDeviceType')"
i=$(qami run debian-bundled --type m3.large --user-data '#!/bin/sh
cat /var/lib/hello >/dev/console')
says 900 "$i" "made by Packer's amazon-instance"
no_faults
