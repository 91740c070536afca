#!/bin/sh
# boots guests
# A snapshot that comes while the chain of a running guest's disk is shortened
# does not wait for the end of that: the copy is given up, nothing is lost, and
# it is made up for afterwards.
. tests/lib.sh
. tests/snapshot.sh

guests_here
i=$(launch "$(qami import "$(tests/guest/build tiny)" --name tiny)" \
	--instance-type t2.nano)
says 180 "$i" 'qami-guest: ready'

# Nine that could be taken out, and among them what takes long to be copied: it
# has to be unpacked.
v=$(volume --size 2)
snap "$v" >/dev/null
patient qemu-io -f qcow2 -c 'write -c -P 7 0 1G' "$(of volume "$v")"
for shot in 1 2 3 4 5 6 7 8 9; do
	last=$(snap "$v" --description "shot $shot")
done
settled

# chain - how many layers QEMU has open for it, and for the root
chain()
{
	pid=$(sql "SELECT pid FROM instance WHERE id = '$i'")
	ls -l "/proc/$pid/fd" | grep -c "$QAMI_STORE/layers/"
}

qami attach-volume --volume-id "$v" --instance-id "$i" --device /dev/sdf
before=$(chain)
[ "$before" -ge 12 ]
snap "$v" >/dev/null
until [ "$(sql "SELECT count(*) FROM op WHERE kind = 'tend' AND
	state = 'fired' AND payload LIKE '%live%'")" = 1 ]; do
	sleep 0.02
done
pushed=$(snap "$v")
echo "$before files, then $(chain)"
[ "$(chain)" -eq $((before + 2)) ]
settled
[ "$(chain)" -le 6 ]
for shot in "$last" "$pushed"; do
	is "$(of snapshot "$shot")" 7 0
	is "$(of snapshot "$shot")" 7 1023
done
qami fsck
qami stop -f "$i"
look "$v" 7 0
look "$v" 7 1023
qami gc
qami fsck --deep
