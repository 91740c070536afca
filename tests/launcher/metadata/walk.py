"""walk - the whole tree of two instances, with and without tokens"""
import fcntl
import json
import os
import threading
import time

from guest import Service, sql, walk

one, two = os.environ['one'], os.environ['two']
mac = 'meta-data/network/interfaces/macs/52:54:00:aa:bb:0%s/'


def expected(instance, letter, address):
    name = instance + '.ec2.internal'
    leaves = {
        'ami-id': 'ami-' + letter, 'ami-launch-index': '0',
        'ami-manifest-path': '(unknown)',
        'block-device-mapping/ami': '/dev/sda1',
        'block-device-mapping/root': '/dev/sda1',
        'hostname': name, 'instance-action': 'none', 'instance-id': instance,
        'instance-life-cycle': 'on-demand', 'instance-type': 't3.' + letter,
        'local-hostname': name, 'local-ipv4': address,
        'mac': '52:54:00:aa:bb:0' + letter,
        'placement/availability-zone': 'us-east-1a',
        'placement/region': 'us-east-1', 'profile': 'default-hvm',
        'public-keys/0/openssh-key': 'ssh-ed25519 AAAA%s key-%s'
        % (letter, letter),
        'reservation-id': 'r-' + letter,
        'services/domain': 'amazonaws.com', 'services/partition': 'aws',
    }
    leaves = {'meta-data/' + path: text for path, text in leaves.items()}
    leaves.update({(mac % letter) + path: text for path, text in {
        'device-number': '0', 'interface-id': 'eni-' + letter,
        'local-hostname': name, 'local-ipv4s': address,
        'mac': '52:54:00:aa:bb:0' + letter, 'owner-id': '123456789012',
        'subnet-id': 'subnet-1', 'subnet-ipv4-cidr-block': '172.31.0.0/20',
        'vpc-id': 'vpc-1', 'vpc-ipv4-cidr-block': '172.31.0.0/16',
        'vpc-ipv4-cidr-blocks': '172.31.0.0/16'}.items()})
    leaves['user-data'] = 'secret of ' + letter
    return leaves


def compare(leaves, wanted):
    """apart from the identity document, which has a test of its own"""
    seen = {path: body.decode() for path, body in leaves.items()
            if not path.startswith('dynamic/')}
    assert seen == wanted, (set(seen.items()) ^ set(wanted.items()))
    document = json.loads(leaves['dynamic/instance-identity/document'])
    assert document['instanceId'] == wanted['meta-data/instance-id']
    assert document['privateIp'] == wanted['meta-data/local-ipv4']
    assert document['pendingTime'] == '2026-09-21T14:13:20Z', document


first = expected(one, 'a', '172.31.0.4')
first.update({
    'meta-data/block-device-mapping/ebs1': 'sdg',
    'meta-data/block-device-mapping/ebs2': 'xvdf',
    'meta-data/block-device-mapping/ephemeral0': 'sdb',
    'meta-data/security-groups': 'default\nweb',
    mac % 'a' + 'security-groups': 'default\nweb',
    mac % 'a' + 'security-group-ids': 'sg-1\nsg-2'})
second = expected(two, 'b', '172.31.0.5')

