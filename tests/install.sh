#!/bin/sh
# takes long
# install - what make install lays down works from there: the program, the
# modules that it loads, the manual
. tests/lib.sh

! sanitized || set -- SAN=1
unset MAKEFLAGS MFLAGS MAKELEVEL
make -s install DESTDIR="$TMPDIR/root" PREFIX=/usr "$@" >"$TMPDIR/out"
usr=$TMPDIR/root/usr
same "755 644" "$(stat -c %a "$usr/bin/qami") $(stat -c %a \
	"$usr/lib/qami/qami-domain.so")"
QAMI_CONNECT=embed
PATH=$usr/bin:$PATH
export QAMI_CONNECT PATH
same "$usr/bin/qami" "$(command -v qami)"

# a module is found beside the program, whatever the directory and a link
mkdir "$TMPDIR/else"
ln -s "$usr/bin/qami" "$TMPDIR/else/q"
(cd "$TMPDIR/else" && ./q doctor >"$TMPDIR/doctor") || :
grep -q '^ok *libvirt: ' "$TMPDIR/doctor"
grep -qF "ok    network: $(realpath "$usr")/" "$TMPDIR/doctor"
mv "$usr/lib/qami/qami-domain.so" "$TMPDIR/away.so"
ami=$(image alpha)
fails UnsupportedOperation qami run "$ami"
mv "$TMPDIR/away.so" "$usr/lib/qami/qami-domain.so"
mv "$usr/lib/qami/qami-net" "$TMPDIR/away"
(cd "$TMPDIR/else" && ./q doctor >"$TMPDIR/doctor") || :
grep -q '^FAIL  network: the program qami-net is not installed' "$TMPDIR/doctor"
mv "$TMPDIR/away" "$usr/lib/qami/qami-net"

# the tools are links to the program, and one of their own for guests
same "qami" "$(ec2-bundle-image --version | cut -d" " -f1)"
for tool in "$usr"/bin/ec2-*; do
	same qami "$(readlink "$tool")"
	"$tool" --help | head -n 1 | grep -q "^$(basename "$tool") - "
done
same "755 755" "$(stat -c %a "$usr/lib/qami/ec2-bundle" \
	"$usr/lib/qami/qami-net" | xargs)"

# the manual has a page for each verb, which roff finds nothing wrong with
manual=$usr/share/man
same "$(qami pod --list | sed '/^ec2-/!s/^/qami-/; s/$/.1/; $aqami.1' | LC_ALL=C sort)" \
	"$(ls "$manual/man1" | LC_ALL=C sort)"
# all at once: man starts seven programs for each
groff -K utf8 -t -man -Tutf8 -ww -rLL=80n -P -cbou "$manual"/man1/*.1 \
	>"$TMPDIR/pages" 2>"$TMPDIR/err"
same "" "$(cat "$TMPDIR/err")"
for page in "$manual"/man1/*.1; do
	has " $(basename "$page" .1) - " "$TMPDIR/pages"
done

# the endpoint's units start what was installed
for kind in system user; do
	same "ExecStart=/usr/bin/qami serve" \
		"$(grep ^ExecStart= "$usr/lib/systemd/$kind/qami.service")"
	[ -e "$usr/lib/systemd/$kind/qami.socket" ]
done
