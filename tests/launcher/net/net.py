# net.py - what a guest, its host and strangers can do with qami-net
import os
import random
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, "tests/launcher/net")
from guest import *  # noqa: E402,F403

WORK = os.environ["TMPDIR"]
HERE = WORK + "/i"
ALL = "-1/-1--1/0.0.0.0/0"
SANITIZED = "san" in os.environ["QAMI_BUILD"].split("/")

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


def ended(pid, seconds=60):
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


def spoil(packet, at, new):
    """A packet with other bytes, its head's sum right again."""
    packet = packet[:at] + new + packet[at + len(new):]
    packet = packet[:10] + b"\0\0" + packet[12:]
    return packet[:10] + struct.pack(">H", checksum(packet[:20])) + packet[12:]


def serve():
    """A metadata service that says what it was asked."""
    os.path.exists(HERE + "/metadata.sock") and os.remove(
        HERE + "/metadata.sock")
    service = subprocess.Popen(
        [WORK + "/net", "listen", HERE, "python3", "-c", """
import socket
listener = socket.socket(fileno=0)
listener.setblocking(True)
while True:
    asker, _ = listener.accept()
    asker.sendall(b"told: " + asker.recv(1000))
    asker.close()
"""])
    while not os.path.exists(HERE + "/metadata.sock"):
        time.sleep(0.05)
    return service


def tell(guest, text):
    asked = guest.connect(METADATA, 80)
    asked.send(text)
    assert asked.receive() == b"told: " + text
    assert asked.ended and not asked.reset


def test_neighbours(guest):
    gateway = b"\x52\x55" + socket.inet_aton(GATEWAY)
    for address in GATEWAY, RESOLVER, METADATA:
        assert guest.arp(address) == gateway
    assert guest.arp(GATEWAY, sender="0.0.0.0") == gateway
    for address in IP, "172.31.0.3", "172.31.0.9", "10.0.0.1":
        assert guest.arp(address, seconds=0.3) is None


def dhcp(kind, wanted=None, mac=MAC, ciaddr=bytes(4)):
    message = struct.pack(">BBBBIHH", 1, 1, 6, 0, 0x12345678, 0, 0x8000)
    message += ciaddr + bytes(12) + mac + bytes(10 + 192)
    message += b"\x63\x82\x53\x63" + bytes([53, 1, kind])
    if wanted:
        message += b"\x32\x04" + socket.inet_aton(wanted)
    return udp("0.0.0.0", 68, "255.255.255.255", 67, message + b"\xff")


def leased(guest, packet, seconds=5):
    """An answer's address and options."""
    guest.send(packet)
    got = guest.packet(seconds, lambda p: p.protocol == 17 and p.dport == 68)
    if not got:
        return None, {}
    assert (got.source, got.target) == (GATEWAY, "255.255.255.255")
    assert got.data[4:8] == b"\x12\x34\x56\x78"
    options, at = {}, 240
    while got.data[at] != 255:
        options[got.data[at]] = got.data[at + 2:at + 2 + got.data[at + 1]]
        at += 2 + got.data[at + 1]
    return socket.inet_ntoa(got.data[16:20]), options


def test_dhcp(guest):
    address, options = leased(guest, dhcp(1))
    assert address == IP and options[53] == b"\2"
    for wanted in IP, None:
        ciaddr = bytes(4) if wanted else socket.inet_aton(IP)
        address, options = leased(guest, dhcp(3, wanted, ciaddr=ciaddr))
        assert address == IP and options[53] == b"\5"
    assert options[1] == socket.inet_aton("255.255.240.0")
    assert options[3] == socket.inet_aton(GATEWAY)
    assert options[6] == socket.inet_aton(RESOLVER)
    assert options[12] == b"i-0123456789abcdef0"
    assert options[15] == b"ec2.internal"
    assert options[26] == struct.pack(">H", 1500)
    # another address is not to be had, and nobody else has one
    address, options = leased(guest, dhcp(3, "172.31.5.78"))
    assert address == "0.0.0.0" and options[53] == b"\6"
    assert leased(guest, dhcp(1, mac=b"\2evil!"), 0.3) == (None, {})


