"""server.py PID LOG - what is no request, too much, too slow or gone, and what
a stop does: what the server at $AWS_ENDPOINT_URL answers, and its log"""
import json
import os
import signal
import socket
import sqlite3
import sys
import threading
import time

from client import HEAD, answer, connect, receive, signed, vanish

PID, LOG = int(sys.argv[1]), sys.argv[2]
STORE = os.environ["QAMI_STORE"]


def lines():
    with open(LOG, encoding="utf-8") as log:
        return [json.loads(line) for line in log if line.startswith("{")]


def quiet():
    """how many lines there are, once nobody writes another: an answer arrives
    before its line"""
    count = -1
    while count != (now := len(lines())):
        count = now
        time.sleep(0.3)
    return count


def logged(before, count, patience=60):
    """the lines since there were `before`, once they are `count`"""
    end = time.monotonic() + patience
    while len(lines()) - before < count and time.monotonic() < end:
        time.sleep(0.02)
    time.sleep(0.05)
    got = lines()[before:]
    assert len(got) == count, (count, got)
    return got


def request(target=b"/", method=b"GET", version=b"HTTP/1.1", more=b"",
            body=b""):
    return b"%s %s %s\r\n" % (method, target, version) + HEAD + more + \
        b"\r\n" + body


def post(more, body=b""):
    return request(method=b"POST", more=more, body=body)


CHUNKED = b"Transfer-Encoding: chunked\r\n"
MALFORMED = {
    # what libmicrohttpd closes without an answer: a first line that is no
    # method and target, or that begins with a blank
    "one word": (b"GARBAGE\r\n\r\n", None),
    "a blank before": (b" " + request(), None),
    # what it refuses itself
    "no version": (b"GET /\r\n\r\n", 400),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "HTTP/0.9": (request(version=b"HTTP/0.9"), 505),
    "lower case": (request(method=b"get", version=b"http/1.1"), 400),
    "no colon": (request(more=b"nocolon\r\n"), 400),
    "a bad chunk": (post(CHUNKED, b"zz\r\n\r\n"), 400),
    "a chunk beyond numbers": (post(CHUNKED, b"f" * 18 + b"\r\n\r\n"), 413),
    "a negative length": (post(b"Content-Length: -1\r\n"), 400),
    "a length with +": (post(b"Content-Length: +1\r\n", b"a"), 400),
    "a list of lengths": (post(b"Content-Length: 1, 1\r\n", b"a"), 400),
    "a length in letters": (post(b"Content-Length: x\r\n"), 400),
    "a length beyond numbers":
        (post(b"Content-Length: " + b"9" * 24 + b"\r\n"), 413),
    "a head of 100 KiB": (request(more=b"A: " + b"b" * 100000 + b"\r\n"), 431),
    "a target of 100 KiB": (request(b"/" + b"b" * 100000), 414),
    "100 KiB without a line": (b"b" * 100000, 414),
    # what the server refuses
    "HTTP/1.2": (request(version=b"HTTP/1.2"), 505),
    "two blanks": (b"GET  /  HTTP/1.1\r\n" + HEAD + b"\r\n", 400),
    "no Host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "two Hosts": (request(more=HEAD), 400),
    "two Authorizations":
        (request(more=b"Authorization: a\r\nauthorization: b\r\n"), 400),
    "two equal lengths": (post(b"Content-Length: 1\r\n" * 2, b"a"), 400),
    "two lengths":
        (post(b"Content-Length: 1\r\nContent-Length: 2\r\n", b"ab"), 400),
    "a length and chunks":
        (post(b"Content-Length: 1\r\n" + CHUNKED, b"0\r\n\r\n"), 400),
    "chunks and a length":
        (post(CHUNKED + b"Content-Length: 5\r\n", b"0\r\n\r\n"), 400),
    "two encodings": (post(CHUNKED * 2, b"0\r\n\r\n"), 400),
    "another encoding":
        (post(b"Transfer-Encoding: gzip\r\n", b"0\r\n\r\n"), 400),
    "an encoding in chunks":
        (post(b"Transfer-Encoding: gzip, chunked\r\n", b"0\r\n\r\n"), 400),
    "an encoded NUL": (request(b"/a%00b"), 400),
    "an encoded NUL in the query": (request(b"/?a=%00"), 400),
    "a whole URL": (request(b"http://x/"), 400),
    "no path": (request(b"*", b"OPTIONS"), 400),
    "a tunnel": (request(b"x:1", b"CONNECT"), 400),
    "a fragment": (request(b"/#a"), 400),
    "an unknown method": (request(method=b"BREW"), 405),
    "a method of others": (request(method=b"OPTIONS"), 405),
    "a blank in a name": (request(more=b"A b: c\r\n"), 400),
    "a blank behind a name": (request(more=b"A : c\r\n"), 400),
    "a first header that is folded":
        (b"GET / HTTP/1.1\r\n A: c\r\n" + HEAD + b"\r\n", 400),
    "a return in a value": (request(more=b"A: b\rc\r\n"), 400),
    "65 headers":
        (request(more=b"".join(b"A%d: b\r\n" % i for i in range(64))), 431),
    "a head of 17 KiB": (request(more=b"A: " + b"b" * 17000 + b"\r\n"), 431),
    "a target of 17 KiB": (request(b"/" + b"b" * 17000), 431),
    "a query of 15000 parameters, that is not signed":
        (request(b"/?" + b"&" * 15000, more=b"Connection: close\r\n"), 403),
    "a query of 60000 parameters": (request(b"/?" + b"&" * 60000), 431),
    "an expectation": (post(b"Expect: x\r\nContent-Length: 1\r\n", b"a"), 417),
    "a body beyond 2 MiB": (post(b"Content-Length: 2097153\r\n"), 413),
}


