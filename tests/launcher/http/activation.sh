#!/bin/sh
# activation - sockets that are handed over are taken, and whoever started the
# server is told when it is ready and when it stops
. tests/lib.sh

python3 - <<'END'
import os
import signal
import socket
import subprocess
import urllib.request

tmp, store = os.environ["TMPDIR"], os.environ["QAMI_STORE"]


def ask(family, address):
    peer = socket.socket(family)
    peer.settimeout(60)
    peer.connect(address)
    peer.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
    data = b""
    while more := peer.recv(65536):
        data += more
    assert data.startswith(b"HTTP/1.1 200 ") and \
        data.endswith(b"\r\n\r\nok\n"), data


def tcp(host, family=socket.AF_INET):
    made = socket.socket(family)
    made.bind((host, 0))
    made.listen()
    return made


def unix():
    made = socket.socket(socket.AF_UNIX)
    made.bind(tmp + "/given.sock")
    made.listen()
    return made


def start(sockets, notify, *more):
    """as systemd does: the sockets from 3 on, for the program's own pid"""
    def place():
        for i, given in enumerate(sockets):
            os.dup2(given.fileno(), 20 + i)
        for i in range(len(sockets)):
            os.dup2(20 + i, 3 + i)
            os.close(20 + i)
    return subprocess.Popen(
        ["sh", "-c", "LISTEN_PID=$$ exec qami serve \"$@\"", "serve", *more],
        env=dict(os.environ, LISTEN_FDS=str(len(sockets)),
                 NOTIFY_SOCKET=notify),
        close_fds=False, preexec_fn=place, stdout=subprocess.PIPE)


def cycle(sockets, notify, *more):
    heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    heard.bind(notify.replace("@", "\0"))
    heard.settimeout(60)
    server = start(sockets, notify, *more)
    assert heard.recv(100) == b"READY=1"
    lines = [server.stdout.readline().decode().strip()]
    while not lines[-1].endswith("qami.sock"):
        lines.append(server.stdout.readline().decode().strip())
    for given in sockets:
        ask(given.family, given.getsockname())
    if not any(given.family == socket.AF_UNIX for given in sockets):
        ask(socket.AF_UNIX, store + "/run/qami.sock")
    urls = [line[3:] for line in lines if line.startswith("at http")]
    for url in urls:
        with urllib.request.urlopen(url + "/healthz") as got:
            assert got.read() == b"ok\n"
    server.send_signal(signal.SIGINT)
    assert heard.recv(100) == b"STOPPING=1"
    assert server.wait(60) == 0
    return urls


# both kinds; the address that is asked for is not wanted then
both = [tcp("127.0.0.1"), unix()]
assert cycle(both, tmp + "/notify", "--listen", "127.0.0.1:1") == \
    ["http://127.0.0.1:%d" % both[0].getsockname()[1]]
# what was handed over is not ours to remove, and somebody may come again
assert os.path.exists(tmp + "/given.sock")
assert not os.path.exists(store + "/run/qami.sock")
cycle(both, "@qami-notify-%d" % os.getpid())
# one of either: the other is made
assert len(cycle(both[1:], tmp + "/notify2", "--listen", "127.0.0.1:0")) == 1
assert len(cycle([tcp("127.0.0.1"), tcp("127.0.0.2")], tmp + "/notify3")) == 2
# what is handed over for another process is not ours
server = subprocess.run(
    ["qami", "serve", "--listen", "nowhere:1"], timeout=60,
    env=dict(os.environ, LISTEN_FDS="1", LISTEN_PID="1"),
    stderr=subprocess.PIPE)
assert server.returncode and b"cannot listen at nowhere:1" in server.stderr
END

# what does not listen is no socket to serve at
fails InvalidParameterValue timeout 60 \
	sh -c 'LISTEN_FDS=1 LISTEN_PID=$$ exec qami serve 3</dev/null'
has 'descriptor 3 does not listen' "$TMPDIR/err"
