#!/bin/sh
# console - typing to a machine
# boots guests
. tests/lib.sh

guests_here
qami import "$(tests/guest/build tiny)" --name tiny >/dev/null
i=$(qami run tiny --name web1 -t t2.nano --wait)
cat >"$TMPDIR/type.py" <<'PYTHON'
import os, pty, select, sys, time
pid, fd = pty.fork()
if pid == 0:
    os.execvp("qami", ["qami", "console", "web1"])
end, seen, again = time.time() + 240, b"", time.time() + 2
while time.time() < end:
    if select.select([fd], [], [], 0.5)[0]:
        try:
            seen += os.read(fd, 4096)
        except OSError:
            break
    if b"the sum is 42" in seen:
        os.write(fd, b"\x1d")
    elif b"#" in seen and again > 0 or time.time() > again > 0:
        os.write(fd, b"\necho the sum is $((40 + 2))\n")
        again = 0
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
sys.stderr.write(repr(seen[-400:]))
sys.exit(status or b"the sum is 42" not in seen)
PYTHON
# somebody who reads along does not get in the way
qami logs -f web1 >"$TMPDIR/follow" &
follower=$!
timeout 300 python3 "$TMPDIR/type.py"
seen 60 'the sum is 42' "$TMPDIR/follow"
kill "$follower"

# it ends with its machine, also where the guest powered itself off
echo poweroff | timeout 300 qami console web1 >"$TMPDIR/console"
has 'going down (poweroff)' "$TMPDIR/console"
qami start web1

hidden "$i" console "$i"
fails InvalidInstanceID.NotFound qami console nobody
qami stop --force web1
fails IncorrectInstanceState qami console web1

# it is the store's owner's, whoever else may have a machine in it
if [ "$(id -u)" = 0 ]; then
	cp "$QAMI_BUILD/qami" "$TMPDIR/qami"
	fails OperationNotPermitted setpriv --reuid 65534 --regid 65534 \
		--clear-groups "$TMPDIR/qami" console "$i"
fi