def test_metadata(guest):
    tell(guest, b"GET /one")
    tell(guest, b"GET /two")
    # who goes on talking to it when it has hung up is told so
    asked = guest.connect(METADATA, 80)
    asked.send(b"GET /")
    asked.receive()
    for _ in range(3):
        asked.send(b"and more")
        asked.next(0.2)
    tell(guest, b"GET /three")
    # where it lies for libslirp is nobody's business, nor are other ports
    assert guest.connect("172.31.0.3", 80, 0.3) is None
    assert guest.connect(METADATA, 81, 0.3) is None


def test_spoofing(guest):
    """From another address, or another card, nothing has an answer."""
    asks = ping(IP, GATEWAY)
    answered = lambda p: p.protocol == 1 and p.kind == 0  # noqa: E731
    guest.send(asks)
    assert guest.packet(5, answered)
    guest.send(asks, mac=b"\2evil!")
    guest.send(ping("172.31.5.78", GATEWAY))
    guest.send(ping("127.0.0.1", GATEWAY))
    guest.send(spoil(asks, 6, b"\x20\0"))
    guest.send(ipv4(1, IP, GATEWAY, asks[20:], options=b"\1\1\1\1"))
    guest.send(spoil(asks, 8, b"\x40\x02"))
    guest.send(asks, kind=0x8100)
    guest.send(b"\x60" + asks[1:], kind=0x86dd)
    guest.send(asks[:-1])
    guest.send(ping(IP, GATEWAY, kind=13))
    assert guest.packet(0.5, answered) is None


def test_host(guest):
    """A server of the host's is reached by none of its addresses."""
    server = socket.create_server(("0.0.0.0", 0))
    port = server.getsockname()[1]
    for address in ("127.0.0.1", "127.8.8.8", GATEWAY, RESOLVER, "0.0.0.0",
                    "169.254.1.1", "255.255.255.255", "224.0.0.1"):
        assert guest.connect(address, port, 0.2) is None
    server.setblocking(False)
    try:
        server.accept()
        assert False, "somebody came"
    except BlockingIOError:
        pass


def test_endpoint(guest):
    """One port of the host's is the gateway's, if the policy says so."""
    server = socket.create_server(("127.0.0.1", 0))
    other = socket.create_server(("127.0.0.1", 0))
    port = server.getsockname()[1]
    call("change", HERE, ALL)
    assert guest.connect(GATEWAY, 8773, 0.3) is None
    call("change", HERE, "@%d" % port)
    asked = guest.connect(GATEWAY, 8773)
    asked.send(b"GET /")
    server.settimeout(10)
    peer, address = server.accept()
    assert address[0] == "127.0.0.1" and peer.recv(5) == b"GET /"
    peer.sendall(b"x" * 100000)
    got = b""
    while len(got) < 100000:
        got += asked.receive(1)
    # nothing else is, by any name
    for place, at in ((GATEWAY, port), (GATEWAY, other.getsockname()[1]),
                      ("127.0.0.1", port), ("127.0.0.1", 8773),
                      (RESOLVER, 8773), (METADATA, 8773),
                      ("172.31.0.3", 8773)):
        assert guest.connect(place, at, 0.2) is None, (place, at)
    assert guest.ask(GATEWAY, 8773, b"?", 0.2) is None
    # it goes with the policy, and with it who is there
    call("change", HERE, ALL)
    assert guest.connect(GATEWAY, 8773, 0.3) is None
    asked.send(b"more")
    peer.settimeout(0.5)
    try:
        assert peer.recv(4) == b""
    except (socket.timeout, ConnectionResetError):
        pass
    # where nobody listens it is refused at once
    server.close()
    peer.close()
    call("change", HERE, "@%d" % port)
    refused = Connection(guest, GATEWAY, 8773, 5)
    refused.say(SYN)
    assert refused.next(5).flags & RST
    call("change", HERE, ALL)


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