def malformed():
    for name, (data, status) in MALFORMED.items():
        before = len(lines())
        peer = connect()
        try:
            peer.sendall(data)
        except OSError:
            pass  # it was refused before its end
        got, _ = receive(peer)
        peer.close()
        if status is None:
            assert got == b"", (name, got)
        else:
            assert got.startswith(b"HTTP/1.1 %d " % status), (name, got)
            # of a length that is no number it says the head twice
            heads = 2 if b"<b>Content-Length</b>" in got else 1
            assert got.count(b"\r\n\r\n") == heads, (name, got)
        line = logged(before, 1)[0]
        assert line["status"] == (status or 0), (name, line)
    # what is whole, but for the values that nobody shall read in a log
    before = len(lines())
    peer = connect()
    peer.sendall(request(b"/a%22\xc3\xa4/" + b"c" * 300 + b"?Secret=hush"))
    assert answer(peer)[0] == 403
    line = logged(before, 1)[0]
    assert line["path"].startswith("/a%22\u00c3\u00a4/ccc"), line
    assert len(line["path"]) < 300 and "hush" not in json.dumps(line)
    assert line["remote"] == "127.0.0.1" and len(line["id"]) == 36, line


def words():
    """a client of EBS direct that is refused by the server itself is told so in
    the form that it reads"""
    for target, kind in ((b"/snapshots/x/blocks", "application/json"),
                         (b"/snapshotsx", "text/xml;charset=UTF-8")):
        before = len(lines())
        peer = connect()
        peer.sendall(request(target, more=HEAD))
        status, headers, body, _ = answer(peer)
        assert (status, headers["content-type"]) == (400, kind), headers
        if "json" in kind:
            assert headers["x-amzn-errortype"] == "InvalidRequest", headers
            assert json.loads(body)["__type"] == "InvalidRequest", body
            assert json.loads(body)["Message"].startswith("The request"), body
        assert logged(before, 1)[0]["code"] == "InvalidRequest"


def bodies():
    before = quiet()
    peer = connect()
    # as large as may be; what it says is unsigned, and is not let in
    peer.sendall(post(b"Content-Length: 2097152\r\n", bytes(2097152)))
    assert answer(peer)[0] == 403
    # the same connection, in pieces, then too many of them
    piece = b"10000\r\n" + bytes(65536) + b"\r\n"
    peer.sendall(post(CHUNKED, piece * 32 + b"0\r\n\r\n"))
    assert answer(peer)[0] == 403
    peer.sendall(post(CHUNKED, piece * 33 + b"0\r\n\r\n"))
    status, headers, _, _ = answer(peer)
    assert (status, headers["connection"]) == (413, "close")
    assert receive(peer) == (b"", "")
    # and so many that nobody waits for their end
    peer = connect()
    try:
        peer.sendall(post(CHUNKED, piece * 80))
    except OSError:
        pass
    assert receive(peer)[0] == b""
    got = logged(before, 4)
    assert sorted(line["in"] for line in got)[:3] == \
        [2097152, 2097152, 2162688], got
    # one is asked for only if it may come
    peer = connect()
    expect = b"Expect: 100-continue\r\nContent-Length: %d\r\n"
    peer.sendall(post(expect % 3000000))
    assert answer(peer)[0] == 413
    peer = connect()
    peer.sendall(post(expect % 3))
    assert answer(peer)[0] == 100
    peer.sendall(b"a=b")
    assert answer(peer)[0] == 403
    # an object may be larger; it waits in a file without a name
    body = os.urandom(3 << 20)
    peer = connect()
    peer.sendall(signed(b"", "s3", "PUT", "/large-bodies"))
    assert answer(peer)[0] == 200
    peer.sendall(signed(body, "s3", "PUT", "/large-bodies/object"))
    assert answer(peer)[0] == 200
    peer.sendall(signed(b"", "s3", "GET", "/large-bodies/object"))
    status, _, got, _ = answer(peer)
    assert (status, got == body) == (200, True)
    peer.sendall(signed(b"", "s3", "HEAD", "/large-bodies/object"))
    status, headers, got, rest = answer(peer, bodiless=True)
    assert (status, headers["content-length"], got, rest) == \
        (200, str(len(body)), b"", b"")
    forged = signed(body, "s3", "PUT", "/large-bodies/other")
    peer.sendall(forged[:-1] + bytes([forged[-1] ^ 1]))
    assert answer(peer)[0] in (400, 403)


