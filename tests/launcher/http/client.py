"""client.py - what tests of the server say to it, byte by byte"""
import datetime
import hashlib
import hmac
import os
import socket
import struct
import urllib.parse

url = urllib.parse.urlsplit(os.environ["AWS_ENDPOINT_URL"])
HOST, PORT = url.hostname, url.port
HEAD = b"Host: %s:%d\r\n" % (HOST.encode(), PORT)


def connect(timeout=20):
    return socket.create_connection((HOST, PORT), timeout)


def receive(peer):
    """all that comes, and how it ended: '' (the peer closed), or why not"""
    data = b""
    try:
        while True:
            more = peer.recv(65536)
            if not more:
                return data, ""
            data += more
    except OSError as error:
        return data, str(error)


def answer(peer, pending=b"", bodiless=False):
    """one answer: its status, headers, body, and what came behind it"""
    while b"\r\n\r\n" not in pending:
        more = peer.recv(65536)
        if not more:
            raise EOFError(pending)
        pending += more
    head, pending = pending.split(b"\r\n\r\n", 1)
    lines = head.decode().split("\r\n")
    headers = {}
    for line in lines[1:]:
        name, value = line.split(": ", 1)
        headers[name.lower()] = value
    status = int(lines[0].split()[1])
    size = int(headers.get("content-length", 0))
    if status == 100 or bodiless:
        size = 0
    while len(pending) < size:
        more = peer.recv(65536)
        if not more:
            raise EOFError(pending)
        pending += more
    return status, headers, pending[:size], pending[size:]


def vanish(peer):
    """the peer is gone as if its host had been switched off and on"""
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                    struct.pack("ii", 1, 0))
    peer.close()


def signed(form, service="ec2", method="POST", path="/", kind=None,
           unsigned=False):
    """the bytes of a request with a good signature"""
    key, secret = (os.environ["AWS_ACCESS_KEY_ID"],
                   os.environ["AWS_SECRET_ACCESS_KEY"])
    region = os.environ["AWS_REGION"]
    body = form if isinstance(form, bytes) else \
        urllib.parse.urlencode(form).encode()
    payload = hashlib.sha256(body).hexdigest()
    now = datetime.datetime.now(datetime.timezone.utc) \
        .strftime("%Y%m%dT%H%M%SZ")
    headers = {"host": "%s:%d" % (HOST, PORT), "x-amz-date": now}
    if kind is None and service == "ec2":
        kind = "application/x-www-form-urlencoded"
    if kind:
        headers["content-type"] = kind
    if service == "s3":
        headers["x-amz-content-sha256"] = payload
    names = ";".join(sorted(headers))
    canonical = "\n".join(
        [method, path, ""] +
        ["%s:%s" % (name, headers[name]) for name in sorted(headers)] +
        ["", names, payload])
    scope = "/".join([now[:8], region, service, "aws4_request"])
    text = "\n".join(["AWS4-HMAC-SHA256", now, scope,
                      hashlib.sha256(canonical.encode()).hexdigest()])
    mac = ("AWS4" + secret).encode()
    for part in scope.split("/") + [text]:
        mac = hmac.new(mac, part.encode(), hashlib.sha256).digest()
    headers["authorization"] = (
        "AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s" %
        (key, scope, names, mac.hex()))
    headers["content-length"] = str(len(body))
    head = "%s %s HTTP/1.1\r\n" % (method, path) + "".join(
        "%s: %s\r\n" % pair for pair in headers.items())
    return head.encode() + b"\r\n" + body
