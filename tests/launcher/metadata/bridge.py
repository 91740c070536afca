"""bridge - one process for several guests, told apart by their addresses"""
import http.client
import os
import socket

from guest import Bridge, answer, sql, walk

one, two = os.environ['one'], os.environ['two']
hosts = {one: '127.0.0.4', two: '127.0.0.5'}
for instance, host in hosts.items():
    sql("UPDATE instance SET network = 'bridge', address = '%s', hop_limit = 3 "
        "WHERE id = '%s'" % (host, instance))


def silent(bridge):
    """who is nobody's guest gets nothing, whatever it says"""
    for data in (b'GET / HTTP/1.0\r\n\r\n', b'nonsense\r\n\r\n'):
        try:
            bridge.raw(data)
        except (ConnectionError, http.client.BadStatusLine):
            continue
        raise AssertionError('answered ' + bridge.source)


def hops(bridge, data):
    """how far the packet with the answer may go"""
    with socket.socket(socket.AF_INET, socket.SOCK_RAW,
                       socket.IPPROTO_TCP) as wire:
        wire.settimeout(20)
        status, _, body = bridge.raw(data)
        assert status == 200
        while True:
            packet = wire.recv(65536)
            if packet.endswith(body) and b'Server: EC2ws' in packet:
                return packet[8]


with Bridge() as bridge:
    trees = {}
    for instance, bridge.source in hosts.items():
        trees[instance] = walk(bridge, 'latest')
        assert trees[instance]['meta-data/instance-id'] == instance.encode()
    bridge.source = hosts[one]
    token = bridge.token()
    assert bridge.status('/', **token) == 200
    bridge.source = hosts[two]
    assert bridge.status('/', **token) == 401
    common = set(trees[one].values()) & set(trees[two].values())
    assert not any(b'secret' in value or one.encode() in value or
                   two.encode() in value for value in common), common
    # a token's packets go as far as it was said, others as far as they do
    if os.geteuid() == 0:
        assert hops(bridge, b'PUT /latest/api/token HTTP/1.0\r\n'
                    b'X-aws-ec2-metadata-token-ttl-seconds: 9\r\n\r\n') == 3
        assert hops(bridge, b'GET /latest/ HTTP/1.0\r\n\r\n') == 64

    # whose key would sign is not here
    assert bridge.ask('/latest/dynamic/instance-identity/')[2] == b'document'
    assert bridge.status('/latest/dynamic/instance-identity/pkcs7') == 404
    bridge.source = '127.0.0.6'
    silent(bridge)

    # a connection that goes on does not outlive its right to be answered
    bridge.source = hosts[two]
    with bridge.connect() as sock:
        ask = b'GET /latest/meta-data/instance-id HTTP/1.1\r\nHost: h\r\n\r\n'
        sock.sendall(ask)
        assert answer(sock)[2] == two.encode()
        sql("UPDATE instance SET state = 'stopped' WHERE id = '%s'" % two)
        sock.sendall(ask)
        assert sock.recv(1) == b''
    silent(bridge)
    sql("UPDATE instance SET state = 'running', network = 'user' "
        "WHERE id = '%s'" % two)
    silent(bridge)

    # each has its own log
    for instance in hosts:
        with open('instances/%s/metadata.log' % instance) as log:
            assert 'GET /latest/meta-data/ 200' in log.read()

    # one guest's silence takes no place of another's
    bridge.source = hosts[one]
    crowd = [bridge.connect() for _ in range(100)]
    sql("UPDATE instance SET network = 'bridge' WHERE id = '%s'" % two)
    bridge.source = hosts[two]
    with bridge.connect() as sock:
        sock.sendall(b'GET /latest/meta-data/instance-id HTTP/1.1\r\n')
        bridge.source = hosts[one]
        crowd += [bridge.connect() for _ in range(300)]
        assert bridge.status('/') == 200
        sock.sendall(b'Host: h\r\n\r\n')
        assert answer(sock)[2] == two.encode()
    for each in crowd:
        each.close()
