#!/bin/sh
# seed - the three lines of old inside of the Debian guest: it is bundled there,
# goes from there through the endpoint and is registered there; the image boots
# boots guests
. tests/clients/lib.sh

endpoint_here
qami import "$(tests/guest/build debian)" --name debian >/dev/null
mkdir "$TMPDIR/tools"
cp "$QAMI_BUILD/ec2-bundle" "$TMPDIR/tools"
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$TMPDIR/tools/key.pem" \
	-out "$TMPDIR/tools/cert.pem" -subj /CN=me -days 9 2>/dev/null
qami bundle-cert >"$TMPDIR/tools/cert-ec2.pem"
cat >"$TMPDIR/tools/inside" <<END
set -e
cd /tmp/tools
for tool in bundle-vol upload-bundle register; do
	ln ec2-bundle /usr/local/sbin/ec2-\$tool
done
install -D -m 644 cert-ec2.pem /etc/ec2/amitools/cert-ec2.pem
export AWS_ENDPOINT_URL=http://172.31.0.1:8773 AWS_REGION=$AWS_REGION
export AWS_ACCESS_KEY_ID=$AWS_ACCESS_KEY_ID
export AWS_SECRET_ACCESS_KEY=$AWS_SECRET_ACCESS_KEY
echo 'made in a guest' >/var/lib/hello
ec2-bundle-vol -k key.pem -c cert.pem -u 123456789012
ec2-upload-bundle -b seed -m /tmp/image.manifest.xml
ec2-register seed/image.manifest.xml -n seed
END
qami authorize-security-group-egress --group-id "$(qami groups -q)" \
	--ip-permissions 'IpProtocol=tcp,FromPort=8773,ToPort=8773,IpRanges=[{CidrIp=172.31.0.1/32}]' \
	>/dev/null
mkdir -m 700 "$HOME/.ssh"
ssh-keygen -q -t ed25519 -N '' -f "$HOME/.ssh/id_ed25519"
i=$(qami run debian --type m3.large --wait --timeout 900)
qami cp -i "$HOME/.ssh/id_ed25519" -r "$TMPDIR/tools" "$i:/tmp/tools"
qami ssh -i "$HOME/.ssh/id_ed25519" "$i" \
	sudo -n sh /tmp/tools/inside >"$TMPDIR/inside.out"
tail -n 1 "$TMPDIR/inside.out" | grep -qE '^IMAGE	ami-[0-9a-f]{17}$'
ami=$(tail -n 1 "$TMPDIR/inside.out" | cut -f 2)
qami rm "$i"
same 'seed instance-store' "$(qami describe-images --image-ids "$ami" \
	--output text --query 'Images[0].[Name, RootDeviceType]' |
	tr '\t' ' ')"
i=$(qami run seed --type m3.large --user-data '#!/bin/sh
cat /var/lib/hello >/dev/console')
says 900 "$i" 'made in a guest'
no_faults
