# turns.sh - what the tests of turns share: taking one as another process would;
# read after tests/lib.sh

# there FILE - waits until it is
there()
{
	until [ -e "$1" ]; do sleep 0.05; done
}

# hold BYTE - takes that byte of run/turns, as images/turn.c does, until give();
# $TMPDIR/wanted is there when somebody waits for it
hold()
{
	rm -f "$TMPDIR/held" "$TMPDIR/wanted" "$TMPDIR/let"
	python3 - "$QAMI_STORE/run/turns" "$1" "$TMPDIR" <<'END' &
import fcntl
import os
import struct
import sys
import time

F_OFD_GETLK, F_OFD_SETLK = 36, 37
path, byte, notes = sys.argv[1], int(sys.argv[2]), sys.argv[3]


def lock(command, at):
    got = fcntl.fcntl(turns, command,
                      struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, at, 1, 0))
    return struct.unpack("hhqqi4x", got)[0]


def note(name):
    open(os.path.join(notes, name), "w").close()


with open(path, "r+") as turns:
    lock(F_OFD_SETLK, byte)
    note("held")
    while not os.path.exists(os.path.join(notes, "let")):
        if lock(F_OFD_GETLK, byte | 1 << 61) != fcntl.F_UNLCK:
            note("wanted")
        time.sleep(0.02)
END
	holder=$!
	there "$TMPDIR/held"
}

# give - lets go of it
give()
{
	: >"$TMPDIR/let"
	wait $holder
}

# turn_of ID - the byte of a volume's turn, or an instance's
turn_of()
{
	local digits=${1#*-}

	echo $((0x${digits%??}))
}

# the byte that is pinned while a chain's files are opened
PINS=$((1 << 62))
