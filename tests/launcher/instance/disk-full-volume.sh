#!/bin/sh
# boots guests
# takes long
# Volumes and uploaded snapshots on a full disk: at every fill level each
# operation does all that it says, or says that the disk is full and has done
# nothing; what was there is what it was, and with room the same operation
# succeeds.
. tests/lib.sh
. tests/ebs.sh
. tests/snapshot.sh
. tests/crash.sh
crash_mount 96M

qami import "$(tests/guest/build tiny)" --name tiny >/dev/null
head -c 524288 /dev/urandom >"$TMPDIR/a"
i=$(qami run tiny --name one -t t2.nano)
says 180 "$i" 'qami-guest: ready'
qami run tiny --name two -t t2.nano >/dev/null
qami stop -f two
idle=$(sql "SELECT id FROM instance WHERE id <> '$i'")

# put_block SNAPSHOT BLOCK - fills one of an upload
put_block()
{
	qami ebs put-snapshot-block --snapshot-id "$1" --block-index "$2" \
		--block-data "fileb://$TMPDIR/a" --data-length 524288 \
		--checksum "$(sum "$TMPDIR/a")" --checksum-algorithm SHA256
}
snap=$(begin)
put_block "$snap" 0 >/dev/null
complete "$snap" 1 >/dev/null

# What is done, its undoing, and what the store says before and after it. A
# volume is made anew for each, by whose number is in $vol; $1 is the level.
made=$(volume --size 1)
file()
{
	qemu-img info -U --output=json "$(of volume "$1")" | get virtual-size
}
plugged()
{
	tests/qmp "$i" query-block | grep -c "$(basename "$(of volume "$1")")" ||
		:
}
row()
{
	sql "SELECT coalesce((SELECT state || ' ' || instance FROM attachment
		WHERE volume = '$1'), state) FROM volume WHERE id = '$1'"
}

create() { volume --size 3 --tag-specifications \
	'ResourceType=volume,Tags=[{Key=a,Value=b}]'; }
create_fact() { sql 'SELECT count(*) FROM volume WHERE size = 3'; }
create_undo() { qami delete-volume --volume-id \
	"$(sql 'SELECT id FROM volume WHERE size = 3')"; }

restore() { volume --size 5 --snapshot-id "$snap"; }
restore_fact() { sql 'SELECT count(*) FROM volume WHERE size = 5'; }
restore_undo() { qami delete-volume --volume-id \
	"$(sql 'SELECT id FROM volume WHERE size = 5')"; }

delete() { qami delete-volume --volume-id "$made"; }
delete_fact() { sql "SELECT count(*) FROM volume WHERE id = '$made'"; }
delete_undo() { made=$(volume --size 1); }

attach() { qami attach-volume --volume-id "$made" --instance-id "$i" \
	--device sdf; }
attach_fact() { echo "$(row "$made") $(plugged "$made")"; }
attach_undo() { qami detach-volume --volume-id "$made" && gone; }

note() { qami attach-volume --volume-id "$made" --instance-id "$idle" \
	--device sdf; }
note_fact() { row "$made"; }
note_undo() { qami detach-volume --volume-id "$made"; }

detach() { qami detach-volume --volume-id "$made" && gone; }
detach_before() { qami attach-volume --volume-id "$made" --instance-id "$i" \
	--device sdf; }
detach_fact() { attach_fact; }
detach_undo() { :; }

size=7
grow() { qami modify-volume --volume-id "$made" --size $size \
	--volume-type io2 --iops $((3000 + size)); }
grow_fact() { echo "$(sql "SELECT size << 30, iops FROM volume
	WHERE id = '$made'") $(file "$made")"; }
grow_undo() { size=$((size + 1)); sql 'DELETE FROM modification'; }

grow_live() { grow; }
grow_live_before() { detach_before; }
grow_live_fact() { grow_fact; tests/qmp "$i" query-block |
	grep "$(basename "$(of volume "$made")")" | grep -o '"iops": [0-9]*,'; }
grow_live_undo() { grow_undo; attach_undo; }

start() { begin --volume-size 9; }
start_fact() { sql 'SELECT count(*) FROM snapshot WHERE size = 9'; }
start_undo() { away "$(sql 'SELECT id FROM snapshot WHERE size = 9')" 0; }

fill() { put_block "$open" 3; }
fill_before() { open=$(begin); put_block "$open" 2; }
fill_fact() { sql "SELECT block FROM snapshot_block WHERE snapshot = '$open'
	ORDER BY 1"; }
fill_undo() { away "$open" 2; }

complete_it() { complete "$open" 1; }
complete_it_before() { fill_before; }
complete_it_fact() { sql "SELECT state FROM snapshot WHERE id = '$open'"; }
complete_it_undo() { qami delete-snapshot --snapshot-id "$open"; }

# away UPLOAD COUNT - one that is under way cannot be deleted at once
away()
{
	complete "$1" "$2" && qami delete-snapshot --snapshot-id "$1"
}

# gone - the guest has let go of the volume
gone()
{
	local tries

	tries=0
	while [ "$(row "$made")" != available ] && [ $tries -lt 600 ]; do
		tries=$((tries + 1))
		[ $((tries % 20)) != 0 ] || qami ps >/dev/null
		sleep 0.1
	done
}

# full OPERATION LEVEL - one of those above where so many bytes are left
full()
{
	local what before now done

	what="$1 at $2"
	rounds=$((rounds + 1))
	if command -v "$1_before" >/dev/null; then
		"$1_before" >"$TMPDIR/out" || wrong "$what: before"
	fi
	before=$("$1_fact")
	left "$2" $all
	done=yes
	"$1" >"$TMPDIR/out" 2>"$TMPDIR/err" || {
		done=
		refused="$refused $1"
		grep -qE "\($full\)" "$TMPDIR/err" ||
			wrong "$what: $(cat "$TMPDIR/err")"
	}
	rm -f "$mount/fill"
	sound "$what" --jobs
	now=$("$1_fact")
	if [ -z "$done" ]; then
		[ "$now" = "$before" ] ||
			wrong "$what: refused, but $before is $now"
		"$1" >"$TMPDIR/out" 2>"$TMPDIR/err" ||
			wrong "$what: with room: $(cat "$TMPDIR/err")"
		now=$("$1_fact")
	fi
	[ "$now" != "$before" ] || wrong "$what: still $now"
	"$1_undo" >"$TMPDIR/out" || wrong "$what: undoing it"
}

operations='create restore delete attach note detach grow grow_live start fill
complete_it'
# what EC2 and EBS direct call it
full='Insufficient(Volume|Instance)Capacity|ServiceQuotaExceededException'
refused=
for room in ${FILL_LEVELS:-0 8192 131072 524288 1048576}; do
	case $room in 0 | 8192) all=all ;; *) all= ;; esac
	for operation in $operations; do
		full "$operation" "$room"
	done
done
for operation in create restore attach note grow grow_live start fill
do
	case " $refused " in
	*" $operation "*) ;;
	*) wrong "$operation never found the disk full" ;;
	esac
done
[ "$(qami fsck --deep >"$TMPDIR/fsck"; echo $?)" = 0 ] ||
	wrong "$(cat "$TMPDIR/fsck")"
qami rm one two
sound "at the end" --jobs
echo "$rounds tries, $(echo $refused | wc -w) refused, $bad bad"
[ $bad -eq 0 ]
