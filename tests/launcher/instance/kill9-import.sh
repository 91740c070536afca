#!/bin/sh
# takes long
# An import that is killed at any of its steps is finished or undone by the
# next command; a file that was to be moved is never lost; the same import then
# succeeds.
. tests/lib.sh
. tests/crash.sh
crash_setup
points=${KILL_POINTS:-8}

# a disk that is recognised again: 3 MiB with a hole in the middle
dd if=/dev/urandom of="$TMPDIR/disk.raw" bs=64k count=4 2>/dev/null
truncate -s 3M "$TMPDIR/disk.raw"
qemu-img convert -O qcow2 "$TMPDIR/disk.raw" "$TMPDIR/disk.qcow2"
sum=$(sha256sum <"$TMPDIR/disk.raw")
chmod 600 "$TMPDIR/disk.raw"
qami images

# holds IMAGE - the image is the disk
holds()
{
	layer=$(sql "SELECT snapshot.layer FROM
		image_mapping JOIN snapshot ON snapshot.id = snapshot
		WHERE image = '$1'")
	case $layer in
	*.raw) got=$(sha256sum <"$QAMI_STORE/layers/$layer") ;;
	*) got=$(qemu-img convert -O raw "$QAMI_STORE/layers/$layer" \
		"$TMPDIR/got" && sha256sum <"$TMPDIR/got") ;;
	esac
	[ "$got" = "$sum" ] || wrong "$2: image $1 is not the disk"
}

# gone IMAGE - removes it and its snapshot again
gone()
{
	qami rmi "$1" || wrong "rmi $1"
}

# sweep WHAT COMMAND… - `again` prepares the source before each round
sweep()
{
	what=$1
	shift
	again
	points "$points" "$@" >"$TMPDIR/points" || wrong "$what does not succeed"
	for image in $(qami images -q); do
		gone "$image"
	done
	while read -r call number; do
		again
		killed "$call" "$number" "$@"
		sound "$what $call $number"
		kept=$(qami images -q)
		[ -z "$kept" ] || holds "$kept" "$what $call $number"
		if [ "$what" = move ]; then
			if [ -e "$TMPDIR/moved.raw" ]; then
				cmp -s "$TMPDIR/moved.raw" "$TMPDIR/disk.raw" ||
					wrong "$call $number: the file changed"
			elif [ -z "$kept" ]; then
				wrong "$call $number: the moved file is lost"
			fi
		fi
		if [ -n "$kept" ]; then
			gone "$kept"
			[ "$what" != move ] || [ -e "$TMPDIR/moved.raw" ] ||
				again
		fi
		image=$("$@" 2>"$TMPDIR/err") ||
			wrong "$what $call $number: again: $(cat "$TMPDIR/err")"
		image=$(qami images -q)
		holds "$image" "$what $call $number: again"
		gone "$image"
	done <"$TMPDIR/points"
}

again()
{
	:
}
sweep raw qami import "$TMPDIR/disk.raw" --name disk
sweep qcow2 qami import "$TMPDIR/disk.qcow2" --name disk

again()
{
	rm -f "$TMPDIR/moved.raw"
	cp "$TMPDIR/disk.raw" "$TMPDIR/moved.raw"
}
sweep move qami import "$TMPDIR/moved.raw" --name disk --move

# at random moments
i=0
while [ $i -lt "${KILL_RANDOM:-4}" ]; do
	i=$((i + 1))
	again
	qami import "$TMPDIR/moved.raw" --name disk --move \
		>/dev/null 2>&1 &
	sleep "0.0$(printf %02d $((i * 2 % 50)))"
	kill -9 $! 2>/dev/null || :
	wait $! 2>/dev/null || :
	sound "move, random $i"
	kept=$(qami images -q)
	[ -n "$kept" ] || [ -e "$TMPDIR/moved.raw" ] || wrong "random $i: lost"
	[ -z "$kept" ] || gone "$kept"
done
crash_report
