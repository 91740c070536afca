#!/bin/sh
# examples - every script of examples/ does what it says
# boots guests
# takes long
. tests/lib.sh

# for those that look into no guest
disk "$TMPDIR/halts.raw"
export QAMI_CONNECT=embed QAMI_ACCEL=tcg
examples/demo >"$TMPDIR/demo"
has 'Hello from i-' "$TMPDIR/demo"
has 'terminated' "$TMPDIR/demo"

examples/tour >"$TMPDIR/tour" 2>"$TMPDIR/tour.err"
has 'I am i-' "$TMPDIR/tour"
same 2 "$(grep -c '^i-[0-9a-f]*	running$' "$TMPDIR/tour")"
same '' "$(qami images; qami ps)"

examples/share-image "$TMPDIR/halts.raw" >"$TMPDIR/share" 2>"$TMPDIR/share.err"
same "before it is shared:
the student could not launch
while it is shared:
the student launched
afterwards:
the student could not launch" "$(sed -E 's/ (ami|i)-[0-9a-f]+$//' "$TMPDIR/share")"
same 2 "$(grep -c InvalidAMIID.NotFound "$TMPDIR/share.err")"

examples/store-image >"$TMPDIR/stored"
has 'it boots where it was restored' "$TMPDIR/stored"

# machines of a group: two, two again, and two of another version
examples/group.sh "$TMPDIR/halts.raw" >"$TMPDIR/group"
same 'WEB 1 HEALTHY 4
WEB 2 HEALTHY 2' "$(awk '/HEALTHY/ { print "WEB", $2, $3 }' "$TMPDIR/group" |
	sort | uniq -c | awk '{ print $2, $3, $4, $1 }')"
same '5 3' "$(grep -c 'Launching a new' "$TMPDIR/group") \
$(grep -c 'Terminating EC2' "$TMPDIR/group")"

examples/share-encrypted.sh >"$TMPDIR/encrypted" 2>"$TMPDIR/encrypted.err"
has "bob's copy starts all the same:" "$TMPDIR/encrypted"
has "True	arn:aws:kms:us-east-1:222222222222:key/" "$TMPDIR/encrypted"
same 1 "$(grep -c OperationNotPermitted "$TMPDIR/encrypted.err")"
same 1 "$(grep -c InvalidKMSKey.NotFound "$TMPDIR/encrypted.err")"
same '' "$(qami --account 222222222222 images)"

examples/guards.sh >"$TMPDIR/guards"
same 'enable-image-deregistration-protection: done
disable-image-deregistration-protection: done
deregister-image: OperationNotPermitted
deregister-image: done
run-instances: InvalidAMIID.Unavailable
restore-image-from-recycle-bin: InvalidSnapshot.NotFound
restore-snapshot-from-recycle-bin: done
restore-image-from-recycle-bin: done
lock-snapshot: done
unlock-snapshot: OperationNotPermitted
client-error
delete-snapshot: OperationNotPermitted
delete-snapshot: done
restore-snapshot-from-recycle-bin: InvalidSnapshot.NotFound
restore-image-from-recycle-bin: InvalidAMIID.NotFound' \
	"$(grep -v '^--\|^ami-' "$TMPDIR/guards")"

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

# a lab: its users are made in an /etc that only this script has
if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
	chmod 755 "$TMPDIR"
	env -u QAMI_STORE unshare -m sh -euc 'mount --make-rprivate /
		cp -a /etc "$TMPDIR/etc"
		mount --bind "$TMPDIR/etc" /etc
		examples/lab.sh' >"$TMPDIR/lab" 2>"$TMPDIR/lab.err"
	same 1 "$(grep -c '^qami run: .*(InstanceLimitExceeded)$' \
		"$TMPDIR/lab.err")"
	same 2 "$(grep -c 'InvalidInstanceID.NotFound' "$TMPDIR/lab.err")"
	same 1 "$(grep -c '(AuthFailure)$' "$TMPDIR/lab.err")"
	same 'root: []
root: is spoiled now
root: []' "$(grep '^root: ' "$TMPDIR/lab")"
	# the machine that was put back is the one that it was, and there alone
	same 2 "$(grep -oE '^i-[0-9a-f]+	mine	running' "$TMPDIR/lab" |
		sort | uniq -c | sort -n | awk 'END { print $1 }')"
	# what each wrote, and little more, is stored on his account
	tr '\t' ' ' <"$TMPDIR/lab" |
		sed -nE 's/^lab([1-3])-[0-9]+ [0-9]+ [0-9]+ /\1 /p' |
		awk '$2 < $1 * 1048576 || $2 > $1 * 1048576 + 262144 ||
				$2 != $4 || $3 == 0 { print; bad = 1 }
			END { exit bad || NR != 3 }'
	if getent passwd | grep -E '^lab[1-3]-[0-9]+:'; then exit 1; fi
else
	if examples/lab.sh >"$TMPDIR/lab" 2>&1; then exit 1; fi
	has 'run by root' "$TMPDIR/lab"
fi

# what the second site has when the first is gone
examples/second-site.sh >"$TMPDIR/second" 2>"$TMPDIR/second.err"
has 'version 2' "$TMPDIR/second"
same 2 "$(grep -c 'is at the second site' "$TMPDIR/second")"

# those with a server, and with programs that are not here, are run elsewhere
for script in examples/[!R]* examples/seeds/[0-9]*.sh; do
	grep -q "$script" tests/examples/*.sh \
		tests/clients/*.sh tests/launcher/http/*.sh ||
		{ echo "$script is not run" >&2; exit 1; }
done
for script in examples/[!R]*; do
	has "\`${script#examples/}" examples/README.md
done
