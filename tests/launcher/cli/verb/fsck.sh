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
