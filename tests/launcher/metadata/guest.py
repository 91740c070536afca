"""guest - a guest's side of the metadata service, for the tests of it"""
import http.client
import os
import signal
import socket
import subprocess


class Service:
    """`qami metadata` beside a machine: listener and lifeline are ours"""

    def __init__(self, instance):
        os.chdir(os.environ['QAMI_STORE'])
        self.address = instance + '.sock'
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(self.address)
        self.lifeline, other = socket.socketpair()
        self.start([instance], listener, other)
        other.close()

    def start(self, words, listener, *others):
        listener.listen(128)
        fds = [os.dup(end.fileno()) for end in (listener, *others)]
        self.pid = os.fork()
        if self.pid == 0:
            for i, fd in enumerate(fds):
                os.dup2(fd, 50 + i)
            for i in range(len(fds)):
                os.dup2(50 + i, 3 + i)
            os.environ.update(LISTEN_FDS=str(len(fds)),
                              LISTEN_PID=str(os.getpid()))
            os.execvp('qami', ['qami', 'metadata', *words])
        for fd in fds:
            os.close(fd)
        listener.close()

    def connect(self, timeout=20):
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(timeout)
        sock.connect(self.address)
        return sock

    def raw(self, data, timeout=20):
        """what bytes are answered with: status, headers, body"""
        with self.connect(timeout) as sock:
            sock.sendall(data)
            return answer(sock, data.split(b' ')[0].decode('latin1'))

    def ask(self, path, method='GET', **headers):
        head = ''.join('%s: %s\r\n' % (name.replace('_', '-'), value)
                       for name, value in headers.items())
        return self.raw(('%s %s HTTP/1.1\r\nHost: 169.254.169.254\r\n%s\r\n'
                         % (method, path, head)).encode())

    def status(self, path, method='GET', **headers):
        return self.ask(path, method, **headers)[0]

    def token(self, ttl=60):
        status, headers, body = self.ask(
            '/latest/api/token', 'PUT',
            X_aws_ec2_metadata_token_ttl_seconds=ttl)
        assert status == 200, status
        assert headers['X-aws-ec2-metadata-token-ttl-seconds'] == str(ttl)
        return {'X_aws_ec2_metadata_token': body.decode()}

    def ended(self):
        """waits for the process: its exit code"""
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def end(self):
        self.lifeline.close()
        code = self.ended()
        os.unlink(self.address)
        assert code == 0, code

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()


class Bridge(Service):
    """the same for all instances there; `source` is whose guest we are"""

    def __init__(self):
        os.chdir(os.environ['QAMI_STORE'])
        listener = socket.socket()
        listener.bind(('127.0.0.1', 0))
        self.address = listener.getsockname()
        self.source = None
        self.start(['--bridge'], listener)

    def connect(self, timeout=20):
        return socket.create_connection(self.address, timeout,
                                        (self.source, 0))

    def end(self):
        os.kill(self.pid, signal.SIGTERM)
        code = self.ended()
        assert code == 0, code


def answer(sock, method='GET'):
    response = http.client.HTTPResponse(sock, method=method)
    response.begin()
    body = response.read()
    assert response.headers['Server'] == 'EC2ws', response.headers
    return response.status, response.headers, body


def walk(service, version, **token):
    """every leaf below a version by its path, as cloud-init goes about it"""
    leaves = {}

    def visit(path):
        status, _, listing = service.ask('/%s/%s' % (version, path), **token)
        assert status == 200, (path, status)
        assert not listing.endswith(b'\n'), path
        assert service.ask('/%s/%s' % (version, path.rstrip('/')),
                           **token)[2] == listing, path
        for name in listing.decode().split('\n'):
            if path.endswith('public-keys/'):
                assert name.startswith('0='), name
                name = '0/'
            if name.endswith('/'):
                visit(path + name)
                continue
            status, headers, body = service.ask(
                '/%s/%s' % (version, path + name), **token)
            assert status == 200, (path + name, status)
            kind = headers['Content-Type']
            assert kind == ('application/octet-stream' if name == 'user-data'
                            else 'text/plain'), (name, kind)
            # a slash too many does not make it another one
            assert service.ask('/%s/%s/' % (version, path + name),
                               **token)[2] == body, path + name
            leaves[path + name] = body
    visit('')
    return leaves


def sql(statement):
    subprocess.run(['sqlite3', '-cmd', '.timeout 10000', 'qami.db', statement],
                   check=True, cwd=os.environ['QAMI_STORE'])
