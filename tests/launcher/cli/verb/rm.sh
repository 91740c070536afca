#!/bin/sh
# rm - ends instances by name, id or the beginning of an id
# (machines run, but nothing boots in them: no need to be alone)
. tests/lib.sh

guests_here
image alpha >/dev/null
a=$(qami run alpha --name one -t t2.nano)
b=$(qami run alpha --name two -t t2.nano)
c=$(qami run alpha --name two -t t2.nano)
hidden "$a" rm "$a"
fails InvalidInstanceID.NotFound qami rm one nobody
# two are called so
fails InvalidParameterValue qami rm two
same 3 "$(qami ps -q | wc -l)"
qami modify-instance-attribute --instance-id "$a" --disable-api-termination
fails OperationNotPermitted qami rm "$b" one
same 3 "$(qami ps -q | wc -l)"
qami modify-instance-attribute --instance-id "$a" --no-disable-api-termination
same '' "$(qami rm one "${b%???}" "$c")"
same '' "$(qami ps -q)"
same '[]' "$(qami describe-volumes --query Volumes)"
# once more is no error, but the names are gone
qami rm "$a"
fails InvalidInstanceID.NotFound qami rm one
