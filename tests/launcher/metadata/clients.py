"""clients - what real programs ask for, request by request

Each function asks for what one program asks for, in its order and with its
headers, and takes the answers as that program does: which of them may be 404,
and which end everything. Where versions differ it is the pickier one.
"""
import http.client
import json
import os

from guest import Service, sql

instance = os.environ['one']
key = 'ssh-ed25519 AAAAa key-a'
user_data = 'secret of a'
TTL = 'X-aws-ec2-metadata-token-ttl-seconds'
TOKEN = 'X-aws-ec2-metadata-token'


class Connection(http.client.HTTPConnection):
    def connect(self):
        self.sock = service.connect()


class Client:
    """One client: its headers, and whether it keeps its connection."""

    def __init__(self, agent, keep=False, **headers):
        self.headers = {'User-Agent': agent}
        for name, value in headers.items():
            self.headers[name.replace('_', '-')] = value
        self.connection = Connection('169.254.169.254') if keep else None

    def ask(self, method, path, **more):
        """Returns status and body; a name's _ stands for -."""
        connection = self.connection or Connection('169.254.169.254')
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in (self.headers | more).items():
            connection.putheader(name.replace('_', '-'), value)
        connection.endheaders()
        answer = connection.getresponse()
        body = answer.read()
        if not self.connection:
            connection.close()
        else:
            assert not answer.will_close, path
        return answer.status, body.decode()

    def get(self, path):
        """What must be there."""
        status, body = self.ask('GET', path)
        assert status == 200, (self.headers['User-Agent'], path, status)
        return body

    def maybe(self, path):
        """What need not be there: None then, and no other status."""
        status, body = self.ask('GET', path)
        assert status in (200, 404), (self.headers['User-Agent'], path, status)
        return body if status == 200 else None

    def token(self, ttl, **more):
        status, body = self.ask('PUT', '/latest/api/token',
                                **{TTL: str(ttl)}, **more)
        assert status == 200 and body, (self.headers['User-Agent'], status)
        self.headers[TOKEN] = body


def same(wanted, got):
    assert wanted == got, f'wanted: {wanted!r}, got: {got!r}'


def walk(client, path):
    """As cloud-init does: names ending in a slash are directories, N=name is
    a key's directory, and every one that is listed must be there."""
    tree = {}
    for name in client.get(path).splitlines():
        if name.endswith('/'):
            tree[name[:-1]] = walk(client, path + name)
        elif name.partition('=')[0].isdigit() and '=' in name:
            index, name = name.split('=', 1)
            tree[name] = client.get(f'{path}{index}/openssh-key')
        else:
            tree[name] = client.get(path + name)
    return tree


def cloud_init():
    client = Client('Cloud-Init/22.4.2', True, Accept='*/*',
                    Accept_Encoding='gzip, deflate', Connection='keep-alive')
    client.token(21600, Content_Length='0')
    # the first of the versions it knows that answers is the one it uses
    for version in '2021-03-23', '2018-09-24', '2016-09-02', '2009-04-04':
        same(instance, client.get(f'/{version}/meta-data/instance-id'))
    client.headers['User-Agent'] = 'python-requests/2.28.1'
    same(user_data, client.maybe('/2021-03-23/user-data'))
    tree = walk(client, '/2021-03-23/meta-data/')
    same(instance, tree['instance-id'])
    same(key, tree['public-keys']['key-a'])
    same(instance + '.ec2.internal', tree['local-hostname'])
    # its network is made of this, by the card's address
    (mac, card), = tree['network']['interfaces']['macs'].items()
    same((mac, tree['local-ipv4'], '0'),
         (tree['mac'], card['local-ipv4s'], card['device-number']))
    assert 'subnet-ipv4-cidr-block' in card
    at = '/2021-03-23/dynamic/instance-identity'
    for name in client.get(at).splitlines():
        client.get(at + '/' + name)
    same(instance, json.loads(client.get(at + '/document'))['instanceId'])


def ignition():
    client = Client('Ignition/2.14.0', True, Accept_Encoding='identity',
                    Accept='application/vnd.coreos.ignition+json;'
                    'version=3.4.0, */*;q=0.1')
    client.token(21600, Content_Length='0')
    same(user_data, client.maybe('/2019-10-01/user-data'))
    # then the SDK inside it, for s3:// links
    at = '/latest/meta-data/placement/'
    same('us-east-1a', client.get(at + 'availability-zone'))


def afterburn():
    client = Client('Afterburn', True, Accept='*/*', Accept_Encoding='gzip')
    client.token(21600, Content_Length='0')
    at = '/2021-01-03/meta-data/'
    same('0=key-a', client.get(at + 'public-keys'))
    same(key, client.get(at + 'public-keys/0/openssh-key'))
    same(instance, client.get(at + 'instance-id'))
    same(client.get(at + 'hostname'), client.get(at + 'local-hostname'))
    for name in ('instance-type', 'local-ipv4', 'placement/availability-zone'):
        assert client.get(at + name)
    for name in ('public-ipv4', 'public-hostname',
                 'placement/availability-zone-id'):
        client.maybe(at + name)
    document = client.get('/2021-01-03/dynamic/instance-identity/document')
    same('us-east-1', json.loads(document)['region'])


