#!/bin/sh
# import-key-pair - every form and kind that EC2 takes, by OpenSSH's and
# OpenSSL's word, and nothing else
. tests/lib.sh

cd "$TMPDIR"
# import NAME FILE - prints the fingerprint
import()
{
	qami import-key-pair --key-name "$1" \
		--public-key-material "fileb://$2" >answer
	same "$1" "$(get KeyName <answer)"
	get KeyFingerprint <answer
}

# public NAME - type and base64, as listed
public()
{
	qami describe-key-pairs --key-names "$1" --include-public-key \
		--output text --query 'KeyPairs[0].PublicKey' | cut -d ' ' -f 1,2
}

for bits in 1024 2048 4096; do
	ssh-keygen -q -t rsa -b $bits -N '' -m PEM -C 'me@home, "sweet" home' \
		-f rsa$bits
	md5=$(openssl rsa -in rsa$bits -pubout -outform DER 2>/dev/null |
		openssl md5 -c | sed 's/.*= *//')
	ssh-keygen -e -f rsa$bits.pub >rfc$bits
	openssl rsa -in rsa$bits -pubout -outform DER 2>/dev/null |
		base64 >der$bits
	for form in rsa$bits.pub rfc$bits der$bits; do
		same "$md5" "$(import "in $form" $form)"
		same "$(cut -d ' ' -f 1,2 rsa$bits.pub)" "$(public "in $form")"
		same rsa "$(qami describe-key-pairs --key-names "in $form" |
			get KeyPairs.0.KeyType)"
	done
done
ssh-keygen -q -t ed25519 -N '' -f curve
ssh-keygen -e -f curve.pub >rfc
# a header of several lines
sed '2s/.*/Subject: me\nComment: "a \\\n b: c \\\nd"/' rfc >rfc-more
printf '\r\n  %s\r\n\r\n' "$(cat curve.pub)" >blanks
cut -d ' ' -f 1,2 curve.pub | tr -d '\n' >bare
python3 -c '
import base64
blob = base64.b64decode(open("curve.pub").read().split()[1])
der = bytes.fromhex("302a300506032b6570032100") + blob[-32:]
open("der", "w").write(base64.b64encode(der).decode())'
for form in curve.pub rfc rfc-more blanks bare der; do
	same "$(ssh-keygen -l -f curve.pub | cut -d ' ' -f 2)=" \
		"SHA256:$(import $form $form)"
	same "$(cut -d ' ' -f 1,2 curve.pub)" "$(public $form)"
	same ed25519 "$(qami describe-key-pairs --key-names $form |
		get KeyPairs.0.KeyType)"
done

# kinds and sizes that EC2 does not take
ssh-keygen -q -t ecdsa -N '' -f ecdsa
ssh-keygen -q -t rsa -b 3072 -N '' -m PEM -f rsa3072
openssl ecparam -name prime256v1 -genkey -noout |
	openssl ec -pubout -outform DER 2>/dev/null | base64 >ecder
openssl rsa -in rsa3072 -pubout -outform DER 2>/dev/null | base64 >der3072
for file in ecdsa.pub rsa3072.pub ecder der3072; do
	fails InvalidKeyPair.Format qami import-key-pair --key-name bad \
		--public-key-material fileb://$file
done

# what is no public key at all: private ones are not even told from noise
echo nonsense >noise
: >empty
printf 'ssh-ed25519 AAAA\0AAAA' >nul
head -c 40 curve.pub >short
sed 's/^ssh-ed25519/ssh-rsa/' curve.pub >liar
sed 's/^/command="sh" /' curve.pub >options
cat curve.pub rsa2048.pub >two
sed 's/ [^ ]*$//; s/$/AAAA/' curve.pub >longer
head -n 3 rfc >unended
{ cat rfc; echo more; } >after
openssl rsa -in rsa2048 -pubout -out pem 2>/dev/null
head -c 20000 /dev/zero | tr '\0' A >huge
for file in noise nul short liar options two longer unended after pem huge \
	curve rsa2048; do
	fails InvalidKey.Format qami import-key-pair --key-name bad \
		--public-key-material fileb://$file
	! grep -qF "$(sed -n 3p curve)" err || exit 1
done
fails MissingParameter qami import-key-pair --key-name bad \
	--public-key-material fileb://empty
fails InvalidParameterValue qami import-key-pair --cli-input-json \
	'{"KeyName": "bad", "PublicKeyMaterial": "*"}'
fails InvalidKeyPair.NotFound qami describe-key-pairs --key-names bad

fails InvalidKeyPair.Duplicate qami import-key-pair --key-name rfc \
	--public-key-material fileb://rsa2048.pub
fails InvalidParameterValue qami import-key-pair --key-name ' x' \
	--public-key-material fileb://rsa2048.pub
as 222222222222 import-key-pair --key-name rfc \
	--public-key-material fileb://curve.pub >answer
same 2 "$(sqlite3 "$QAMI_STORE/qami.db" \
	"SELECT count(*) FROM key_pair WHERE name = 'rfc'")"
# of several who want one name at the same time, one gets it
for i in 1 2 3 4 5 6; do
	qami import-key-pair --key-name race \
		--public-key-material fileb://curve.pub >race$i 2>lost$i &
done
wait
same 1 "$(cat race? | grep -c KeyPairId)"
same 5 "$(cat lost? | grep -c '(InvalidKeyPair.Duplicate)')"
tags=$(seq 51 | sed 's/.*/{Key=k&,Value=v}/' | paste -sd ,)
fails TagLimitExceeded qami import-key-pair --key-name bad \
	--public-key-material fileb://curve.pub \
	--tag-specifications "ResourceType=key-pair,Tags=[$tags]"
qami import-key-pair --key-name tagged \
	--public-key-material fileb://curve.pub \
	--tag-specifications 'ResourceType=key-pair,Tags=[{Key=a,Value=b}]' |
	get Tags.0.Value | grep -qx b
dry qami import-key-pair --key-name bad --public-key-material fileb://curve.pub
fails InvalidKeyPair.NotFound qami describe-key-pairs --key-names bad
cd "$OLDPWD"
tests/audit
