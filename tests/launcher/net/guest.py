# guest.py - a guest's kernel, as far as a test needs one: raw frames on QEMU's
# connection
import select
import socket
import struct
import time

MAC = bytes.fromhex("0200ac1f054d")
IP = "172.31.5.77"
GATEWAY, RESOLVER, METADATA = "172.31.0.1", "172.31.0.2", "169.254.169.254"
ANY = b"\xff" * 6
FIN, SYN, RST, PUSH, ACK = 1, 2, 4, 8, 16


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(">%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ipv4(protocol, source, target, load, fragment=0, options=b""):
    head = struct.pack(">BBHHHBBH", 0x45 + len(options) // 4, 0,
                       20 + len(options) + len(load), 7, fragment, 64,
                       protocol, 0)
    head += socket.inet_aton(source) + socket.inet_aton(target) + options
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + load


def summed(protocol, source, target, load, at):
    pseudo = (socket.inet_aton(source) + socket.inet_aton(target) +
              struct.pack(">BBH", 0, protocol, len(load)))
    value = checksum(pseudo + load)
    if protocol == 17 and value == 0:
        value = 0xffff
    return load[:at] + struct.pack(">H", value) + load[at + 2:]


def udp(source, sport, target, dport, data):
    load = struct.pack(">HHHH", sport, dport, 8 + len(data), 0) + data
    return ipv4(17, source, target, summed(17, source, target, load, 6))


def tcp(source, sport, target, dport, seq, ack, flags, data=b""):
    load = struct.pack(">HHIIBBHHH", sport, dport, seq & 0xffffffff,
                       ack & 0xffffffff, 0x50, flags, 65535, 0, 0) + data
    return ipv4(6, source, target, summed(6, source, target, load, 16))


def ping(source, target, kind=8, code=0):
    load = struct.pack(">BBHHH", kind, code, 0, 1, 1) + b"are you there"
    load = load[:2] + struct.pack(">H", checksum(load)) + load[4:]
    return ipv4(1, source, target, load)


class Packet:
    """What came: sums are checked."""

    def __init__(self, ip):
        assert ip[0] == 0x45 and checksum(ip[:20]) == 0, ip.hex()
        ip = ip[:struct.unpack(">H", ip[2:4])[0]]
        self.protocol = ip[9]
        self.source, self.target = map(socket.inet_ntoa, (ip[12:16], ip[16:20]))
        self.load = load = ip[20:]
        if self.protocol in (6, 17):
            pseudo = ip[12:20] + struct.pack(">BBH", 0, ip[9], len(load))
            assert checksum(pseudo + load) == 0, "bad sum: " + ip.hex()
            self.sport, self.dport = struct.unpack(">HH", load[:4])
        if self.protocol == 6:
            self.seq, self.ack = struct.unpack(">II", load[4:12])
            self.flags = load[13]
            self.data = load[load[12] >> 4 << 2:]
        if self.protocol == 17:
            self.data = load[8:]
        if self.protocol == 1:
            self.kind = load[0]


class Guest:
    def __init__(self, port):
        self.fd = socket.create_connection(("127.0.0.1", port), 10)
        self.fd.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.waiting = []
        self.next_port = 40000

    def frame(self, data):
        self.fd.sendall(struct.pack(">I", len(data)) + data)

    def send(self, packet, mac=MAC, target=ANY, kind=0x0800):
        self.frame(target + mac + struct.pack(">H", kind) + packet)

    def receive(self, seconds):
        """The next frame, or None."""
        end = time.monotonic() + seconds
        while True:
            if len(self.buffer) >= 4:
                size = struct.unpack(">I", self.buffer[:4])[0]
                if len(self.buffer) >= 4 + size:
                    frame = self.buffer[4:4 + size]
                    self.buffer = self.buffer[4 + size:]
                    return frame
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.fd], [], [], left)[0]:
                return None
            got = self.fd.recv(65536)
            if not got:
                return None
            self.buffer += got

    def packet(self, seconds, wanted):
        """The first IPv4 packet that `wanted` is true of; others are kept."""
        for packet in self.waiting:
            if wanted(packet):
                self.waiting.remove(packet)
                return packet
        end = time.monotonic() + seconds
        while True:
            frame = self.receive(end - time.monotonic())
            if frame is None:
                return None
            if frame[12:14] != b"\x08\x00":
                continue
            packet = Packet(frame[14:])
            if wanted(packet):
                return packet
            self.waiting.append(packet)

    def ask(self, target, port, data, seconds=5):
        """A datagram's answer, or None."""
        self.next_port += 1
        mine = self.next_port
        self.send(udp(IP, mine, target, port, data))
        got = self.packet(seconds, lambda p: p.protocol == 17 and
                          (p.source, p.sport, p.dport) == (target, port, mine))
        return got and got.data

    def arp(self, target, sender=IP, seconds=5):
        """The MAC that answers, or None."""
        self.send(struct.pack(">HHBBH", 1, 0x800, 6, 4, 1) + MAC +
                  socket.inet_aton(sender) + bytes(6) +
                  socket.inet_aton(target), kind=0x0806)
        end = time.monotonic() + seconds
        while True:
            frame = self.receive(end - time.monotonic())
            if frame is None:
                return None
            if frame[12:14] == b"\x08\x06" and frame[20:22] == b"\0\2":
                assert frame[28:32] == socket.inet_aton(target)
                return frame[22:28]

    def connect(self, target, port, seconds=5):
        return Connection(self, target, port, seconds).opened()

    def accept(self, port, seconds=5):
        """A connection that comes in to a port, or None."""
        syn = self.packet(seconds, lambda p: p.protocol == 6 and
                          p.dport == port and p.flags & (SYN | ACK) == SYN)
        if not syn:
            return None
        new = Connection(self, syn.source, syn.sport, seconds, port)
        new.ack = syn.seq + 1
        new.say(SYN | ACK)
        new.seq += 1
        return new


class Connection:
    """TCP without loss: what comes is in order, or it is not taken."""

    def __init__(self, guest, target, port, seconds, mine=None):
        guest.next_port += 1
        self.guest, self.target, self.port = guest, target, port
        self.mine = mine or guest.next_port
        self.seconds = seconds
        self.seq, self.ack = 1000, 0
        self.reset = self.ended = False

    def say(self, flags, data=b""):
        self.guest.send(tcp(IP, self.mine, self.target, self.port, self.seq,
                            self.ack, flags, data))

    def next(self, seconds=None):
        return self.guest.packet(
            seconds or self.seconds, lambda p: p.protocol == 6 and
            (p.source, p.sport, p.dport) == (self.target, self.port, self.mine))

    def opened(self):
        """Itself; None when refused or not answered (then .reset tells)."""
        self.say(SYN)
        answer = self.next()
        if not answer or answer.flags & RST:
            return None
        assert answer.flags & (SYN | ACK) == SYN | ACK
        self.seq += 1
        self.ack = answer.seq + 1
        self.say(ACK)
        return self

    def send(self, data):
        self.say(ACK | PUSH, data)
        self.seq += len(data)

    def receive(self, size=None):
        """Bytes until the end, or until so many are there."""
        data = b""
        while not self.ended and (size is None or len(data) < size):
            packet = self.next()
            if not packet:
                break
            if packet.flags & RST:
                self.reset = self.ended = True
                break
            if packet.seq != self.ack & 0xffffffff:
                continue
            data += packet.data
            self.ack += len(packet.data)
            if packet.flags & FIN:
                self.ack += 1
                self.ended = True
            if packet.data or packet.flags & FIN:
                self.say(ACK)
        return data

    def close(self):
        self.say(FIN | ACK)
        self.seq += 1
