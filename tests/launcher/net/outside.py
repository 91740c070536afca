# outside.py - a guest and the world, in namespaces that outside.sh made
import os
import socket
import struct
import subprocess
import sys
import threading
import time

sys.path.insert(0, "tests/launcher/net")
from guest import *  # noqa: E402,F403

WORK = os.environ["TMPDIR"]
HERE = WORK + "/i"
HOST, LATER, FAR = "198.51.100.1", "203.0.113.7", "198.51.100.9"

# in the namespace that is all the world: echoes, on two ports of TCP and UDP,
# of which 8001 answers a datagram from 8000, and 8002 at length
WORLD = """
import socket, sys, threading
def each(port):
    listener = socket.create_server(("0.0.0.0", port))
    while True:
        peer, _ = listener.accept()
        threading.Thread(target=lambda: peer.sendall(peer.recv(99))).start()
def datagrams(sock, other, size):
    while True:
        data, peer = sock.recvfrom(9999)
        other.sendto(data + bytes(size), peer)
first, second, third = [socket.socket(type=socket.SOCK_DGRAM) for _ in "abc"]
for port, sock in (8000, first), (8001, second), (8002, third):
    sock.bind(("0.0.0.0", port))
for what, args in ((each, (8000,)), (each, (8001,)),
                   (datagrams, (first, first, 0)),
                   (datagrams, (second, first, 0)),
                   (datagrams, (third, third, 3000))):
    threading.Thread(target=what, args=args).start()
print("ready", flush=True)
"""


def run(*words):
    subprocess.run(words, check=True, timeout=30)


def call(*args):
    done = subprocess.run([WORK + "/net", *map(str, args)], timeout=60,
                          check=True, stdout=subprocess.PIPE)
    return [int(word) for word in done.stdout.split()]


def make_world():
    holder = subprocess.Popen(["unshare", "-n", "sleep", "300"])
    while os.readlink("/proc/%d/ns/net" % holder.pid) == os.readlink(
            "/proc/self/ns/net"):
        time.sleep(0.05)
    run("ip", "link", "add", "out0", "type", "veth", "peer", "name", "far0",
        "netns", str(holder.pid))
    enter = ["nsenter", "-t", str(holder.pid), "-n"]
    for words in ("link set lo up", "link set out0 up",
                  "address add %s/24 dev out0" % HOST,
                  "route add default via " + FAR):
        run("ip", *words.split())
    for words in ("link set lo up", "link set far0 up",
                  "address add %s/24 dev far0" % FAR,
                  "address add %s/32 dev far0" % LATER,
                  "route add default via " + HOST):
        run(*enter, "ip", *words.split())
    world = subprocess.Popen([*enter, sys.executable, "-c", WORLD],
                             stdout=subprocess.PIPE)
    assert world.stdout.readline() == b"ready\n"
    return [world, holder]


def make_resolver():
    """The host's own, on its loopback: it says what it was asked."""
    with open(WORK + "/resolv.conf", "w") as conf:
        conf.write("# ours\nsearch x\nnameserver ::1\nnameserver 127.0.0.53\n")
    run("mount", "--bind", WORK + "/resolv.conf", "/etc/resolv.conf")
    sock = socket.socket(type=socket.SOCK_DGRAM)
    listener = socket.socket()
    for each in sock, listener:
        each.bind(("127.0.0.53", 53))
    listener.listen()

    def datagrams():
        while True:
            data, peer = sock.recvfrom(999)
            sock.sendto(b"name: " + data, peer)

    def streams():
        while True:
            peer, _ = listener.accept()
            peer.sendall(b"name: " + peer.recv(99))
            peer.close()

    for what in datagrams, streams:
        threading.Thread(target=what, daemon=True).start()


def reached(guest, address, port, seconds=5):
    """Whether a connection is made, and carries something."""
    made = guest.connect(address, port, seconds)
    if not made:
        return False
    made.send(b"echo")
    assert made.receive(4) == b"echo"
    made.say(RST)
    return True


def test_resolver(guest):
    assert guest.ask(RESOLVER, 53, b"who?") == b"name: who?"
    made = guest.connect(RESOLVER, 53)
    made.send(b"who?")
    assert made.receive() == b"name: who?"
    assert guest.ask("127.0.0.53", 53, b"who?", 0.3) is None
    assert guest.ask(RESOLVER, 54, b"who?", 0.3) is None


