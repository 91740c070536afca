#!/bin/sh
# start - by name, several at once
# (machines run, but nothing boots in them: no need to be alone)
. tests/lib.sh
. tests/bundle.sh

guests_here
image alpha >/dev/null
a=$(qami run alpha --name one -t t2.nano)
b=$(qami run alpha --name two -t c3.large)
qami stop --force one two
fails InvalidInstanceID.NotFound qami start one nobody
hidden "$a" start "$a"
without_memory InsufficientInstanceCapacity qami start two
same 'stopped stopped' "$(state "$a") $(state "$b")"
same '' "$(qami start one two)"
same 'running running' "$(state "$a") $(state "$b")"
qami start one
qami rm one
fails IncorrectInstanceState qami start "$a"

# nor can what has no root volume
i=$(launch "$(store_image store)")
fails UnsupportedOperation qami start "$i"
