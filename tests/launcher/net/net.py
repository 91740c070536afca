# net.py - what a guest, its host and strangers can do with qami-net
import os
import shutil
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, "tests/launcher/net")
from guest import *  # noqa: E402,F403

WORK = os.environ["TMPDIR"]
HERE = WORK + "/i"
ALL = "-1/-1--1/0.0.0.0/0"

# the program is sought beside who starts it
shutil.copy(sys.argv[1], WORK + "/net")
os.symlink(os.path.abspath(os.environ["QAMI_BUILD"] + "/qami-net"),
           WORK + "/qami-net")
os.mkdir(HERE, 0o711)


def call(*args, **how):
    """What a call of the room prints, in words."""
    done = subprocess.run([WORK + "/net", *map(str, args)], timeout=60,
                          check=True, stdout=subprocess.PIPE, **how)
    return [int(word) for word in done.stdout.split()]


def start(*what):
    """A guest on a network, its process, and the forwards' ports."""
    port, pid, *ports = call("start", HERE, os.getuid(), *what)
    return Guest(port), pid, ports


def ended(pid, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with open("/proc/%d/stat" % pid) as stat:
                if stat.read().rsplit(")", 1)[1].split()[0] == "Z":
                    return True
        except OSError:
            return True
        time.sleep(0.05)
    return False


def status(pid):
    with open("/proc/%d/status" % pid) as text:
        return dict(line.rstrip("\n").split(":\t", 1) for line in text
                    if ":\t" in line)


service = subprocess.Popen([WORK + "/net", "listen", HERE, "python3", "-c", """
import socket
listener = socket.socket(fileno=0)
listener.setblocking(True)
while True:
    asker, _ = listener.accept()
    asker.sendall(b"told: " + asker.recv(1000))
    asker.close()
"""])


def wait_for_service():
    while not os.path.exists(HERE + "/metadata.sock"):
        time.sleep(0.05)


def test_neighbours(guest):
    gateway = b"\x52\x55" + socket.inet_aton(GATEWAY)
    for address in GATEWAY, RESOLVER, METADATA:
        assert guest.arp(address) == gateway
    assert guest.arp(GATEWAY, sender="0.0.0.0") == gateway
    for address in "172.31.5.77", "172.31.0.3", "172.31.0.9", "10.0.0.1":
        assert guest.arp(address, seconds=0.3) is None


def test_metadata(guest):
    for text in b"GET /one", b"GET /two":
        asked = guest.connect(METADATA, 80)
        asked.send(text)
        assert asked.receive() == b"told: " + text
        assert asked.ended and not asked.reset
    # where it lies for libslirp is nobody's business
    assert guest.connect("172.31.0.3", 80, 0.3) is None


def test_forward(guest, port):
    client = socket.create_connection(("127.0.0.1", port), 10)
    server = guest.accept(22)
    assert server.target == GATEWAY
    client.sendall(b"hello")
    assert server.receive(5) == b"hello"
    server.send(b"world")
    assert client.recv(100) == b"world"
    client.close()
    assert server.receive() == b"" and server.ended


def test_process(pid):
    about = status(pid)
    assert about["NoNewPrivs"] == "1" and about["Seccomp"] == "2"
    for kind in "CapPrm", "CapEff", "CapAmb":
        assert int(about[kind], 16) == 0
    users = set(about["Uid"].split() + about["Gid"].split())
    if os.getuid() == 0:
        assert len(users) == 1 and int(users.pop()) > 65533
        assert os.readlink("/proc/%d/root" % pid) == HERE


wait_for_service()
guest, pid, ports = start(22, ALL)
test_neighbours(guest)
test_metadata(guest)
test_forward(guest, ports[0])
test_process(pid)
guest.fd.close()
assert ended(pid)
service.kill()