with Service(one) as a, Service(two) as b:
    for version in 'latest', '1.0', '2009-04-04', '2021-03-23', '2031-12-31':
        compare(walk(a, version), first)
        compare(walk(a, version, **a.token()), first)
    compare(walk(b, 'latest'), second)
    versions = a.ask('/')[2].decode().split('\n')
    assert versions[0] == '1.0' and versions[-1] == 'latest', versions
    for version in versions:
        assert a.status('/%s/meta-data/' % version) == 200, version
    for path in ('/1.1', '/2021-3-23', '/2021-13-01', '/2021-01-32', '/latest/x',
                 '/latest/meta-data/ami', '/latest/meta-data/ami-id/x',
                 '/latest/api', '/latest/meta-data/kernel-id',
                 '/latest/meta-data/tags/', '/latest/meta-data/iam/',
                 '/latest/meta-data/public-keys/1/', '/favicon.ico'):
        status, headers, body = a.ask(path)
        assert status == 404, path
        assert b'404 - Not Found' in body, body
        assert headers['Content-Type'] == 'text/html'

    # rows are read afresh: what was not there is, and the other way round
    sql("UPDATE instance SET user_data = NULL, public_key = NULL, "
        "kernel = 'aki-1', metadata_tags = 1 WHERE id = '%s'" % two)
    assert b.status('/latest/user-data') == 404
    assert b.ask('/latest')[2] == b'dynamic/\nmeta-data/'
    assert b.status('/latest/meta-data/public-keys/') == 404
    assert b.ask('/latest/meta-data/kernel-id')[2] == b'aki-1'
    assert b.status('/latest/meta-data/tags/') == 404
    sql("INSERT INTO tag VALUES " + ", ".join(
        "('%s', '%s', '%s', 'instance', '123456789012')" % row for row in (
            (two, 'Name', 'Zw\u00f6lf {1}'), (two, 'a b', 'blank'),
            (two, 'a/b', 'slash'), (two, '..', 'dots'), (two, '0=x', 'key'),
            (two, 'empty', ''), (two, 'k+@:=,._-', 'odd'),
            (two, '_index', 'no'), (one, 'Name', 'first'))))
    tags = {path[len('meta-data/tags/instance/'):]: body.decode()
            for path, body in walk(b, 'latest').items() if '/tags/' in path}
    assert tags == {'Name': 'Zw\u00f6lf {1}', 'empty': '',
                    'k+@:=,._-': 'odd'}, tags
    # not listed, since readers would take it for a public key; but there
    assert b.ask('/latest/meta-data/tags/instance/0=x')[2] == b'key'
    # as clients encode it
    assert b.ask('/latest/meta-data/tags/instance/k%2B%40%3a%3D%2C._-')[2] \
        == b'odd'
    for key in 'a%20b', 'a/b', 'a%2Fb', '..', '%2e%2e', '_index':
        assert b.status('/latest/meta-data/tags/instance/' + key) == 404, key
    assert a.status('/latest/meta-data/tags/instance/Name') == 404

    # a token is one instance's, one process's, and its time's
    sql("UPDATE instance SET http_tokens = 'required'")
    mine, others, short = a.token(600), b.token(600), a.token(1)
    for path in '/', '/latest/meta-data/', '/latest/user-data', '/none':
        assert a.status(path) == 401, path
        assert a.status(path, **others) == 401, path
        assert a.status(path, X_aws_ec2_metadata_token='') == 401, path
    compare(walk(a, 'latest', **mine), first)
    left = a.ask('/', **mine)[1]['X-aws-ec2-metadata-token-ttl-seconds']
    assert 400 < int(left) <= 600, left
    time.sleep(1.1)
    assert a.status('/', **short) == 401
    token = mine['X_aws_ec2_metadata_token']
    for wrong in token[:-1], token + 'A', token.swapcase(), 'A' * len(token):
        assert a.status('/', X_aws_ec2_metadata_token=wrong) == 401, wrong
    sql("UPDATE instance SET http_tokens = 'optional'")
    assert a.status('/') == 200
    assert a.status('/', **short) == 401

    # who may have one
    for ttl in 0, 21601, -1, '', 'x', '1.5', '1e3', '99999999999', '0x10':
        assert a.status('/latest/api/token', 'PUT',
                        X_aws_ec2_metadata_token_ttl_seconds=ttl) == 400, ttl
    a.token(21600)
    assert a.status('/latest/api/token', 'PUT') == 400
    for name in 'X_Forwarded_For', 'x_forwarded_for':
        assert a.status('/latest/api/token', 'PUT', **{
            'X_aws_ec2_metadata_token_ttl_seconds': 60,
            name: '10.0.0.1'}) == 403
    assert a.status('/latest/meta-data/', X_Forwarded_For='10.0.0.1') == 200

    # methods
    for method in 'POST', 'DELETE', 'OPTIONS', 'PATCH', 'get', 'BREW', 'PUT':
        status, headers, _ = a.ask('/latest/meta-data/', method)
        assert status == 405, method
        assert headers['Allow'] == 'GET, HEAD'
    for method in 'GET', 'HEAD', 'POST':
        status, headers, _ = a.ask('/latest/api/token', method)
        assert (status, headers['Allow']) == (405, 'PUT'), method
    status, headers, body = a.ask('/latest/user-data', 'HEAD')
    assert (status, headers['Content-Length'], body) == (200, '11', b'')

    # rows that cannot be read now may be later
    with open('qami.db-shm', 'r+b') as index:
        fcntl.lockf(index, fcntl.LOCK_EX, 8, 120)
        threading.Timer(1, fcntl.lockf, (index, fcntl.LOCK_UN, 8, 120)).start()
        start = time.monotonic()
        assert a.status('/latest/meta-data/') == 200
        assert 0.9 < time.monotonic() - start
    sql("ALTER TABLE scratch RENAME TO gone")
    status, _, body = a.ask('/latest/meta-data/')
    assert status == 503 and b'Service Unavailable' in body
    sql("ALTER TABLE gone RENAME TO scratch")
    assert a.status('/latest/meta-data/') == 200

    # switched off, and on again
    sql("UPDATE instance SET http_endpoint = 0 WHERE id = '%s'" % one)
    for path, method in (('/', 'GET'), ('/latest/meta-data/', 'GET'),
                         ('/latest/api/token', 'PUT'), ('/none', 'DELETE')):
        assert a.status(path, method) == 403, path
    assert a.status('/', **mine) == 403
    assert b.status('/') == 200
    sql("UPDATE instance SET http_endpoint = 1")
    assert a.status('/', **mine) == 200

# another process's token is nobody's
with Service(one) as again:
    assert again.status('/', **mine) == 401
