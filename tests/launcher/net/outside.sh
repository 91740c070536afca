#!/bin/sh
# outside - what a guest may begin, in a world of the test's own: a network
# namespace is its host, another one all that lies outside
. tests/lib.sh

[ -x "$QAMI_BUILD/tests/launcher/net/net" ] ||
	make -s "$QAMI_BUILD/tests/launcher/net/net"
set -- unshare -mn
[ "$(id -u)" -eq 0 ] || set -- unshare --map-current-user --keep-caps -mn
"$@" ip link add out0 type veth peer name far0 2>/dev/null ||
	skip "no network namespaces to be had"
mkdir -m 711 "$TMPDIR/i"
cp "$QAMI_BUILD/tests/launcher/net/net" "$TMPDIR/net"
ln -s "$QAMI_BUILD/qami-net" "$TMPDIR/qami-net"
exec "$@" python3 tests/launcher/net/outside.py
