#!/bin/sh
# system-user - the user-mode network under the system's libvirtd, whose QEMU is
# another user: its connection is taken for the machine's
# (the machine runs, but nothing boots in it: no need to be alone)
. tests/lib.sh
. tests/system.sh
system_here "$0"
trap end_guests EXIT
trap 'exit 130' INT TERM

i=$(launch "$(image alpha)" --instance-type t2.nano)
same user "$(sql 'SELECT network FROM instance')"
same qemu:///system "$(sql 'SELECT uri FROM instance')"
same '22 ' "$(ports "$i")"

# both ends of the card's connection, and no door for a second one
ss -Htnp state established >"$TMPDIR/ends"
has '"qami-net"' "$TMPDIR/ends"
has '"qemu-system' "$TMPDIR/ends"
pid=$(sql 'SELECT pid FROM instance')
[ "$(stat -c %U "/proc/$pid")" != root ]
port=$(sed -n '/"qami-net"/ { s/^[^:]*:\([0-9]*\) .*/\1/p; q }' "$TMPDIR/ends")
same '' "$(ss -Hltn "sport = :$port")"
tests/audit --jobs

# it goes with the machine
qami terminate-instances --instance-ids "$i" >/dev/null
ss -Htnap >"$TMPDIR/ends"
same 0 "$(grep -c qami-net "$TMPDIR/ends")"
tests/audit --jobs
