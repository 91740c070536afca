"""hostile - what a guest may do to its metadata service"""
import os
import random
import select
import socket
import time

from guest import Service, answer

one = os.environ['one']
GET = b'GET /latest/meta-data/instance-id HTTP/1.1\r\nHost: h\r\n'
log = 'instances/%s/metadata.log' % one


def ends(sock):
    """the other side has closed, and said nothing more"""
    try:
        return sock.recv(1) == b''
    except ConnectionResetError:
        return True


def check_malformed(service):
    for data in (b'GET /\r\n\r\n', b'GET /\0 HTTP/1.1\r\n', GET + b'a b\r\n\r\n',
                 b'GET / HTTP/3.0\r\n\r\n', GET + b'X: ' + b'a' * 20000,
                 b'GET /' + b'a' * 20000, GET + b'Content-Length: -5\r\n\r\n',
                 GET + b'Content-Length: 0\r\nTransfer-Encoding: chunked\r\n'
                 b'\r\n', b'\x16\x03\x01\x02\x00\x01\x00\x01\xfc'):
        with service.connect() as sock:
            sock.sendall(data)
            status, headers, body = answer(sock)
            assert status == 400 and b'400 - Bad Request' in body, data[:40]
            assert headers['Connection'] == 'close'
            assert ends(sock), data[:40]


def check_bodies(service):
    """they are not read: what looks like a request in one is none"""
    for head in (b'Content-Length: 70000\r\n\r\n',
                 b'Transfer-Encoding: chunked\r\n\r\nzz\r\n',
                 b'Expect: 100-continue\r\nContent-Length: 70000\r\n\r\n'):
        with service.connect() as sock:
            sock.sendall(GET + head + (GET + b'\r\n') * 1000)
            status, headers, body = answer(sock)
            assert (status, body) == (200, one.encode()), head
            assert headers['Connection'] == 'close' and ends(sock), head
    # an answer splits where a header says so, and nowhere else
    status, headers, _ = service.ask('/%0d%0aX-Evil:%20x')
    assert status == 400 and 'X-Evil' not in headers


def check_pipeline(service):
    with service.connect() as sock:
        sock.sendall((GET + b'\r\n') * 60)
        sock.shutdown(socket.SHUT_WR)
        data = b''.join(iter(lambda: sock.recv(65536), b''))
        assert data.count(b'\r\n\r\n' + one.encode()) == 60, data


def check_noise(service):
    dice = random.Random(1)
    parts = [GET, b'\r\n', b'\r\n\r\n', b'\n', b'\0', b':', b' ', b'%', b'/',
             b'HTTP/1.1', b'Content-Length: 3', b'a' * 5000, bytes(range(256))]
    for _ in range(300):
        with service.connect() as sock:
            try:
                sock.sendall(b''.join(dice.choices(parts, k=dice.randint(1, 9))))
                sock.shutdown(socket.SHUT_WR)
            except OSError:
                continue # it has heard enough
            while not ends(sock):
                pass


def check_crowd(service):
    """those who come and say nothing, too little, or do not listen"""
    crowd = []
    for i in range(400):
        sock = service.connect()
        crowd.append(sock)
        try:
            if i % 4 == 1:
                sock.sendall(GET)
            elif i % 4 == 2:
                sock.setblocking(False)
                sock.send((GET + b'\r\n') * 2000)
        except OSError:
            pass
        if i % 20 == 0:
            start = time.monotonic()
            assert service.status('/latest/user-data') == 200
            assert time.monotonic() - start < 60
    return crowd


def check_patience(service):
    """bytes that trickle in, or answers that are not taken, win no time"""
    slow, deaf, kind = (service.connect() for _ in range(3))
    deaf.setblocking(False)
    try:
        while True:
            deaf.send((GET + b'\r\n') * 100)
    except BlockingIOError:
        pass
    slow.sendall(b'GET / HTTP/1.1\r\nHost: h\r\nX: ')
    closed = start = time.monotonic()
    while time.monotonic() - start < 120:
        try:
            slow.sendall(b'x')
        except OSError:
            break
        kind.sendall(GET + b'\r\n')
        assert answer(kind)[0] == 200 # who asks may stay
        time.sleep(0.5)
        closed = time.monotonic()
    assert 8 < closed - start < 100, closed - start
    # nor does it have to take them for somebody to see that it will not
    poll = select.poll()
    poll.register(deaf, 0)
    assert poll.poll(120000), 'it waits for who does not listen'


def memory(pid):
    with open('/proc/%d/status' % pid) as status:
        return [int(line.split()[1]) for line in status
                if line.startswith('VmHWM')][0]


with Service(one) as service:
    check_malformed(service)
    check_bodies(service)
    service.ask('/latest', User_Agent='\u00e4 \t' + 'a' * 100)
    with open(log) as lines:
        last = lines.read().split('\n')[-2]
    assert last.endswith(' GET /latest 200 ?? ?' + 'a' * 60), last
    check_pipeline(service)
    check_noise(service)
    crowd = check_crowd(service)
    check_patience(service)
    for sock in crowd:
        sock.close()
    if os.environ['memory']:
        assert memory(service.pid) < int(os.environ['memory'])
    for _ in range(1500):
        assert service.status('/latest/meta-data/' + 'x' * 100) == 404
    assert os.stat(log).st_mode & 0o777 == 0o600
    with open(log, 'rb') as lines:
        text = lines.read()
    assert 65000 < len(text) <= 65536 and text.endswith(b'\n')
    assert not set(text) - set(b'\n') - set(range(32, 127))
