#!/bin/sh
# boots guests
# takes long
# Making, deleting, attaching, modifying and detaching a volume, killed at any
# step: the next command finishes or undoes it, rows and QEMU agree, and the
# same command then succeeds.
. tests/lib.sh
. tests/crash.sh
crash_setup
points=${KILL_POINTS:-3}
snap=$(qami import "$(tests/guest/build tiny)" --name tiny >/dev/null
	qami describe-snapshots | get Snapshots.0.SnapshotId)

# create BEFORE… - the same volume, behind strace or whatever else
create()
{
	"$@" qami create-volume --availability-zone us-east-1a \
		--snapshot-id "$snap" --size 2 --client-token "$token" \
		--tag-specifications 'ResourceType=volume,Tags=[{Key=a,Value=b}]'
}

token=first
create points "$points" >"$TMPDIR/points"
qami delete-volume --volume-id "$(sql 'SELECT id FROM volume')"
while read -r call number; do
	token=$call-$number
	create killed "$call" "$number"
	sound "create $token"
	was=$(sql 'SELECT id FROM volume')
	id=$(create env | get VolumeId) || wrong "create $token: again"
	[ "$(sql 'SELECT id FROM volume')" = "$id" ] ||
		wrong "create $token: not one volume: $(sql 'SELECT id FROM volume')"
	[ -z "$was" ] || [ "$was" = "$id" ] || wrong "create $token: another"
	qami delete-volume --volume-id "$id" || wrong "create $token: delete"
done <"$TMPDIR/points"

# delete: gone, or as it was
token=delete
create env >/dev/null
points "$points" qami delete-volume --volume-id "$(sql 'SELECT id FROM volume')" \
	>"$TMPDIR/points"
while read -r call number; do
	token=delete-$call-$number
	id=$(create env | get VolumeId)
	killed "$call" "$number" qami delete-volume --volume-id "$id"
	sound "$token"
	[ "$(volumes)" = 0 ] || qami delete-volume --volume-id "$id" ||
		wrong "$token: again"
	[ "$(volumes)" = 0 ] || wrong "$token: it stays"
done <"$TMPDIR/points"

i=$(launch "$(qami images -q)" --instance-type t2.nano)
vol=$(qami create-volume --availability-zone us-east-1a --size 1 |
	get VolumeId)
layer=$(sql "SELECT layer FROM volume WHERE id = '$vol'")
says 180 "$i" 'qami-guest: ready'
set -- --volume-id "$vol" --instance-id "$i" --device /dev/sdf

# row - available, or the state of the attachment
row()
{
	sql "SELECT coalesce((SELECT state FROM attachment
		WHERE volume = '$vol'), state) FROM volume WHERE id = '$vol'"
}

# agree WHAT - QEMU has the disk if, and only if, the row says so
agree()
{
	has=$(tests/qmp "$i" query-block | grep -c "$layer" || :)
	case $(row)$has in
	attached1 | available0) ;;
	*) wrong "$1: it is $(row), and QEMU has $has of it" ;;
	esac
}

# settled WHAT - nothing is on its way any more; a job may see to it
settled()
{
	tries=0
	while [ "$(row)" = detaching ] && [ $tries -lt 600 ]; do
		tries=$((tries + 1))
		[ $((tries % 20)) != 0 ] || qami ps >/dev/null
		sleep 0.2
	done
	agree "$1"
}

# away WHAT - the volume is detached, as often as it takes
away()
{
	if [ "$(row)" = attached ]; then
		qami detach-volume --volume-id "$vol" >/dev/null ||
			wrong "$1: detach"
	fi
	settled "$1"
	[ "$(row)" = available ] || wrong "$1: $(row) after all"
}

points "$points" qami attach-volume "$@" >"$TMPDIR/attach"
agree attach
while read -r call number; do
	away "before attach $call $number"
	killed "$call" "$number" qami attach-volume "$@"
	sound "attach $call $number"
	agree "attach $call $number"
	[ "$(row)" = attached ] || qami attach-volume "$@" >/dev/null ||
		wrong "attach $call $number: again"
	agree "attach $call $number: again"
done <"$TMPDIR/attach"

# grown and of another type, each time as if it were another day
size=4
for what in live idle; do
	[ $what = live ] || away idle
	: >"$TMPDIR/modify"
	while
		size=$((size + 1))
		iops=$((3000 + size))
		sql 'DELETE FROM modification'
		set -- qami modify-volume --volume-id "$vol" --size $size \
			--volume-type io2 --iops $iops
		if [ -s "$TMPDIR/modify" ]; then
			read -r call number <&3 || break
			killed "$call" "$number" "$@"
		else
			points "$points" "$@" >"$TMPDIR/modify"
			call=none number=0
			exec 3<"$TMPDIR/modify"
		fi
	do
		where="modify, $what, $call $number"
		sound "$where"
		now=$(sql "SELECT size || ' ' || iops FROM volume
			WHERE id = '$vol'")
		bytes=$(qemu-img info -U --output=json \
			"$QAMI_STORE/layers/$layer" | get virtual-size)
		[ "${now% *}" = $((bytes >> 30)) ] ||
			wrong "$where: $now GiB, and the file has $bytes"
		[ "$now" = "$size $iops" ] || "$@" >/dev/null ||
			wrong "$where: again"
		[ "$(sql "SELECT size FROM volume WHERE id = '$vol'")" = $size ] ||
			wrong "$where: it is not $size GiB"
		[ $what = idle ] || tests/qmp "$i" query-block |
			grep "$layer" | grep -q "\"iops\": $iops," ||
			wrong "$where: QEMU has other limits"
	done
	exec 3<&-
done

set -- --volume-id "$vol" --instance-id "$i" --device /dev/sdf
qami attach-volume "$@" >/dev/null
points "$points" qami detach-volume --volume-id "$vol" >"$TMPDIR/detach"
settled detach
while read -r call number; do
	[ "$(row)" = attached ] || qami attach-volume "$@" >/dev/null ||
		wrong "before detach $call $number"
	killed "$call" "$number" qami detach-volume --volume-id "$vol"
	settled "detach $call $number"
	sound "detach $call $number"
	away "detach $call $number: again"
done <"$TMPDIR/detach"

# a machine that ends in the middle of either leaves nothing on its way
for what in attach-volume detach-volume; do
	case $what in
	attach*) qami attach-volume "$@" >/dev/null & ;;
	*)
		qami attach-volume "$@" >/dev/null
		qami detach-volume --volume-id "$vol" >/dev/null &
		;;
	esac
	sleep 0.3
	qami stop-instances --force --instance-ids "$i" >/dev/null
	wait $! || :
	case $(row) in
	attached | available) ;;
	*) wrong "$what and a stop: $(row)" ;;
	esac
	[ "$(row)" != attached ] ||
		qami detach-volume --volume-id "$vol" >/dev/null
	qami start-instances --instance-ids "$i" >/dev/null
	sound "$what and a stop"
	agree "$what and a stop"
done
qami attach-volume "$@" >/dev/null 2>&1 &
sleep 0.1
qami rm "$i"
wait $! || :
[ "$(row)" = available ] || wrong "attach and a termination: $(row)"
qami delete-volume --volume-id "$vol"
sound "at the end"
crash_report
