#!/bin/sh
# terminal - what changes when somebody watches, and what never does
set -eu
. tests/lib.sh

# on COLUMNS COMMAND… - runs on a terminal that wide and prints what it shows
on()
{
	python3 - "$@" <<'END'
import fcntl, os, pty, struct, sys, termios
pid, fd = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ,
                struct.pack('HHHH', 24, int(sys.argv[1]), 0, 0))
    os.execvp(sys.argv[2], sys.argv[2:])
data = b''
while True:
    try:
        got = os.read(fd, 65536)
    except OSError:
        break
    if not got:
        break
    data += got
os.waitpid(pid, 0)
sys.stdout.write(data.decode().replace('\r\n', '\n'))
END
}

# JSON is the same everywhere; a table on a terminal has colours
qami describe-regions >"$TMPDIR/json"
on 80 qami describe-regions | cmp - "$TMPDIR/json"
on 80 qami --color off describe-regions --output table >"$TMPDIR/plain"
qami describe-regions --output table | cmp - "$TMPDIR/plain"
on 80 qami describe-regions --output table >"$TMPDIR/coloured"
sed 's/\x1b\[[0-9]*m//g' "$TMPDIR/coloured" | cmp - "$TMPDIR/plain"
if cmp -s "$TMPDIR/coloured" "$TMPDIR/plain"; then
	echo "a terminal gets no colours" >&2
	exit 1
fi
on 80 env NO_COLOR=1 qami describe-regions --output table |
	cmp - "$TMPDIR/plain"

# one that does not know its width is as wide as a file
on 0 qami --no-color describe-regions --output table | cmp - "$TMPDIR/plain"

# a narrow one turns rows upright, as 80 columns turn wide ones
on 40 qami --no-color describe-regions --output table >"$TMPDIR/narrow"
has "RegionName" "$TMPDIR/narrow"
same 3 "$(grep -c '||  [A-Z]' "$TMPDIR/narrow")"
