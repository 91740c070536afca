#!/bin/sh
# examples - every script of examples/ does what it says
# boots guests
. tests/lib.sh

export QAMI_CONNECT=embed QAMI_ACCEL=tcg
examples/demo >"$TMPDIR/demo"
has 'Hello from i-' "$TMPDIR/demo"
has 'terminated' "$TMPDIR/demo"

examples/tour >"$TMPDIR/tour" 2>"$TMPDIR/tour.err"
has 'I am i-' "$TMPDIR/tour"
same 2 "$(grep -c '^i-[0-9a-f]*	running$' "$TMPDIR/tour")"
same '' "$(qami images; qami ps)"

examples/share-image >"$TMPDIR/share" 2>"$TMPDIR/share.err"
same "before it is shared:
the student could not launch
while it is shared:
the student launched
afterwards:
the student could not launch" "$(sed -E 's/ (ami|i)-[0-9a-f]+$//' "$TMPDIR/share")"
same 2 "$(grep -c InvalidAMIID.NotFound "$TMPDIR/share.err")"

examples/share-encrypted.sh >"$TMPDIR/encrypted" 2>"$TMPDIR/encrypted.err"
has "bob's copy starts all the same:" "$TMPDIR/encrypted"
has "True	arn:aws:kms:us-east-1:222222222222:key/" "$TMPDIR/encrypted"
same 1 "$(grep -c OperationNotPermitted "$TMPDIR/encrypted.err")"
same 1 "$(grep -c InvalidKMSKey.NotFound "$TMPDIR/encrypted.err")"
same '' "$(qami --account 222222222222 images)"

# what is uploaded is what the disk was
truncate -s 3M "$TMPDIR/disk.raw"
head -c 700000 /dev/urandom | dd of="$TMPDIR/disk.raw" bs=64k seek=20 \
	conv=notrunc status=none
snap=$(examples/upload-disk "$TMPDIR/disk.raw")
truncate -s 1G "$TMPDIR/disk.raw"
qemu-img compare -f qcow2 -F raw "$QAMI_STORE/layers/$(sql \
	"SELECT layer FROM snapshot
	WHERE id = '$snap'")" "$TMPDIR/disk.raw"
same 2 "$(qami map "$snap" | awk '$1 == "total" && $3 == "data" { print $2 }')"

# a bundle is its image again, by hand
openssl genrsa -out "$TMPDIR/key.pem" 2048 2>"$TMPDIR/openssl.err"
truncate -s 3M "$TMPDIR/disk.raw"
tests/bundle/foreign ec2-ami-tools "$TMPDIR/disk.raw" "$TMPDIR/bundle" \
	"$TMPDIR/key.pem"
examples/unbundle-by-hand "$TMPDIR/bundle/image.manifest.xml" \
	"$TMPDIR/key.pem" "$TMPDIR/by-hand"
cmp "$TMPDIR/disk.raw" "$TMPDIR/by-hand"

# those with a server, and with programs that are not here, are run elsewhere
for script in examples/*; do
	grep -q "examples/$(basename "$script")" tests/examples/examples.sh \
		tests/clients/*.sh tests/launcher/http/*.sh ||
		{ echo "$script is not run" >&2; exit 1; }
done
