#!/bin/sh
# boots guests
# takes long
# libvirtd is killed at every step of a live snapshot of several disks: QEMU has
# moved all of them on or none, the rows say what QEMU says, and where libvirt
# has lost track of it (QEMU has moved on, the next libvirtd does not know), the
# instance is refused until its next start. Snapshots are whole, and no write of
# the guest is lost.
. tests/lib.sh
. tests/session.sh
command -v virsh >/dev/null || skip "no virsh (libvirt-clients)"
session_here "$0"
. tests/snapshot.sh
. tests/crash.sh
QAMI_STOP_TIMEOUT=20
rounds=0 bad=0 split=0 old=0 new=0
trap 'end_guests; session_end; crash_end' EXIT
trap 'exit 130' INT TERM

# a guest that counts on two disks in turn, and says how far it has got
qami import "$HOME/tiny.raw" --name tiny >/dev/null
cat >"$TMPDIR/script" <<'SCRIPT'
#!/bin/sh
# goes on where the disk says that it was
was=$(head -c 8 /dev/vdc | sed 's/^0*//; s/[^0-9]//g')
n=$((${was:-0} + 0))
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
i=$(qami run tiny --name one -t t2.nano --user-data "file://$TMPDIR/script" \
	--block-device-mappings '[{"DeviceName": "/dev/sdf",
	"Ebs": {"VolumeSize": 1, "DeleteOnTermination": true}},
	{"DeviceName": "/dev/sdg",
	"Ebs": {"VolumeSize": 2, "DeleteOnTermination": true}}]')
says 180 "$i" 'wrote 1'
vols=$(sql "SELECT volume FROM attachment WHERE device IN ('/dev/sdf',
	'/dev/sdg') ORDER BY device")

taken='volume IN (SELECT volume FROM attachment)'

# The heads that the rows name, those that libvirt believes in, and the layers
# that QEMU has open for writing: its heads, and such as it was about to move on
# to. Each sorted.
rows()
{
	sql 'SELECT layer FROM volume WHERE id IN
		(SELECT volume FROM attachment)' | sort
}
writable()
{
	local pid fd

	pid=$(sql 'SELECT pid FROM instance')
	for fd in "/proc/$pid/fd"/*; do
		case $(readlink "$fd") in
		*/layers/*) ;;
		*) continue ;;
		esac
		# open for writing
		! grep -q '^flags:.*[12]$' "/proc/$pid/fdinfo/${fd##*/}" ||
			basename "$(readlink "$fd")"
	done | sort
}
libvirt()
{
	virsh -q -c qemu:///session domblklist "$i" |
		sed -n 's|.*/layers/||p' | sort
}

# astray - whether libvirt takes a layer for a head that QEMU does not write
astray()
{
	writable >"$TMPDIR/writable"
	libvirt | comm -23 - "$TMPDIR/writable" | grep -q .
}

# true_rows WHAT - the rows name the heads that QEMU writes
true_rows()
{
	if astray; then
		[ -z "$(rows | comm -23 - "$TMPDIR/writable")" ]
	else
		[ "$(rows)" = "$(libvirt)" ]
	fi || wrong "$1: rows $(rows), QEMU $(writable), libvirt $(libvirt)"
}

# whole WHAT LEAST - the snapshots of one instant agree, and have what was
# written before it
whole()
{
	local count a b copies

	count=$(sql "SELECT count(*) FROM snapshot WHERE $taken")
	case $count in
	0 | 3) ;;
	*) wrong "$1: $count snapshots" ;;
	esac
	[ "$count" = 3 ] || return 0
	[ -z "$(sql "SELECT id FROM snapshot WHERE $taken AND
		state <> 'completed'")" ] || wrong "$1: not completed"
	copies=
	for vol in $vols; do
		copies="$copies $(volume --snapshot-id "$(sql "SELECT id FROM
			snapshot WHERE volume = '$vol'")")"
	done
	set -- "$1" "$2" $copies
	a=$(first "$3")
	b=$(first "$4")
	[ "$a" -ge "$b" ] && [ "$b" -ge $((a - 1)) ] && [ "$b" -ge "$2" ] ||
		wrong "$1: $a and $b, after $2"
	qami delete-volume --volume-id "$3"
	qami delete-volume --volume-id "$4"
}

