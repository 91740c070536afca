#!/bin/sh
# describe-key-pairs - whose, by names, ids, filters and tags, in the SDK's shape
. tests/lib.sh

describe=describe-key-pairs
same 0 "$(qami $describe --query 'length(KeyPairs)')"
qami create-key-pair --key-name web-rsa >"$TMPDIR/rsa"
qami create-key-pair --key-name web-curve --key-type ed25519 \
	--tag-specifications \
	'ResourceType=key-pair,Tags=[{Key=team,Value=blue}]' >"$TMPDIR/curve"
as 222222222222 create-key-pair --key-name theirs --key-type ed25519 \
	>"$TMPDIR/theirs"
rsa=$(get KeyPairId <"$TMPDIR/rsa")
curve=$(get KeyPairId <"$TMPDIR/curve")
ssh-keygen -q -t ed25519 -N '' -f "$TMPDIR/own"
as 222222222222 import-key-pair --key-name imported --public-key-material \
	"fileb://$TMPDIR/own.pub" --tag-specifications \
	'ResourceType=key-pair,Tags=[{Key=a,Value=b}]' >"$TMPDIR/imported"
theirs=$(get KeyPairId <"$TMPDIR/theirs")

# names [OPTION…] - of what is listed
names()
{
	qami $describe --output text --query 'KeyPairs[].KeyName' "$@" |
		tr '\t' ' '
}
same 'web-rsa web-curve' "$(names)"
same web-curve "$(names --key-names web-curve)"
same web-rsa "$(names --key-pair-ids "$rsa")"
same 'web-rsa web-curve' "$(names --key-names web-curve --key-pair-ids "$rsa")"
same web-rsa "$(names --key-names web-rsa web-rsa --key-pair-ids "$rsa")"
same "$(printf 'theirs\timported')" "$(as 222222222222 $describe --output text \
	--query 'KeyPairs[].KeyName')"

# every name and id must be there, and the caller's
fails InvalidKeyPair.NotFound qami $describe --key-names web-rsa nobody
has "The key pair 'nobody' does not exist" "$TMPDIR/err"
fails InvalidKeyPair.NotFound qami $describe --key-names theirs
fails InvalidKeyPair.NotFound qami $describe --key-names web-RSA
fails InvalidKeyPair.NotFound qami $describe --key-pair-ids "$theirs"
fails InvalidKeyPair.NotFound qami $describe --key-pair-ids "$rsa" \
	key-0fedcba9876543210
fails InvalidID qami $describe --key-pair-ids nonsense
hidden "$rsa" $describe --key-pair-ids "$rsa"

print=$(get KeyFingerprint <"$TMPDIR/rsa")
finds 1 $describe key-name=web-rsa "key-pair-id=$rsa,$theirs" \
	"fingerprint=$print" tag:team=blue tag-key=team key-name='*curve' \
	"fingerprint=$(get KeyFingerprint <"$TMPDIR/curve")"
finds 2 $describe key-name='web-*'
finds 0 $describe key-name=theirs tag:team=red fingerprint=x
fails InvalidParameterValue qami $describe --filters Name=key-type,Values=rsa
dry qami $describe
fails InvalidKeyPair.NotFound qami $describe --dry-run --key-names nobody

# what is in it: tags always, the public key where it was asked for
qami $describe --key-names web-curve >"$TMPDIR/one"
for pair in KeyPairId="$curve" KeyName=web-curve KeyType=ed25519 \
	Tags.0.Key=team Tags.0.Value=blue \
	KeyFingerprint="$(get KeyFingerprint <"$TMPDIR/curve")"; do
	same "${pair#*=}" "$(get "KeyPairs.0.${pair%%=*}" <"$TMPDIR/one")"
done
same '[]' "$(qami $describe --key-names web-rsa | get KeyPairs.0.Tags)"
! grep -q PublicKey "$TMPDIR/one" || exit 1
qami $describe --include-public-key >"$TMPDIR/all"
same "$(get KeyMaterial <"$TMPDIR/rsa" >"$TMPDIR/key"
	chmod 600 "$TMPDIR/key"
	ssh-keygen -y -f "$TMPDIR/key") web-rsa" \
	"$(get KeyPairs.0.PublicKey <"$TMPDIR/all")"
! grep -q PRIVATE "$TMPDIR/all" || exit 1

# tags that come later, and the SDK's shapes
qami create-tags --resources "$rsa" --tags Key=team,Value=red
finds 1 $describe tag:team=red
same key-pair "$(qami describe-tags --filters \
	Name=resource-id,Values="$rsa" | get Tags.0.ResourceType)"
hidden "$rsa" create-tags --tags Key=x,Value=y --resources "$rsa"
qami delete-tags --resources "$rsa" --tags Key=team
finds 0 $describe tag:team=red
python3 - "$TMPDIR" <<'END'
import json, sys
import botocore.session

model = botocore.session.get_session().get_service_model('ec2')

def check(shape, value, where):
    """Nothing that the SDK does not know, each of its type."""
    kind = {'structure': dict, 'list': list, 'boolean': bool}.get(
        shape.type_name, str)
    assert isinstance(value, kind), (where, value)
    for name, inner in value.items() if kind is dict else ():
        assert name in shape.members, (where, name)
        check(shape.members[name], inner, where + '.' + name)
    for inner in value if kind is list else ():
        check(shape.member, inner, where + '[]')

for file, action in (('rsa', 'CreateKeyPair'), ('curve', 'CreateKeyPair'),
                     ('imported', 'ImportKeyPair'),
                     ('all', 'DescribeKeyPairs')):
    answer = json.load(open(f'{sys.argv[1]}/{file}'))
    check(model.operation_model(action).output_shape, answer, action)
pair = json.load(open(sys.argv[1] + '/all'))['KeyPairs'][0]
known = model.operation_model('DescribeKeyPairs').output_shape
assert set(pair) == set(known.members['KeyPairs'].member.members), pair
END
tests/audit
