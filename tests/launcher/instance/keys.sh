#!/bin/sh
# keys - the public key that a launch names is the guest's for good; one's own
# is "default" without being asked for
# (machines run, but nothing boots in them: no need to be alone)
. tests/lib.sh

guests_here
ami=$(image alpha)
ssh-keygen -q -t ed25519 -N '' -C 'me "x"' -f "$TMPDIR/mine"
ssh-keygen -q -t rsa -b 2048 -m PEM -N '' -f "$TMPDIR/old"
mkdir -m 700 "$HOME/.ssh"

# key FILE NAME - the line that a guest gets for it
key()
{
	echo "$(cut -d ' ' -f 1,2 "$1") $2"
}

# told ID - the key that an instance's metadata service tells
told()
{
	# from there, for its whole path may be too long for a socket's address
	(cd "$QAMI_STORE/instances/$1/net" && curl -sf -m 10 --unix-socket \
		metadata.sock http://169.254.169.254/latest/$keys) || [ $? = 22 ]
}
keys=meta-data/public-keys/0/openssh-key

# name ID - of its pair, "" where it has none
name()
{
	qami describe-instances --instance-ids "$1" --output text --query \
		"Reservations[0].Instances[0].KeyName || ''"
}

# a key that there is not: nothing is made
fails InvalidKeyPair.NotFound qami run-instances --image-id "$ami" \
	--key-name web
has "The key pair 'web' does not exist" "$TMPDIR/err"
fails InvalidKeyPair.NotFound qami run-instances --image-id "$ami" \
	--key-name web --dry-run
same '' "$(qami ps -aq)"
as 222222222222 import-key-pair --key-name web \
	--public-key-material "fileb://$TMPDIR/old.pub" >/dev/null
fails InvalidKeyPair.NotFound qami run-instances --image-id "$ami" \
	--key-name web
same '' "$(qami vols -q)$(ls "$QAMI_STORE/instances" 2>/dev/null)"

# the guest gets what the pair was when it was launched, and keeps it
qami import-key-pair --key-name web \
	--public-key-material "fileb://$TMPDIR/mine.pub" >/dev/null
dry qami run-instances --image-id "$ami" --key-name web
a=$(launch "$ami" --key-name web)
same web "$(name "$a")"
same "$(key "$TMPDIR/mine.pub" web)" "$(told "$a")"
qami delete-key-pair --key-name web
qami stop-instances --force --instance-ids "$a" >/dev/null
reaches 60 "$a" stopped
qami import-key-pair --key-name web \
	--public-key-material "fileb://$TMPDIR/old.pub" >/dev/null
qami start-instances --instance-ids "$a" >/dev/null
reaches 60 "$a" running
same web "$(name "$a")"
same "$(key "$TMPDIR/mine.pub" web)" "$(told "$a")"
qami rm "$a"

# a seed disk brings it as well
a=$(QAMI_METADATA=seed launch "$ami" --key-name web)
same "$(key "$TMPDIR/old.pub" web)" "$(mtype -i \
	"$QAMI_STORE/instances/$a/seed.raw" ::meta-data |
	sed -n '/^public-keys:$/{ n; s/^  - "\(.*\)"$/\1/p; }')"
qami rm "$a"

# a private key is nowhere, and none is no key
qami create-key-pair --key-name made --output text --query KeyMaterial \
	>"$TMPDIR/made"
chmod 600 "$TMPDIR/made"
a=$(launch "$ami" --key-name made)
same "$(ssh-keygen -y -f "$TMPDIR/made") made" "$(told "$a")"
! grep -rlF "$(sed -n 3p "$TMPDIR/made")" "$QAMI_STORE" || exit 1
qami rm "$a"
a=$(launch "$ami")
same '' "$(name "$a")$(told "$a")"
qami rm "$a"

# "default": whoever has no key has no such pair …
fails InvalidKeyPair.NotFound qami run-instances --image-id "$ami" \
	--key-name default
echo 'not a key' >"$HOME/.ssh/id_ed25519.pub"
fails InvalidKeyPair.NotFound qami run-instances --image-id "$ami" \
	--key-name default
a=$(qami run alpha)
same '' "$(name "$a")"
qami rm "$a"
# … else it is the first one that EC2 would take
cp "$TMPDIR/old.pub" "$HOME/.ssh/id_rsa.pub"
dry qami run-instances --image-id "$ami" --key-name default
fails InvalidAMIID.NotFound qami run-instances --key-name default \
	--image-id ami-0fedcba9876543210
fails InvalidParameterValue qami run alpha -t x9.huge
fails InvalidKeyPair.NotFound qami describe-key-pairs --key-names default
a=$(launch "$ami" --key-name default --client-token once)
same "$(key "$TMPDIR/old.pub" default)" "$(told "$a")"
same "$(key "$TMPDIR/old.pub" default)" "$(qami describe-key-pairs \
	--key-names default --include-public-key |
	get KeyPairs.0.PublicKey)"
qami delete-key-pair --key-name default
same "$a" "$(launch "$ami" --key-name default --client-token once)"
fails InvalidKeyPair.NotFound qami describe-key-pairs --key-names default
qami rm "$a"
cp "$TMPDIR/mine.pub" "$HOME/.ssh/id_ed25519.pub"

# run takes it by itself, and leaves it where it was told otherwise
a=$(qami run alpha --key-name '')
b=$(qami run alpha --key-name made)
same ' made' "$(name "$a") $(name "$b")"
fails InvalidKeyPair.NotFound qami describe-key-pairs --key-names default
qami rm "$a" "$b"
a=$(qami run alpha)
same default "$(name "$a")"
same "$(key "$TMPDIR/mine.pub" default)" "$(told "$a")"
# the pair stays what it is when the file is another one
rm "$HOME/.ssh/id_ed25519.pub"
b=$(qami run alpha)
same "$(key "$TMPDIR/mine.pub" default)" "$(told "$b")"
same 1 "$(qami describe-key-pairs --filters Name=key-name,Values=default \
	--query 'length(KeyPairs)')"
qami rm "$a" "$b"
tests/audit
