#!/bin/sh
# make - on a host that lacks the libraries it says what to do, and installs
# them first where that was asked for
. tests/lib.sh

mkdir -p "$TMPDIR/tree/tests" "$TMPDIR/bin"
cp Makefile "$TMPDIR/tree"
cat >"$TMPDIR/bin/pkg-config" <<'END'
#!/bin/sh
test -e "$TMPDIR/installed"
END
printf '#!/bin/sh\ntouch "$TMPDIR/installed"\n' >"$TMPDIR/tree/tests/deps"
chmod +x "$TMPDIR/bin/pkg-config" "$TMPDIR/tree/tests/deps"
PATH=$TMPDIR/bin:$PATH
unset MAKEFLAGS MFLAGS MAKELEVEL
cd "$TMPDIR/tree"

status=0
make all 2>"$TMPDIR/err" || status=$?
same 2 "$status"
same "qami needs the library sqlite3: run 'make deps'" \
	"$(head -n 1 "$TMPDIR/err")"

# what installs them does not ask for them before
make deps >/dev/null 2>"$TMPDIR/err"
same "" "$(cat "$TMPDIR/err")"
rm "$TMPDIR/installed"
make deps build/packages.mk >/dev/null 2>"$TMPDIR/err"
same "" "$(cat "$TMPDIR/err")"
grep -q '^libs_main :=' build/packages.mk
