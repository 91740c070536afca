#!/bin/sh
# system-encrypted - encrypted volumes under the system's libvirtd, which has
# their keys for no longer than a call takes
# (the machine runs, but nothing boots in it: no need to be alone)
. tests/lib.sh
. tests/snapshot.sh
. tests/system.sh
system_here "$0"
trap end_guests EXIT
trap 'exit 130' INT TERM

# forgotten - libvirt knows no secret, and nothing of the keys is in its files
forgotten()
{
	same '' "$(virsh -q -c qemu:///system secret-list)"
	same '' "$(ls /etc/libvirt/secrets)"
}
ami=$(image alpha)
qami enable-ebs-encryption-by-default >"$TMPDIR/out"
i=$(launch "$ami" --instance-type t3.nano)
same qemu:///system "$(sql 'SELECT uri FROM instance')"
forgotten
root=$(sql 'SELECT id FROM volume')
snap "$root" >"$TMPDIR/out"
forgotten
data=$(volume --size 1)
qami attach-volume --volume-id "$data" --instance-id "$i" --device /dev/sdf \
	>"$TMPDIR/out"
qami modify-volume --volume-id "$data" --size 2 >"$TMPDIR/out"
qami create-snapshots --instance-specification "InstanceId=$i" \
	--query 'Snapshots[].Encrypted' --output text >"$TMPDIR/out"
same 'True	True' "$(cat "$TMPDIR/out")"
forgotten
settled
qami terminate-instances --instance-ids "$i" >"$TMPDIR/out"
qami fsck
tests/audit --jobs