# lost WHAT - a machine that libvirt has lost track of: nothing is done to its
# disks until it is started anew, and then it has all that it wrote
lost()
{
	local last

	split=$((split + 1))
	fails IncorrectState qami create-snapshots --instance-specification \
		"InstanceId=$i" || wrong "$1: not refused"
	[ "$(sql 'SELECT stale FROM instance')" = 1 ] ||
		wrong "$1: the instance is not marked"
	true_rows "$1: refused"
	goes_on "$i" "$1"
	last=$(wrote "$i")
	qami stop -f one
	for vol in $vols; do
		[ "$(first "$vol")" -ge "$last" ] ||
			wrong "$1: $vol has $(first "$vol"), not $last"
	done
	qami start one
	goes_on "$i" "$1: started anew"
}

# strike WHAT COMMAND… - a snapshot while COMMAND sees to the end of libvirtd,
# and all that must hold afterwards
strike()
{
	local what pid tracer least before

	what=$1
	shift
	drop
	goes_on "$i" "$what: before"
	# there is a libvirtd, and it is done with what was before
	before=$(libvirt)
	least=$(wrote "$i")
	pid=$(session_pid libvirtd)
	"$@" "$pid" &
	tracer=$!
	case $1 in
	strace)
		until grep -q 'TracerPid:.[1-9]' "/proc/$pid/task/$pid/status"
		do
			kill -0 $tracer 2>/dev/null || break
			sleep 0.05
		done ;;
	esac
	qami create-snapshots --instance-specification "InstanceId=$i" \
		>"$TMPDIR/out" 2>"$TMPDIR/err" || :
	# a step that did not come
	kill $tracer 2>/dev/null || :
	wait $tracer || :
	[ "$(session_pid libvirtd)" != "$pid" ] || kill -9 "$pid"
	sound "$what" --jobs
	acknowledged "$what"
	true_rows "$what"
	whole "$what" "$least"
	if astray; then
		lost "$what"
	elif [ "$(rows)" = "$before" ]; then
		old=$((old + 1))
	else
		new=$((new + 1))
	fi
	# nothing of it is in the way any more
	drop
	qami create-snapshots --instance-specification "InstanceId=$i" \
		>"$TMPDIR/again" || wrong "$what: again"
	true_rows "$what: again"
	goes_on "$i" "$what: afterwards"
}

# after MICROSECONDS PID - kills it then
after()
{
	python3 -c 'import os, sys, time
time.sleep(int(sys.argv[1]) / 1e6)
os.kill(int(sys.argv[2]), 9)' "$1" "$2"
}

# What it writes down, it writes by these; each of its threads counts its own.
most=${KILL_POINTS:-2}
[ "$most" -le 8 ] || most=8
for call in rename fsync; do
	for number in $(seq "$most"); do
		strike "$call $number" strace -f -qq -o /dev/null \
			-e "trace=$call" -e \
			"inject=$call:signal=KILL:when=$number" -p
	done
done
r=0
while [ $r -lt "${KILL_RANDOM:-1}" ]; do
	r=$((r + 1))
	strike "at random $r" after $(((r * 7919) % 250000))
done

goes_on "$i" "at the end"
drop
qami rm one
settled || wrong "at the end"
echo "$old on the old layers, $new on the new, $split where libvirt lost track"
# which takes luck: launcher/domain/split makes it happen every time
[ "$split" -gt 0 ] || [ "$rounds" -lt 50 ] || wrong "libvirt never lost track"
[ "$old" -gt 0 ] || wrong "libvirtd was never killed early"
crash_report
