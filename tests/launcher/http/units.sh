#!/bin/sh
# units - systemd finds nothing wrong with the endpoint's
. tests/lib.sh

command -v systemd-analyze >/dev/null || skip "no systemd-analyze (systemd)"

# verify KIND - what systemd says about the units of a kind, which may be much
# about others of the host
verify()
{
	XDG_RUNTIME_DIR=$TMPDIR SYSTEMD_UNIT_PATH=$TMPDIR/$1: \
		systemd-analyze "--$1" --man=no verify "$TMPDIR/$1"/qami.* \
		2>"$TMPDIR/err" || { cat "$TMPDIR/err" >&2; return 1; }
	grep qami "$TMPDIR/err" || :
}

for kind in system user; do
	mkdir "$TMPDIR/$kind"
	for unit in qami.service qami.socket; do
		sed "s|@BIN@|$QAMI_BUILD|" "launcher/http/systemd/$kind/$unit" \
			>"$TMPDIR/$kind/$unit"
	done
	same '' "$(verify $kind)"
	echo 'Nonsense=1' >>"$TMPDIR/$kind/qami.socket"
	verify $kind | grep -q Nonsense
done
