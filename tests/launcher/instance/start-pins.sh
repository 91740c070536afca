#!/bin/sh
# A start waits while somebody takes layers out of chains: the files that it
# tells libvirt of are those that are there when QEMU opens them.
. tests/lib.sh
. tests/turns.sh

guests_here
a=$(launch "$(image alpha)" --instance-type t2.nano)
qami stop-instances --force --instance-ids "$a" >/dev/null
reaches 60 "$a" stopped

hold $PINS
qami start-instances --instance-ids "$a" >/dev/null &
starter=$!
there "$TMPDIR/wanted"
same pending "$(state "$a")"
give
wait $starter
same running "$(state "$a")"