def test_change(guest, port):
    """A forward that is taken away goes with its connections."""
    assert call("change", HERE, 22, 80)[0] == port
    ports = call("change", HERE, 80, 22)
    assert ports[1] == port
    client = socket.create_connection(("127.0.0.1", port), 10)
    other = socket.create_connection(("127.0.0.1", ports[0]), 10)
    server, kept = guest.accept(22), guest.accept(80)
    assert call("change", HERE, 80) == ports[:1]
    try:
        socket.create_connection(("127.0.0.1", port), 1)
        assert False, "a closed port takes connections"
    except ConnectionRefusedError:
        pass
    client.sendall(b"too late")
    while packet := server.next(0.5):
        assert not packet.data
    try:
        assert client.recv(100) == b""
    except ConnectionResetError:
        pass
    other.sendall(b"hello")
    assert kept.receive(5) == b"hello"
    # so it is in the middle of sending, with much that nobody has confirmed
    ports = call("change", HERE, 80, 22)
    client = socket.create_connection(("127.0.0.1", ports[1]), 10)
    server = guest.accept(22)
    client.setblocking(False)
    for _ in range(50):
        try:
            client.send(bytes(1 << 16))
        except BlockingIOError:
            time.sleep(0.01)
    while not server.next(5).data:
        pass
    assert call("change", HERE, 80) == ports[:1]
    for _ in range(20):
        server.say(ACK)
        time.sleep(0.1)
    other.sendall(b"again")
    assert kept.receive(5) == b"again"
    # a port that is taken is no failure, and a wanted one is given
    taken = socket.create_server(("127.0.0.1", 0))
    wanted = taken.getsockname()[1]
    assert call("change", HERE, "22:%d" % wanted)[0] not in (0, wanted)
    call("change", HERE)
    taken.close()
    assert call("change", HERE, "22:%d" % wanted) == [wanted]


def cpu_seconds(pid):
    with open("/proc/%d/stat" % pid) as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_stray(guest):
    """What belongs to no connection is reset once, not for ever."""
    for flags in ACK, RST, FIN | ACK, SYN | ACK:
        Connection(guest, GATEWAY, 4711, 5).say(flags)
    assert guest.arp(GATEWAY)


def test_process(pid):
    about = status(pid)
    assert about["NoNewPrivs"] == "1" and about["Seccomp"] == "2"
    for kind in "CapPrm", "CapEff", "CapAmb":
        assert int(about[kind], 16) == 0
    with open("/proc/%d/limits" % pid) as limits:
        text = limits.read()
    assert "Max core file size        0 " in text
    users = set(about["Uid"].split() + about["Gid"].split())
    if os.getuid() != 0:
        return
    assert len(users) == 1 and int(users.pop()) > 65533
    fds = "/proc/%d/fd/" % pid
    held = {os.readlink(fds + fd).split(":")[0] for fd in os.listdir(fds)}
    assert held == {"/dev/null", "socket"}
    assert os.readlink("/proc/%d/root" % pid) == HERE


def test_strangers():
    """A connection of another user's is not the machine's."""
    other = 65533 if os.getuid() == 0 else os.getuid() + 1
    port, pid = call("start", HERE, other)
    stranger = socket.create_connection(("127.0.0.1", port), 10)
    assert stranger.recv(1) == b""
    if os.getuid() == 0:
        os.seteuid(other)
        guest = Guest(port)
        os.seteuid(0)
        assert guest.arp(GATEWAY)
        try:
            socket.create_connection(("127.0.0.1", port), 1)
            assert False, "the port is still open"
        except ConnectionRefusedError:
            pass
    call("end", HERE)
    assert ended(pid) and not os.path.exists(HERE + "/net.sock")


def test_service_away(guest):
    """No service, or one that takes nobody, is no end."""
    os.rename(HERE + "/metadata.sock", HERE + "/away.sock")
    asked = Connection(guest, METADATA, 80, 5)
    asked.opened()
    asked.send(b"?")
    assert asked.receive() == b"" and asked.ended
    os.rename(HERE + "/away.sock", HERE + "/metadata.sock")
    tell(guest, b"back")


def test_service_stuck(guest, pid):
    """One that takes nobody costs a moment; what it was sent, descriptors."""
    port = call("change", HERE, 22)[0]
    os.rename(HERE + "/metadata.sock", HERE + "/away.sock")
    stuck = socket.socket(socket.AF_UNIX)
    stuck.bind(HERE + "/metadata.sock")
    os.chown(HERE + "/metadata.sock", int(status(pid)["Uid"].split()[0]), -1)
    stuck.listen(0)
    first = guest.connect(METADATA, 80)
    second = guest.connect(METADATA, 80)
    assert second.receive() == b"" and second.ended
    stuck.listen(4096)
    held = [guest.connect(METADATA, 80) for _ in range(1030)]
    # nor is there one for who comes by a forward, but no noise about it
    assert call("change", HERE, 22) == [port]
    client = socket.create_connection(("127.0.0.1", port), 10)
    before = cpu_seconds(pid)
    time.sleep(2)
    assert cpu_seconds(pid) - before < 0.5
    for one in [first, *held]:
        one.say(RST)
    assert guest.accept(22, 10)
    client.close()
    assert call("change", HERE) == []
    guest.waiting.clear()
    stuck.close()
    os.rename(HERE + "/away.sock", HERE + "/metadata.sock")
    tell(guest, b"unstuck")