def cloudbase_init():
    """Windows: knows no tokens, so it is refused where they are required."""
    client = Client('Python-urllib/3.10', Accept_Encoding='identity',
                    Connection='close')
    at = '/2009-04-04/'
    if mode == 'required':
        same(401, client.ask('GET', at + 'meta-data/local-hostname')[0])
        return
    assert client.get(at + 'meta-data/local-hostname')
    same(instance, client.get(at + 'meta-data/instance-id'))
    index, name = client.get(at + 'meta-data/public-keys').split('=')
    same(('0', 'key-a'), (index, name))
    same(key, client.get(at + f'meta-data/public-keys/{index}/openssh-key'))
    same(user_data, client.maybe(at + 'user-data'))


def sdk(agent, ttl):
    """Credentials in the guest: no role is a 404, which is how the SDKs know
    to look elsewhere; 403 and 405 would make them fall back to v1."""
    client = Client(agent, True, Accept_Encoding='identity')
    client.token(ttl, Content_Length='0')
    at = '/latest/meta-data/'
    same(None, client.maybe(at + 'iam/security-credentials/'))
    same('us-east-1', client.get(at + 'placement/region'))
    document = client.get('/latest/dynamic/instance-identity/document')
    document = json.loads(document)
    same((instance, 'us-east-1'), (document['instanceId'], document['region']))


def sdk_v1():
    """boto3 of Debian 12 where no token is to be had: bare requests."""
    client = Client('aws-cli/2.9.19', Accept_Encoding='identity')
    path = '/latest/meta-data/iam/security-credentials/'
    same(401 if mode == 'required' else 404, client.ask('GET', path)[0])


def ec2_metadata():
    """Amazon's script of that name, on curl."""
    client = Client('curl/7.88.1', Accept='*/*')
    client.token(21600)
    at = '/latest/meta-data/'
    for name in ('ami-id', 'ami-launch-index', 'ami-manifest-path',
                 'block-device-mapping/', 'instance-id', 'instance-type',
                 'local-hostname', 'local-ipv4',
                 'placement/availability-zone', 'placement/region',
                 'public-keys/', 'reservation-id', 'security-groups'):
        assert client.get(at + name)
    for name in ('ancestor-ami-ids', 'kernel-id', 'product-codes',
                 'public-hostname', 'public-ipv4', 'ramdisk-id'):
        client.maybe(at + name)
    for disk in client.get(at + 'block-device-mapping/').splitlines():
        assert client.get(at + 'block-device-mapping/' + disk)
    # it goes down where it finds a directory, and strips '0=' itself
    same('openssh-key', client.get(at + 'public-keys/0/'))


def ec2_instance_connect():
    client = Client('curl/7.88.1', Accept='*/*')
    client.token(5)
    at = '/latest/meta-data/'
    same(instance, client.get(at + 'instance-id'))
    same('amazonaws.com', client.get(at + 'services/domain'))
    # nobody has sent a key to be used once
    same(404, client.ask('HEAD', at + 'managed-ssh-keys/active-keys/root/')[0])


def talos():
    client = Client('Go-http-client/1.1', True, Accept_Encoding='gzip')
    client.token(60, Content_Length='0')
    same(user_data, client.maybe('/latest/user-data'))
    for name in ('hostname', 'public-ipv4', 'instance-type', 'instance-id'):
        client.maybe('/latest/meta-data/' + name)


def bottlerocket():
    client = Client('-', True, Accept='*/*')
    client.token(60, Content_Length='0')
    at = '/2021-07-15/'
    same(user_data, client.maybe(at + 'user-data'))
    cards = at + 'meta-data/network/interfaces/macs/'
    (card,) = client.get(cards).splitlines()
    assert client.get(cards + card + 'local-ipv4s')
    assert client.get(at + 'dynamic/instance-identity/document')


with Service(instance) as service:
    for mode in 'optional', 'required':
        sql("UPDATE instance SET http_tokens = '%s'" % mode)
        cloud_init()
        ignition()
        afterburn()
        cloudbase_init()
        sdk('aws-sdk-go-v2/1.21.0 ua/2.0 os/linux lang/go', 300)
        sdk('Boto3/1.26.27 Python/3.11.2 Linux/6.1 Botocore/1.29.27', 21600)
        sdk('aws-sdk-js/3.600.0', 21600)
        sdk_v1()
        ec2_metadata()
        ec2_instance_connect()
        talos()
        bottlerocket()