def manners():
    """one connection, many requests, one after the other or all at once"""
    peer = connect()
    rest = b""
    for method in (b"GET", b"HEAD") * 5:
        peer.sendall(request(b"/healthz", method))
        status, headers, body, rest = answer(peer, rest, method == b"HEAD")
        assert (status, headers["content-length"]) == (200, "3")
        assert body == (b"ok\n" if method == b"GET" else b"")
        assert rest == b"" and "date" in headers
    before = quiet()
    peer.sendall(request(b"/healthz") + request(b"/1?x") +
                 signed({"Action": "DescribeRegions",
                         "Version": "2016-11-15"}) + request(b"/healthz"))
    got = []
    for _ in range(4):
        status, headers, body, rest = answer(peer, rest)
        got.append((status, headers["x-amzn-requestid"]))
    assert [status for status, _ in got] == [200, 403, 200, 200], got
    # a line is written when the last has let go of its request
    told = {line["id"]: line for line in logged(before, 4)}
    assert [(told[one]["status"], one) for _, one in got] == got
    call = told[got[2][1]]
    assert (call["service"], call["action"], call["account"]) == \
        ("ec2", "DescribeRegions", "123456789012"), call
    assert call["key"] == os.environ["AWS_ACCESS_KEY_ID"]
    assert call["out"] > 100 and call["ms"] > 0, call
    # HTTP/1.0 has no second request
    peer = connect()
    peer.sendall(request(b"/healthz", version=b"HTTP/1.0"))
    assert receive(peer)[0].endswith(b"\r\n\r\nok\n")


def held():
    with open("/proc/%d/status" % PID, encoding="ascii") as status:
        threads = [line for line in status if line.startswith("Threads")]
    return len(os.listdir("/proc/%d/fd" % PID)), int(threads[0].split()[1])


def growth():
    """2000 requests, and people who do not wait for an answer"""
    call = signed({"Action": "DescribeRegions", "Version": "2016-11-15"})
    peer = connect()

    def some(count):
        for _ in range(count):
            peer.sendall(call)
            assert answer(peer)[0] == 200
    some(100)
    start = held()
    some(1900)
    for _ in range(50):
        for data in (call, call[:-10], request(), b"GET"):
            gone = connect()
            gone.sendall(data)
            vanish(gone)
    some(50)
    time.sleep(1.5)
    some(1)
    now = held()
    assert now[0] <= start[0] + 2 and now[1] <= start[1], (start, now)


def left():
    """whoever goes in the middle of a request is not waited for, even if his
    last bytes came with the end"""
    before = quiet()
    for data in (post(b"Content-Length: 60000\r\n", b"a" * 50000),
                 post(CHUNKED, b"5\r\nab"), request()[:-4]):
        for ends in (lambda peer: peer.shutdown(socket.SHUT_WR),
                     lambda peer: peer.close()):
            peer = connect()
            peer.sendall(data)
            ends(peer)
            if peer.fileno() >= 0:
                receive(peer)
            assert logged(before, 1)[0]["code"] == "ClientDisconnected"
            before += 1


