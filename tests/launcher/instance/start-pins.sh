#!/bin/sh
# A start waits while somebody takes layers out of chains: the files that it
# tells libvirt of are those that are there when QEMU opens them.
. tests/lib.sh

guests_here
a=$(launch "$(image alpha)" --instance-type t2.nano)
qami stop-instances --force --instance-ids "$a" >/dev/null
reaches 20 "$a" stopped

# the byte of run/turns that images/turn.c locks for it, held for 3 seconds
python3 - "$QAMI_STORE/run/turns" "$TMPDIR/held" <<'END' &
import fcntl
import struct
import sys
import time

F_OFD_SETLK = 37
with open(sys.argv[1], "r+") as turns:
    fcntl.fcntl(turns, F_OFD_SETLK,
                struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 2**62, 1, 0))
    open(sys.argv[2], "w").close()
    time.sleep(3)
END
holder=$!
while [ ! -e "$TMPDIR/held" ]; do sleep 0.05; done
qami start-instances --instance-ids "$a" >/dev/null &
starter=$!
sleep 1.5
same pending "$(state "$a")"
wait $holder $starter
same running "$(state "$a")"
