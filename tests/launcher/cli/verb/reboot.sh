#!/bin/sh
# reboot - returns at once; RebootInstances' test sees the guest come back
# (machines run, but nothing boots in them: no need to be alone)
. tests/lib.sh

guests_here
image alpha >/dev/null
a=$(qami run alpha --name one -t t2.nano)
fails InvalidInstanceID.NotFound qami reboot one nobody
hidden "$a" reboot "$a"
same '' "$(qami reboot one)"
same running "$(state "$a")"
b=$(qami run alpha --name two -t t2.nano)
qami stop --force two
fails IncorrectInstanceState qami reboot two