def test_full(guest, pid):
    """A guest that never reads costs no more than a buffer."""
    request = (struct.pack(">HHBBH", 1, 0x800, 6, 4, 1) + MAC +
               socket.inet_aton(IP) + bytes(6) + socket.inet_aton(GATEWAY))
    frame = ANY + MAC + b"\x08\x06" + request
    guest.fd.sendall((struct.pack(">I", len(frame)) + frame) * 300000)
    assert call("change", HERE) == []
    assert int(status(pid)["VmHWM"].split()[0]) < 65536 or SANITIZED
    while guest.receive(0.5):
        pass
    tell(guest, b"still there")


def test_noise(guest):
    """Frames without sense, of all sizes, do nothing."""
    chance = random.Random(1)
    whole = [ping(IP, GATEWAY), udp(IP, 1, RESOLVER, 53, b"?"), dhcp(1),
             tcp(IP, 1, METADATA, 80, 1, 0, SYN)]
    for _ in range(3000):
        frame = bytearray(ANY + MAC + b"\x08\0" + chance.choice(whole))
        for _ in range(chance.randrange(6)):
            frame[chance.randrange(12, len(frame))] = chance.randrange(256)
        guest.frame(bytes(frame[:chance.randrange(len(frame) + 1)]))
    guest.frame(b"\0" * (65536 + 4096))
    while guest.receive(0.5):
        pass
    guest.waiting.clear()
    tell(guest, b"after the noise")


def stranger_at(port, user):
    """A connection of another user's."""
    os.seteuid(user)
    try:
        return socket.create_connection(("127.0.0.1", port), 1)
    finally:
        os.seteuid(0)


def test_crowd():
    """Strangers, left or there, neither are the machine nor keep it out."""
    port, pid = call("start", HERE, 0)
    os.kill(pid, signal.SIGSTOP)
    there = [stranger_at(port, 65533) for _ in range(100)]
    for left in there[:50]:
        left.close()
    guest = Guest(port)
    os.kill(pid, signal.SIGCONT)
    assert guest.arp(GATEWAY)
    guest.fd.close()
    assert ended(pid)


def test_sizes():
    """After a size that cannot be there is nothing to be understood."""
    guest, pid, _ = start()
    guest.fd.sendall(struct.pack(">I", 65536 + 4096 + 1))
    assert ended(pid)
    guest, pid, _ = start()
    assert guest.arp(GATEWAY)  # so that it is known whose it was
    guest.fd.sendall(b"\0\0\0\x2a" + ANY)
    guest.fd.close()
    assert ended(pid)


def test_lifeline():
    mine, its = socket.socketpair()
    port, pid = call("start", HERE, os.getuid(), pass_fds=[its.fileno()],
                     env=dict(os.environ, LIFELINE=str(its.fileno())))
    its.close()
    mine.settimeout(0.3)
    try:
        mine.recv(1)
        assert False, "the lifeline ended early"
    except TimeoutError:
        pass
    os.kill(pid, signal.SIGTERM)
    mine.settimeout(60)
    assert mine.recv(1) == b""


service = serve()
try:
    guest, pid, ports = start(22, ALL)
    test_process(pid)
    test_neighbours(guest)
    test_dhcp(guest)
    test_metadata(guest)
    test_spoofing(guest)
    test_host(guest)
    test_forward(guest, ports[0])
    test_change(guest, ports[0])
    test_endpoint(guest)
    test_stray(guest)
    test_service_away(guest)
    test_full(guest, pid)
    test_service_stuck(guest, pid)
    test_noise(guest)
    guest.fd.close()
    assert ended(pid)
    test_strangers()
    if os.getuid() == 0:
        test_crowd()
    test_sizes()
    test_lifeline()
finally:
    service.kill()
    call("end", HERE)
