#!/bin/sh
# the identity document is signed by the store, as its users check that
. tests/lib.sh
. tests/launcher/metadata/rows

cd tests/launcher/metadata
python3 - "$TMPDIR" <<'EOF'
import os
import sys
from guest import Service
with Service(os.environ['one']) as service:
    for name in service.ask('/latest/dynamic/instance-identity/')[2].split():
        with open(os.path.join(sys.argv[1], name.decode()), 'wb') as file:
            file.write(service.ask('/latest/dynamic/instance-identity/%s'
                                   % name.decode())[2])
EOF
cd "$TMPDIR"
same "$one" "$(get instanceId <document)"
openssl x509 -in "$QAMI_STORE/keys/ec2.crt" -noout -pubkey >key

base64 -d signature >signature.bin
openssl dgst -sha256 -verify key -signature signature.bin document

# AWS's own words for it
for name in pkcs7 rsa2048; do
	{
		echo '-----BEGIN PKCS7-----'
		cat $name
		printf '\n-----END PKCS7-----\n'
	} >$name.pem
	openssl smime -verify -in $name.pem -inform PEM -content document \
		-certfile "$QAMI_STORE/keys/ec2.crt" -noverify >verified
	cmp verified document
	! sed s/t3/t4/ document | openssl smime -verify -in $name.pem \
		-inform PEM -content /dev/stdin -noverify >/dev/null 2>&1 || {
		echo "$name is true of another document, too" >&2
		exit 1
	}
done