def test_rules(guest):
    """Each kind of packet needs its rule."""
    assert not reached(guest, FAR, 8000, 0.3)
    assert guest.ask(FAR, 8000, b"echo", 0.3) is None
    call("change", HERE, "6/8000-8000/198.51.100.0/24")
    assert reached(guest, FAR, 8000)
    assert not reached(guest, FAR, 8001, 0.3)
    assert guest.ask(FAR, 8000, b"echo", 0.3) is None
    call("change", HERE, "17/8000-8001/198.51.100.8/29")
    assert guest.ask(FAR, 8000, b"echo") == b"echo"
    assert not reached(guest, FAR, 8000, 0.3)
    call("change", HERE, "6/1-65535/198.51.100.10/32")
    assert not reached(guest, FAR, 8000, 0.3)
    call("change", HERE, "-1/-1--1/0.0.0.0/0")
    assert reached(guest, FAR, 8001)


def test_connection_stays(guest):
    """What was begun under a rule outlives it."""
    made = guest.connect(FAR, 8000)
    call("change", HERE)
    made.send(b"echo")
    assert made.receive(4) == b"echo"
    call("change", HERE, "-1/-1--1/0.0.0.0/0")


def test_datagrams(guest):
    """Only who was asked answers; a long answer comes in pieces."""
    assert guest.ask(FAR, 8001, b"echo", 0.5) is None
    guest.send(udp(IP, 5000, FAR, 8000, b"first"))
    guest.send(udp(IP, 5000, FAR, 8001, b"again"))
    # both come from a port that was asked
    told = [guest.packet(5, lambda p: p.protocol == 17 and p.sport == 8000)
            for _ in "ab"]
    assert {p.data for p in told} == {b"first", b"again"}
    guest.send(udp(IP, 5001, FAR, 8002, b"long"))
    size = 0
    while size < 8 + 3004:
        frame = guest.receive(5)
        if frame[12:14] == b"\x08\0" and frame[26:30] == socket.inet_aton(FAR):
            size += struct.unpack(">H", frame[16:18])[0] - 20


def test_fragments(guest):
    whole = udp(IP, 5002, FAR, 8000, b"x" * 24)[20:]
    guest.send(ipv4(17, IP, FAR, whole[:16], fragment=0x2000))
    guest.send(ipv4(17, IP, FAR, whole[16:], fragment=2))
    assert guest.packet(0.5, lambda p: p.protocol == 17) is None


def test_host(guest):
    """No address of the host's, those that it gets later among them."""
    server = socket.create_server(("0.0.0.0", 8000))
    sock = socket.socket(type=socket.SOCK_DGRAM)
    sock.bind(("0.0.0.0", 8000))
    assert socket.create_connection((HOST, 8000), 5)
    server.accept()
    run("ip", "address", "add", LATER + "/32", "dev", "out0")
    time.sleep(0.2)  # the process learns of it by itself
    for address in HOST, LATER, "198.51.100.255", "127.0.0.1":
        assert not guest.connect(address, 8000, 0.3)
        guest.send(udp(IP, 5003, address, 8000, b"hello"))
    server.settimeout(0.3)
    sock.settimeout(0.3)
    for take in server.accept, lambda: sock.recv(99):
        try:
            assert take() is None
        except TimeoutError:
            pass
    # it is one of the world's once the host has lost it
    run("ip", "address", "del", LATER + "/32", "dev", "out0")
    run("ip", "route", "add", LATER, "via", FAR)
    assert reached(guest, LATER, 8000)


def test_injection(guest):
    """The host's own programs cannot answer in somebody's place."""
    guest.send(udp(IP, 5004, FAR, 8000, b"where"))
    assert guest.packet(5, lambda p: p.protocol == 17).data == b"where"
    ports = subprocess.run(["ss", "-Hanu"], stdout=subprocess.PIPE,
                           check=True).stdout.decode()
    sock = socket.socket(type=socket.SOCK_DGRAM)
    for line in ports.splitlines():
        sock.sendto(b"me", ("127.0.0.1", int(line.split()[3].split(":")[-1])))
    assert guest.packet(0.5, lambda p: p.protocol == 17 and
                        p.data == b"me") is None


run("ip", "link", "set", "lo", "up")
make_resolver()
world = make_world()
try:
    port, pid = call("start", HERE, os.getuid())
    guest = Guest(port)
    test_resolver(guest)
    test_rules(guest)
    test_connection_stays(guest)
    test_datagrams(guest)
    test_fragments(guest)
    test_injection(guest)
    test_host(guest)
    guest.fd.close()
finally:
    for process in world:
        process.kill()
    call("end", HERE)
os._exit(0)
