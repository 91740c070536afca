#!/bin/sh
# boots guests
# A guest that writes small things all over its disk outlives that the chain
# below is shortened: QEMU 7.2 ends itself when it is to copy what is below into
# a cluster whose first part alone was written.
. tests/lib.sh
. tests/snapshot.sh

guests_here
i=$(launch "$(qami import "$(tests/guest/build tiny)" --name tiny)" \
	--instance-type t2.nano)
says 180 "$i" 'qami-guest: ready'

# deep enough to be shortened, and the first part of each cluster on top
v=$(volume --size 1)
for shot in 1 2 3 4 5 6 7 8 9 10 11; do
	patient qemu-io -f qcow2 -c "write -P $shot $((shot * 128))k 128k" \
		"$(of volume "$v")"
	snap "$v" --description "shot $shot" >/dev/null
done
settled
for shot in 1 2 3 4 5 6 7 8 9 10 11; do
	patient qemu-io -f qcow2 -c "write -P 99 $((shot * 128))k 4k" \
		"$(of volume "$v")"
done

# chain - how many layers QEMU has open for it, and for the root
chain()
{
	pid=$(sql "SELECT pid FROM instance WHERE id = '$i'")
	ls -l "/proc/$pid/fd" | grep -c "$QAMI_STORE/layers/"
}

# runs - its guest is there
runs()
{
	same running "$(qami describe-instances --output text --query \
		'Reservations[].Instances[].State.Name')"
	says 60 "$i" 'qami-guest: ready'
}

qami attach-volume --volume-id "$v" --instance-id "$i" --device /dev/sdf
deep=$(chain)
[ "$deep" -ge 12 ]
qami gc
runs
# what a snapshot puts on top can be copied into
last=$(snap "$v")
tests/qmp "$i" query-block >"$TMPDIR/block"
device=$(grep -o '"qdev": "[^"]*"' "$TMPDIR/block" | tail -n 1 | cut -d '"' -f 4)
for shot in 1 2 3 4 5 6 7 8 9 10 11; do
	tests/qmp "$i" human-monitor-command "{\"command-line\": \"qemu-io -d \
$device \\\"write -P 98 $((shot * 128))k 4k\\\"\"}" >/dev/null
done
settled
qami gc
runs
echo "$deep files, then $(chain)"
[ "$(chain)" -le 6 ]
qami stop -f "$i"

# seen OFFSET SIZE BYTE FILE
seen()
{
	patient qemu-io -r -f qcow2 -c "read -P $3 $1k $2k" "$4" &&
		! grep 'verification failed' "$TMPDIR/io"
}
for shot in 1 2 3 4 5 6 7 8 9 10 11; do
	seen $((shot * 128)) 4 98 "$(of volume "$v")"
	seen $((shot * 128 + 4)) 124 $shot "$(of volume "$v")"
	seen $((shot * 128)) 4 99 "$(of snapshot "$last")"
	seen $((shot * 128 + 4)) 124 $shot "$(of snapshot "$last")"
done
qami fsck --deep
