#!/bin/sh
# stop - waits until the guest has powered off; start brings it back
# boots guests
. tests/lib.sh
. tests/bundle.sh

guests_here
qami import "$(tests/guest/build tiny)" --name tiny >/dev/null
image blank >/dev/null
i=$(qami run tiny --name web1 -t t2.nano --wait)
hidden "$i" stop "$i"
fails InvalidInstanceID.NotFound qami stop web1 nobody
same running "$(state "$i")"
same '' "$(qami stop web1)"
same stopped "$(state "$i")"
qami stop web1
qami start web1
same running "$(state "$i")"

# forced, and not waited for
j=$(qami run blank --name deaf -t t2.nano)
qami stop --no-wait deaf
same stopping "$(state "$j")"
qami stop -f deaf "${i%???}"
same 'stopped stopped' "$(state "$j") $(state "$i")"
qami start deaf
qami modify-instance-attribute --instance-id "$j" --disable-api-stop
fails OperationNotPermitted qami stop -f deaf
qami rm web1
fails IncorrectInstanceState qami stop "$i"

# what has no root volume cannot be stopped
i=$(launch "$(store_image store)")
fails UnsupportedOperation qami stop "$i"
