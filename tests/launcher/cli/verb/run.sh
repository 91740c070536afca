#!/bin/sh
# run - an id on stdout, and with --wait a guest that has booted
# boots guests
. tests/lib.sh

guests_here
ami=$(qami import "$(tests/guest/build tiny)" --name tiny)
a=$(qami run tiny --name web1 -t t2.nano --wait --timeout 400 --user-data \
	"$(printf '#!/bin/sh\necho user data has run')" \
	--block-device-mappings 'DeviceName=/dev/sdf,Ebs={VolumeSize=2}' \
	2>"$TMPDIR/err")
echo "$a" | grep -qxE 'i-[0-9a-f]{17}'
same '' "$(cat "$TMPDIR/err")"
qami logs "$a" | grep -q 'user data has run'
qami describe-instances --instance-ids "$a" >"$TMPDIR/a"
same t2.nano "$(get Reservations.0.Instances.0.InstanceType <"$TMPDIR/a")"
same web1 "$(get Reservations.0.Instances.0.Tags.0.Value <"$TMPDIR/a")"
same 2 "$(qami describe-volumes --query 'length(Volumes)')"

# on a terminal it tells the stages
printf '#!/bin/sh\ntrue\n' >"$TMPDIR/script"
script -qec "qami run ${ami%???} -n web2 -w --shutdown-behavior terminate \
	--user-data file://$TMPDIR/script" /dev/null </dev/null \
	>"$TMPDIR/stages" 2>&1
for stage in "image $ami tiny" started 'kernel up' 'guest ready'; do
	grep -E "^.*\[ *[0-9]+\.[0-9]\].*$stage" "$TMPDIR/stages" >/dev/null || {
		cat "$TMPDIR/stages" >&2
		exit 1
	}
done
qami rm web2

# the same token is the same machine
b=$(qami run tiny --client-token tok --type t2.nano)
same "$b" "$(qami run tiny --client-token tok --type t2.nano)"

# a guest that does not get there is left running
image blank >/dev/null
if c=$(qami run blank --name slow --wait --timeout 1 2>"$TMPDIR/err"); then
	echo 'a disk without a system has booted' >&2
	exit 1
fi
has '(qami.WaiterError)' "$TMPDIR/err"
has 'machine started' "$TMPDIR/err"
qami ps | grep -q '	slow	running	'

count=$(qami ps -q | wc -l)
fails InvalidAMIID.NotFound qami run nothing
fails InvalidAMIID.NotFound qami run ami-0fedcba9876543210
fails InvalidKeyPair.NotFound qami run tiny --key-name nobody
fails InvalidBlockDeviceMapping qami run tiny \
	--block-device-mappings DeviceName=/dev/sda1,NoDevice=
without_memory InsufficientInstanceCapacity qami run tiny -t c3.large
fails InvalidParameterValue qami run tiny -t x9.huge
fails InvalidParameterValue qami run tiny --shutdown-behavior sleep
fails InvalidParameterCombination qami run tiny --rm
fails InvalidParameterCombination qami run tiny --ssh --console
fails InvalidParameterCombination qami run tiny true
fails InvalidParameterValue qami run tiny \
	--user-data "$(head -c 16385 /dev/zero | tr '\0' x)"
hidden "$ami" run "$ami"
if as 222222222222 run tiny 2>"$TMPDIR/err"; then exit 1; fi
has "no image is called 'tiny'" "$TMPDIR/err"
if has_small_disk; then
	fails InsufficientVolumeCapacity small_disk '
		qami import ../disk.raw --name full
		fill
		qami run full'
fi
same "$count" "$(qami ps -q | wc -l)"
qami deregister-image --image-id "$ami"
fails InvalidAMIID.Unavailable qami run "$ami"