def crowd():
    """more than one address may have are told so, and room comes back"""
    peers = [connect() for _ in range(512)]
    before = quiet()
    late = connect()
    got, _ = receive(late)
    assert got.startswith(b"HTTP/1.1 503 "), got
    assert b"<Code>RequestLimitExceeded<" in got
    assert len(got.split(b"\r\n\r\n")[1]) == \
        int(got.split(b"Content-Length: ")[1].split(b"\r\n")[0]), got
    assert logged(before, 1)[0]["status"] == 503
    for peer in peers:
        peer.close()
    end = time.monotonic() + 60
    while True:
        peer = connect()
        peer.sendall(request(b"/healthz"))
        if receive_status(peer) == 200:
            return
        assert time.monotonic() < end
        time.sleep(0.1)


def receive_status(peer):
    try:
        return answer(peer)[0]
    except (EOFError, OSError):
        return None


def make_key(name):
    return signed({"Action": "CreateKeyPair", "Version": "2016-11-15",
                   "KeyName": name, "KeyType": "ed25519"})


def locked():
    """the registry, held so that nobody can write"""
    base = sqlite3.connect(STORE + "/qami.db", isolation_level=None,
                           timeout=60, check_same_thread=False)
    base.execute("BEGIN IMMEDIATE")
    return base


def queue():
    """two workers are at work, 256 requests wait, the others are told"""
    base = locked()
    peers = []
    for i in range(280):
        peer = connect(60)
        peer.sendall(make_key("queue%d" % i))
        peers.append(peer)
        if i == 1:
            time.sleep(2)   # until the workers have taken these
    # health is told all the same
    peer = connect()
    peer.sendall(request(b"/healthz"))
    assert answer(peer)[0] == 200
    base.execute("ROLLBACK")
    got = [answer(peer)[0] for peer in peers]
    assert got.count(200) == 258 and got.count(503) == 22, got
    # who was told to slow down may come again, by the same connection
    refused = peers[got.index(503)]
    refused.sendall(make_key("again"))
    assert answer(refused)[0] == 200


SLOW = {
    "says nothing": (b"", [], None),
    "a slow first line": (b"GET /", [b"a"] * 20, 408),
    "a slow head": (b"GET / HTTP/1.1\r\n", [b"A: b\r\n"] * 20, 408),
    "a slow body": (post(b"Content-Length: 100\r\n"), [b"a"] * 20, 408),
    "TLS": (bytes.fromhex("1603010200010001fc0303"), [], 408),
}


def slow():
    """whoever is slow is cut off after 30 seconds a phase, however often he
    says something"""
    ends = {}

    def one(name, first, more):
        peer = connect(120)
        start = time.monotonic()
        peer.sendall(first)
        try:
            for piece in more:
                time.sleep(4)
                peer.sendall(piece)
        except OSError:
            pass
        got, _ = receive(peer)
        ends[name] = (time.monotonic() - start, got)
    before = quiet()
    threads = [threading.Thread(target=one, args=(name, first, more))
               for name, (first, more, _) in SLOW.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name, (took, got) in ends.items():
        assert 25 < took < 100 and got == b"", (name, took, got)
    got = logged(before, sum(status is not None
                             for _, _, status in SLOW.values()))
    assert {line["status"] for line in got} == {408}, got


def stop():
    """what has begun is finished, nobody new is let in"""
    base = locked()
    running, half, idle = connect(60), connect(60), connect(60)
    running.sendall(make_key("stop"))
    half.sendall(post(b"Content-Length: 3\r\n", b"a="))
    idle.sendall(request(b"/healthz"))
    assert answer(idle)[0] == 200
    time.sleep(0.5)
    os.kill(PID, signal.SIGTERM)
    end = time.monotonic() + 60
    while True:  # until it hears nobody
        try:
            connect().close()
        except ConnectionRefusedError:
            break
        assert time.monotonic() < end
        time.sleep(0.05)
    assert not os.path.exists(STORE + "/run/qami.sock")
    idle.sendall(request(b"/healthz"))
    status, headers, body, _ = answer(idle)
    assert (status, headers["connection"], body) == \
        (503, "close", b"stopping\n")
    half.sendall(b"b")
    assert answer(half)[0] == 403
    late, base = base, None
    late.execute("ROLLBACK")
    assert answer(running)[0] == 200
    end = time.monotonic() + 120
    while os.path.exists("/proc/%d" % PID) and \
            open("/proc/%d/stat" % PID, encoding="ascii").read() \
            .rsplit(")", 1)[1].split()[0] != "Z":
        assert time.monotonic() < end
        time.sleep(0.05)


for part in (malformed, words, bodies, manners, growth, left, crowd, queue,
             slow, stop):
    print(part.__name__, flush=True)
    part()
