#!/bin/sh
# fsck - a sound store is silent, what is wrong is a line and the exit code, and
# a deep check goes on where the last one stopped
. tests/lib.sh
. tests/snapshot.sh

# faulty TEXT [OPTION…] - fsck exits with 1 and says so
faulty()
{
	text=$1
	shift
	code=0
	qami fsck "$@" >"$TMPDIR/out" || code=$?
	same 1 $code
	has "$text" "$TMPDIR/out"
}

v=$(volume --size 1)
put "$v" 7 1
put "$v" 8 600
one=$(snap "$v")
put "$v" 9 1
two=$(snap "$v")
qami gc
settled
same '3 layers looked at, 0 faults' "$(qami fsck)"
same '3 layers looked at, 0 faults' "$(qami fsck --deep)"

chmod 644 "$(of snapshot "$one")"
faulty 'its mode is 0644, not 0400'
qami fsck --repair | grep -qF '0400 (repaired)'
qami fsck

echo stray >"$QAMI_STORE/layers/stray"
faulty 'stray: no row names this file'
qami fsck --repair | grep -qF 'moved to lost+found (repaired)'
same stray "$(cat "$QAMI_STORE/lost+found/stray")"
settled

# spoil BYTE - changes content behind everybody's back
spoil()
{
	chmod 600 "$(of snapshot "$one")"
	qemu-io -f qcow2 -c "write -P $1 600M 4k" "$(of snapshot "$one")" \
		>/dev/null
	chmod 400 "$(of snapshot "$one")"
}

# it is found, and named
spoil 66
qami fsck
faulty 'its content is not what it was, from block 1200 on' --deep
has "$(basename "$(of snapshot "$one")"): " "$TMPDIR/out"
spoil 8
qami fsck --deep --max-duration 60 | grep -qF '0 faults'
fails InvalidParameterCombination qami fsck --max-duration 5

# a registry that disagrees with its files
sql "UPDATE layer SET parent = NULL WHERE name =
	'$(basename "$(of snapshot "$two")")'"
faulty 'its row on -'
sql "UPDATE layer SET parent = '$(basename "$(of snapshot "$one")")' WHERE
	name = '$(basename "$(of snapshot "$two")")'"
mv "$(of snapshot "$one")" "$TMPDIR/away"
faulty 'its file is missing'
mv "$TMPDIR/away" "$(of snapshot "$one")"
qami fsck

# the archive: objects that are missing, cut short or altered, files that nobody
# knows, and rows that do not fit
. tests/stored.sh
. tests/tier.sh
snap=$(snapshot_with a)
archive "$snap"
object=$(object_of "$snap")
qami fsck --deep >"$TMPDIR/out"
cp "$object" "$TMPDIR/object"
# finds_fault TEXT OPTION… - fsck finds one that it describes so
finds_fault()
{
	local text

	text=$1
	shift
	! qami fsck "$@" >"$TMPDIR/out" || return 1
	has "$text" "$TMPDIR/out"
	cp "$TMPDIR/object" "$object"
}
rm "$object"
finds_fault 'it is not in the archive'
truncate -s -1 "$object"
finds_fault 'bytes, not'
printf x | dd of="$object" bs=1 seek=170 conv=notrunc status=none
qami fsck >"$TMPDIR/out"
finds_fault 'the object' --deep
sql "UPDATE snapshot SET tier = 'standard' WHERE id = '$snap'"
finds_fault "$snap: it has no layer"
sql "UPDATE snapshot SET tier = 'archive' WHERE id = '$snap'"
sql "UPDATE snapshot_tier SET object = NULL"
finds_fault 'no snapshot is in it'
has "$snap: it is archived, and in no object" "$TMPDIR/out"
sql "UPDATE snapshot_tier SET object = (SELECT id FROM archive_object)"
qami fsck --deep >"$TMPDIR/out"

# a stray goes with gc when it is old, and to lost+found at once
touch "$QAMI_STORE/archive/arc-00000000000000001.archive.draft"
qami gc >"$TMPDIR/out"
finds_fault 'no row names this file of the archive'
qami fsck --repair >"$TMPDIR/out"
[ -e "$QAMI_STORE/lost+found/arc-00000000000000001.archive.draft" ]
touch "$QAMI_STORE/archive/arc-00000000000000002.archive"
QAMI_GARBAGE_AGE=0 qami gc >"$TMPDIR/out"
same "$(basename "$object")" "$(ls "$QAMI_STORE/archive")"
