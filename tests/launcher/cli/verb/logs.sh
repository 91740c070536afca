#!/bin/sh
# logs - the whole console, and what comes
# boots guests
. tests/lib.sh

guests_here
ami=$(qami import "$(tests/guest/build tiny)" --name tiny)
i=$(qami run tiny --name web1 -t t2.nano)
qami logs -f web1 >"$TMPDIR/follow" &
follower=$!
seen 60 'qami-guest: ready' "$TMPDIR/follow"
qami logs "${i%????}" | grep -q 'Linux version'
kill -0 "$follower"
qami rm web1
wait "$follower"
# its log outlives the machine, by its id
qami logs "$i" >"$TMPDIR/log"
cmp "$TMPDIR/log" "$TMPDIR/follow"
fails InvalidInstanceID.NotFound qami logs web1
fails InvalidInstanceID.NotFound qami logs i-0fedcba9876543210
hidden "$i" logs "$i"
