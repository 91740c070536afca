#!/bin/sh
# create-key-pair - both kinds, which OpenSSH and OpenSSL read; fingerprints as
# they make them; private keys are kept nowhere
. tests/lib.sh

# made NAME [OPTION…] - makes a pair; its private key is in $TMPDIR/NAME then
made()
{
	local name

	name=$1
	shift
	qami create-key-pair --key-name "$name" "$@" >"$TMPDIR/$name.json"
	(umask 77; get KeyMaterial <"$TMPDIR/$name.json" >"$TMPDIR/$name")
	same "$name" "$(get KeyName <"$TMPDIR/$name.json")"
	get KeyPairId <"$TMPDIR/$name.json" | grep -qE '^key-[0-9a-f]{17}$'
}

# public NAME - type and base64, as listed; the comment is the pair's name
public()
{
	qami describe-key-pairs --key-names "$1" --include-public-key \
		--output text --query 'KeyPairs[0].PublicKey' >"$TMPDIR/public"
	same "$1" "$(cut -d ' ' -f 3- "$TMPDIR/public")"
	cut -d ' ' -f 1,2 "$TMPDIR/public"
}

# RSA, which is what nobody has to ask for: PKCS #1
made plain
made asked --key-type rsa --key-format pem
for name in plain asked; do
	same '-----BEGIN RSA PRIVATE KEY-----' "$(head -n 1 "$TMPDIR/$name")"
	same "$(ssh-keygen -y -f "$TMPDIR/$name" | cut -d ' ' -f 1,2)" \
		"$(public $name)"
	openssl rsa -in "$TMPDIR/$name" -noout -text -check | grep -q '(2048 bit'
	same "$(openssl pkcs8 -in "$TMPDIR/$name" -nocrypt -topk8 \
		-outform DER | openssl sha1 -c | sed 's/.*= *//')" \
		"$(get KeyFingerprint <"$TMPDIR/$name.json")"
	! grep -q Tags "$TMPDIR/$name.json" || exit 1
done
! cmp -s "$TMPDIR/plain" "$TMPDIR/asked" || exit 1

# ED25519: OpenSSH's own form; ssh-keygen prints its digest without padding
made curve --key-type ed25519 --tag-specifications \
	'ResourceType=key-pair,Tags=[{Key=team,Value=blue}]'
same '-----BEGIN OPENSSH PRIVATE KEY-----' "$(head -n 1 "$TMPDIR/curve")"
same "$(ssh-keygen -y -f "$TMPDIR/curve" | cut -d ' ' -f 1,2)" "$(public curve)"
same "$(ssh-keygen -l -f "$TMPDIR/curve" | cut -d ' ' -f 2)=" \
	"SHA256:$(get KeyFingerprint <"$TMPDIR/curve.json")"
same blue "$(get Tags.0.Value <"$TMPDIR/curve.json")"
# … and it signs what its public half verifies
public curve >"$TMPDIR/signers"
echo text >"$TMPDIR/text"
ssh-keygen -q -Y sign -n file -f "$TMPDIR/curve" "$TMPDIR/text" 2>/dev/null
sed 's/^/me /' "$TMPDIR/signers" >"$TMPDIR/allowed"
ssh-keygen -q -Y verify -n file -I me -f "$TMPDIR/allowed" \
	-s "$TMPDIR/text.sig" <"$TMPDIR/text"

# a private key is in the answer and nowhere else, in whatever form
QAMI_LOG=debug qami create-key-pair --key-name logged --key-type ed25519 \
	--output text --query KeyMaterial >"$TMPDIR/logged" 2>"$TMPDIR/log"
for name in plain curve logged; do
	middle=$(sed -n 3p "$TMPDIR/$name")
	[ ${#middle} -gt 60 ]
	[ "$(grep -rlF -- "$middle" "$QAMI_STORE" "$TMPDIR/log" | wc -l)" = 0 ]
done
python3 - "$TMPDIR/curve" "$QAMI_STORE"/qami.db* <<'END'
import base64, sys
lines = open(sys.argv[1]).read().splitlines()
point = base64.b64decode(''.join(lines[1:-1]))
at = point.index(b'\0\0\0\x40', 100) + 4
seed, point = point[at:at + 32], point[at + 32:at + 64]
assert len(point) == 32
for path in sys.argv[2:]:
    store = open(path, 'rb').read()
    assert seed not in store and base64.b64encode(seed)[:40] not in store
END

# names: an account's own, 1 to 255 printable characters
fails InvalidKeyPair.Duplicate qami create-key-pair --key-name plain
same "$(get KeyPairId <"$TMPDIR/plain.json")" "$(qami describe-key-pairs \
	--key-names plain | get KeyPairs.0.KeyPairId)"
as 222222222222 create-key-pair --key-name plain --key-type ed25519 >/dev/null
long=$(printf '%0255d' 0)
qami create-key-pair --key-name "$long" --key-type ed25519 >/dev/null
qami create-key-pair --key-name 'with a "blank"' --key-type ed25519 >/dev/null
for name in "${long}0" ' x' 'x ' 'ü' "$(printf 'a\nssh-rsa AAAA')" \
	"$(printf 'tab\there')"; do
	fails InvalidParameterValue qami create-key-pair --key-name "$name"
done
fails MissingParameter qami create-key-pair --cli-input-json '{"KeyName": ""}'

fails UnsupportedOperation qami create-key-pair --key-name p --key-format ppk
fails InvalidParameterValue qami create-key-pair --key-name p --key-type dsa
fails InvalidParameterValue qami create-key-pair --key-name p \
	--key-format der
fails InvalidParameterValue qami create-key-pair --key-name p \
	--tag-specifications 'ResourceType=key-pair,Tags=[{Key=aws:x,Value=y}]'
fails InvalidParameterValue qami create-key-pair --key-name p \
	--tag-specifications 'ResourceType=volume,Tags=[{Key=x,Value=y}]'
tags=$(seq 51 | sed 's/.*/{Key=k&,Value=v}/' | paste -sd ,)
fails TagLimitExceeded qami create-key-pair --key-name p \
	--tag-specifications "ResourceType=key-pair,Tags=[$tags]"
dry qami create-key-pair --key-name p
fails InvalidKeyPair.Duplicate qami create-key-pair --key-name plain --dry-run
fails InvalidKeyPair.NotFound qami describe-key-pairs --key-names p
tests/audit
