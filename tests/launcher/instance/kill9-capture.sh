#!/bin/sh
# boots guests
# takes long
# Snapshots and images of a guest that writes, taken by who is killed at any
# step: every snapshot that is there is whole, nothing half exists, no file
# leaks and no write of the guest is lost.
. tests/lib.sh
. tests/snapshot.sh
. tests/crash.sh
crash_setup
points=${KILL_POINTS:-2}

# a guest that counts on two disks in turn, and says how far it has got
tiny=$(qami import "$(tests/guest/build tiny)" --name tiny)
cat >"$TMPDIR/script" <<'SCRIPT'
#!/bin/sh
# goes on where the disk says that it was
old=$(head -c 8 /dev/vdc | sed 's/^0*//; s/[^0-9]//g')
n=$((${old:-0} + 0))
(while :; do
	n=$((n + 1))
	for disk in vdb vdc; do
		printf '%08d\n' $n |
			dd of=/dev/$disk bs=512 conv=notrunc,fsync 2>/dev/null
	done
	echo "wrote $n" >/dev/console
	sleep 0.05
done) &
SCRIPT
i=$(qami run "$tiny" --name one -t t2.nano --user-data "file://$TMPDIR/script" \
	--block-device-mappings '[{"DeviceName": "/dev/sdf",
	"Ebs": {"VolumeSize": 1, "DeleteOnTermination": true}},
	{"DeviceName": "/dev/sdg",
	"Ebs": {"VolumeSize": 2, "DeleteOnTermination": true}}]')

# whole WHAT LEAST - the completed snapshots of one instant agree, and have what
# was written before it
whole()
{
	sql "SELECT one.id, two.id FROM snapshot AS one JOIN snapshot AS two
		ON two.created = one.created AND two.size = 2 WHERE
		one.size = 1 AND one.state = 'completed' AND two.state =
		'completed' AND one.volume IN (SELECT volume FROM attachment
		WHERE device = '/dev/sdf')" | tr '|' ' ' >"$TMPDIR/pairs"
	while read -r one two; do
		one=$(volume --snapshot-id "$one")
		two=$(volume --snapshot-id "$two")
		a=$(first "$one")
		b=$(first "$two")
		[ "$a" -ge "$b" ] && [ "$b" -ge $((a - 1)) ] &&
			[ "$b" -ge "$2" ] ||
			wrong "$1: $a and $b, after $2"
		qami delete-volume --volume-id "$one"
		qami delete-volume --volume-id "$two"
	done <"$TMPDIR/pairs"
	[ -z "$(sql "SELECT id FROM snapshot WHERE state = 'error'")" ] ||
		errors=$((errors + 1))
}
errors=0

tries=0
until [ "$(wrote one)" -gt 0 ]; do
	tries=$((tries + 1))
	[ $tries -lt 600 ]
	sleep 0.2
done
all="qami create-snapshots --instance-specification InstanceId=$i"
points $((points + 1)) $all >"$TMPDIR/points"
while read -r call number; do
	drop
	before=$(wrote one)
	killed "$call" "$number" $all
	sound "multi $call $number" --jobs
	acknowledged "multi $call $number"
	whole "multi $call $number" "$before"
	goes_on one "multi $call $number"
	drop
	before=$(wrote one)
	$all >"$TMPDIR/out" 2>"$TMPDIR/err" ||
		wrong "multi $call $number: again: $(cat "$TMPDIR/err")"
	whole "multi $call $number: again" "$before"
done <"$TMPDIR/points"
goes_on one "multi"

# the process that has the embedded driver dies instead, at random moments
stale=0
r=0
while [ $r -lt "${KILL_RANDOM:-1}" ]; do
	r=$((r + 1))
	drop
	before=$(wrote one)
	$all >"$TMPDIR/out" 2>&1 &
	sleep "0.$(printf %02d $((r * 4 % 40)))"
	crash_children
	wait $! || :
	sound "driver $r" --jobs
	acknowledged "driver $r"
	whole "driver $r" "$before"
	goes_on one "driver $r"
	if ! $all >"$TMPDIR/out" 2>"$TMPDIR/err"; then
		grep -q '(IncorrectState)' "$TMPDIR/err" ||
			wrong "driver $r: again: $(cat "$TMPDIR/err")"
		stale=$((stale + 1))
		qami stop -f one
		qami start one
		goes_on one "driver $r, healed"
		$all >"$TMPDIR/out" || wrong "driver $r: not healed"
	fi
done
goes_on one "driver"
before=$(wrote one)
qami stop -f one
after=$(first "$(sql "SELECT volume FROM attachment WHERE
	device = '/dev/sdg'")")
[ "$after" -ge "$before" ] || wrong "a write is lost: $after, not $before"
qami start one
drop

# an image of it, while it runs and with a reboot
for how in --no-reboot --reboot; do
	goes_on one "$how"
	[ -z "$(qami images | grep '	image	')" ] || qami rmi image
	points "$points" qami create-image --instance-id "$i" --name image \
		$how >"$TMPDIR/points"
	while read -r call number; do
		[ -z "$(qami images | grep '	image	')" ] || qami rmi image
		drop
		goes_on one "image $how $call $number: before"
		before=$(wrote one)
		killed "$call" "$number" qami create-image --instance-id "$i" \
			--name image $how
		sound "image $how $call $number" --jobs
		acknowledged "image $how $call $number"
		whole "image $how $call $number" "$before"
		[ "$(sql "SELECT count(*) FROM snapshot")" = $((1 + 3 * $(sql \
			"SELECT count(*) FROM image WHERE name = 'image' AND
			state = 'available'"))) ] ||
			wrong "image $how $call $number: $(qami snaps)"
		goes_on one "image $how $call $number"
	done <"$TMPDIR/points"
done
before=$(wrote one)
qami stop -f one
after=$(first "$(sql "SELECT volume FROM attachment WHERE
	device = '/dev/sdg'")")
[ "$after" -ge "$before" ] || wrong "a write is lost: $after, not $before"
qami rm one
drop
settled || wrong "at the end"
echo "$errors rounds left errors, $stale lost track"
crash_report
