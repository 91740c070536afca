#!/usr/bin/python3
"""auth.py KEY SECRET REGION MUTANTS - requests for auth.c, a line of JSON each

Valid ones come from botocore's signers and, where those would never sign such
a thing, from the rules written down once more here, with canonical forms by
hand. Then each way of being refused, with its code; then valid requests of
which one byte was changed: `same` says whether that changed what they mean.
"""
import base64
import calendar
import hashlib
import hmac
import json
import random
import sys
import time
import urllib.parse

KEY, SECRET, REGION, MUTANTS = sys.argv[1:]
HOST = "localhost:8773"
EMPTY = hashlib.sha256(b"").hexdigest()
NOW = int(time.time())
random.seed(1)
valid = []


def stamp(when=NOW):
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(when))


def emit(name, method, target, headers, body, expect="", same=True, age=0):
    """`age`: when it arrives, in seconds after NOW."""
    path, _, query = target.partition("?")
    case = {"name": name, "method": method, "path": path, "query": query,
            "headers": [[str(n), v] for n, v in headers],
            "body": base64.b64encode(body).decode(), "expect": expect,
            "same": same, "now": NOW + age}
    print(json.dumps(case, ensure_ascii=True))
    return case


def good(name, method, target, headers, body=b""):
    valid.append(emit(name, method, target, headers, body))


def hmac256(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def signature(method, uri, query, headers, signed, payload, date, scope,
              secret=SECRET):
    """From canonical forms that the caller has made."""
    lines = "".join("%s:%s\n" % (name, headers[name]) for name in signed)
    canonical = "\n".join([method, uri, query, lines, ";".join(signed),
                           payload])
    key = ("AWS4" + secret).encode()
    for part in scope.split("/"):
        key = hmac256(key, part)
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join(["AWS4-HMAC-SHA256", date, scope, digest])
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def by_hand(method="GET", target="/", uri="/", query="", extra=(), body=b"",
            service="ec2", region=REGION, date=None, day=None, key=KEY,
            secret=SECRET, signed=None, payload=None, canonical=None,
            form="AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, "
                 "Signature=%s", date_header=True, end="aws4_request"):
    """Headers of a signed request; `canonical` has values of headers whose
    canonical form is not the one that was sent."""
    date = date or stamp()
    scope = "/".join([day or date[:8], region, service, end])
    headers = [("Host", HOST)]
    if date_header:
        headers.append(("X-Amz-Date", date))
    headers += list(extra)
    values = {name.lower(): value for name, value in headers}
    values.update(canonical or {})
    signed = sorted(values) if signed is None else signed
    if payload is None:
        payload = values.get("x-amz-content-sha256",
                             hashlib.sha256(body).hexdigest())
    mac = signature(method, uri, query, values, signed, payload, date, scope,
                    secret)
    headers.append(("Authorization",
                    form % (key, scope, ";".join(signed), mac)))
    return headers


def presigned(changes=(), drop=(), more=(), method="GET", expires=300,
              service="ec2", date=None, body_hash=EMPTY, extra=(),
              signed=("host",), key=KEY, secret=SECRET, uri="/"):
    """A presigned URL's target and headers; `changes` come after signing."""
    date = date or stamp()
    scope = "/".join([date[:8], REGION, service, "aws4_request"])
    query = dict([("Action", "DescribeRegions"),
                  ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
                  ("X-Amz-Credential", key + "/" + scope),
                  ("X-Amz-Date", date), ("X-Amz-Expires", str(expires)),
                  ("X-Amz-SignedHeaders", ";".join(signed))] + list(more))
    for name in drop:
        query.pop(name)

    def text(pairs):
        return "&".join(quote(n) + "=" + quote(v) for n, v in pairs)
    headers = [("Host", HOST)] + list(extra)
    values = {name.lower(): value for name, value in headers}
    mac = signature(method, uri, text(sorted(query.items())), values,
                    sorted(signed), body_hash, date, scope, secret)
    pairs = list(query.items()) + [("X-Amz-Signature", mac)]
    pairs = [(n, dict(changes).get(n, v)) for n, v in pairs]
    return uri + "?" + text(pairs), headers


def quote(text, safe="-_.~"):
    return urllib.parse.quote(text, safe=safe)


def by_botocore():
    import botocore.auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    keys = Credentials(KEY, SECRET)
    pieces = ["a", "Z", "9", "-", "_", ".", "~", "/", " ", "+", "=", "%", "%41",
              "&", '"', "*", ":", "?", "#", ";", ",", "$", "@", "!", "'", "(",
              "\u00e9", "\u20ac", "\U0001f600", "\x7f"]

    def draw(first=""):
        return first + "".join(random.choices(pieces, k=random.randrange(9)))

    def url(service, presign):
        path = "/"
        if service == "ebs":
            path = "/snapshots/snap-%x" % random.getrandbits(32)
            path += random.choice(["", "/blocks", "/blocks/7",
                                   "/changedblocks"])
        elif service == "s3":
            path = quote(draw("/"), "/-_.~")
        pairs = [quote(draw("k")) + "=" + quote(draw())
                 for _ in range(random.randrange(6))]
        if presign:  # botocore wants what a dictionary can hold
            pairs = [p for p in pairs if not p.endswith("=")]
            pairs = list({p.split("=")[0]: p for p in pairs}.values())
        return "http://%s%s%s" % (HOST, path,
                                  "?" + "&".join(pairs) if pairs else "")

    for number in range(600):
        service = random.choice(["ec2", "ebs", "s3", "sts", "iam"])
        region = REGION
        if service in ("sts", "iam") and number % 2:
            region = "us-east-1"
        presign = number % 3 == 0
        method = random.choice(["GET", "POST", "PUT", "DELETE", "HEAD"])
        body = b"" if random.randrange(2) else random.randbytes(40)
        if presign and service != "s3":
            body = b""
        headers = {}
        if random.randrange(2):
            headers["Content-Type"] = "text/plain;  charset=utf-8"
        for name in random.sample(["X-Amz-Meta-A", "x-amz-meta-b",
                                   "X-AMZ-META-C", "X-Other"],
                                  random.randrange(4)):
            headers[name] = random.choice(["", "  v  w\tx ", '"a   b"', "1,2",
                                           "\u00e9".encode().decode("latin1")])
        request = AWSRequest(method=method, url=url(service, presign),
                             headers=headers,
                             data=b"" if presign else body)
        if service == "s3":
            request.context["payload_signing_enabled"] = True
            signer = botocore.auth.S3SigV4QueryAuth if presign else \
                botocore.auth.S3SigV4Auth
        else:
            signer = botocore.auth.SigV4QueryAuth if presign else \
                botocore.auth.SigV4Auth
        more = [300] if presign else []
        signer(keys, service, region, *more).add_auth(request)
        ready = request.prepare()
        target = ready.url[ready.url.index(HOST) + len(HOST):]
        sent = [("Host", HOST)]
        for name, value in ready.headers.items():
            value = value.decode() if isinstance(value, bytes) else value
            if name.lower() != "content-length":
                sent.append((name, value))
        good("botocore %d %s" % (number, service), method, target, sent, body)


def from_rules():
    """Cases that AWS's own suite has, and some more, made anew."""
    def one(name, target="/", uri="/", query="", extra=(), method="GET",
            body=b"", **more):
        good(name, method, target,
             by_hand(method, target, uri, query, extra, body, **more), body)

    one("vanilla")
    one("vanilla post", method="POST")
    one("utf8", "/\u1234", "/%E1%88%B4")
    one("encoded utf8", "/%e1%88%b4", "/%25e1%2588%25b4")
    one("space", "/example%20space/", "/example%2520space/")
    one("relative", "/example/..", "/")
    one("relative relative", "/example1/example2/../..", "/")
    one("slash", "//", "/")
    one("slash dot slash", "/./", "/")
    one("pointless dot", "/./example", "/example")
    one("slashes", "//example//", "/example/")
    one("above the root", "/../../x", "/x")
    one("unreserved", "/-._~0123456789ABCxyz", "/-._~0123456789ABCxyz")
    one("dollar", "/a$b*c", "/a%24b%2Ac")
    one("empty query key", "/?Param1=value1", query="Param1=value1")
    one("query key order", "/?Param1=value2&Param1=Value1",
        query="Param1=Value1&Param1=value2")
    one("query key case", "/?b=1&A=2&a=3&B=4", query="A=2&B=4&a=3&b=1")
    one("query key not pair", "/?Param-3=c&Param=b&Param=",
        query="Param=&Param=b&Param-3=c")
    one("query no value", "/?k&j=", query="j=&k=")
    one("query equals", "/?k=a=b", query="k=a%3Db")
    one("query unencoded", "/?k=a/b:c@d", query="k=a%2Fb%3Ac%40d")
    one("query over-encoded", "/?%6b=%7E%2d", query="k=~-")
    one("query lower hex", "/?k=%c3%a9%2f", query="k=%C3%A9%2F")
    one("utf8 query", "/?\u1234=bar", query="%E1%88%B4=bar")
    one("header key duplicate", extra=[("My-Header1", "value2"),
                                       ("My-Header1", "value2"),
                                       ("My-Header1", "value1")],
        canonical={"my-header1": "value2,value2,value1"})
    one("header value order", extra=[("My-Header1", "value4"),
                                     ("my-header1", "value1"),
                                     ("MY-HEADER1", "value3")],
        canonical={"my-header1": "value4,value1,value3"})
    one("header value trim", extra=[("My-Header1", "  value1  "),
                                    ("My-Header2", ' "a   b   c" ')],
        canonical={"my-header1": "value1", "my-header2": '"a b c"'})
    one("unsigned header", extra=[("User-Agent", "x")],
        signed=["host", "x-amz-date"])
    one("form", method="POST", body=b"Action=DescribeRegions&a=b+c",
        extra=[("Content-Type",
                "application/x-www-form-urlencoded; charset=utf-8")])
    one("hash of the body", method="POST", body=b"x", extra=[
        ("X-Amz-Content-SHA256", hashlib.sha256(b"x").hexdigest())])
    rfc = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(NOW))
    one("date of rfc 1123", extra=[("Date", rfc)], date_header=False)
    one("date beside x-amz-date", extra=[("Date", "nonsense")])
    one("no blanks", form="AWS4-HMAC-SHA256 Credential=%s/%s,"
        "SignedHeaders=%s,Signature=%s")
    one("s3 path", "/b/a%20b%2F+$%c3%a9/../x", "/b/a%20b/%2B%24%C3%A9/../x",
        service="s3", extra=[("X-Amz-Content-SHA256", EMPTY)])
    one("s3 empty get", "/b/k", "/b/k", service="s3",
        extra=[("X-Amz-Content-SHA256", "UNSIGNED-PAYLOAD")])
    one("block", "/snapshots/snap-1/blocks/3", "/snapshots/snap-1/blocks/3",
        service="ebs", method="PUT", body=b"block",
        extra=[("X-Amz-Content-SHA256", "UNSIGNED-PAYLOAD"),
               ("x-amz-Checksum", "sum")])
    target, headers = presigned()
    good("presigned", "GET", target, headers)
    target, headers = presigned(service="s3", uri="/b/k", method="PUT",
                                body_hash="UNSIGNED-PAYLOAD")
    good("presigned s3", "PUT", target, headers, b"any body")
    reorder = dict(headers=by_hand(), form="")
    value = reorder["headers"][-1][1]
    head, rest = value.split(" ", 1)
    parts = rest.split(", ")
    good("any order", "GET", "/", reorder["headers"][:-1] +
         [("authorization", head + "  " + " ,  ".join(parts[::-1]))])


def refusals():
    def no(name, code, headers, target="/", method="GET", body=b"", age=0):
        emit(name, method, target, headers, body, code, False, age)

    def edit(change, **more):
        headers = by_hand(**more)
        return headers[:-1] + [("Authorization", change(headers[-1][1]))]

    incomplete, mismatch = "IncompleteSignature", "SignatureDoesNotMatch"
    expired, failure = "RequestExpired", "AuthFailure"
    no("unsigned", "MissingAuthenticationToken", [("Host", HOST)])
    for name, value in [
            ("basic", "Basic YTpi"), ("version 2", "AWS AKIA:c2ln"),
            ("version 4a", "AWS4-ECDSA-P256-SHA256 Credential=a"),
            ("version 3", "AWS3-HTTPS AWSAccessKeyId=a"), ("empty", ""),
            ("alone", "AWS4-HMAC-SHA256"), ("bearer", "Bearer a.b.c")]:
        no(name, incomplete, [("Host", HOST), ("Authorization", value)])
    no("version 2 in the query", incomplete, [("Host", HOST)],
       "/?AWSAccessKeyId=a&Signature=b&SignatureVersion=2")
    for name, change in [
            ("part twice", lambda v: v + ", Signature=" + "0" * 64),
            ("no signature", lambda v: v[:v.index(", Signature")]),
            ("no credential", lambda v: v.replace("Credential=", "Cred=")),
            ("unknown part", lambda v: v + ", X=1"),
            ("comma behind", lambda v: v.replace("SHA256 C", "SHA256, C")),
            ("semicolons", lambda v: v.replace(", ", "; ")),
            ("trailing commas", lambda v: v + ", ,"),
            ("trailing comma", lambda v: v + ","),
            ("scope that goes on", lambda v: v.replace("_request",
                                                       "_request/")),
            ("trailing semicolon", lambda v: v.replace("x-amz-date,",
                                                       "x-amz-date;,")),
            ("upper signed", lambda v: v.replace("=host", "=Host")),
            ("unsorted", lambda v: v.replace("host;x-amz-date",
                                             "x-amz-date;host")),
            ("twice signed", lambda v: v.replace("=host;", "=host;host;")),
            ("empty signed", lambda v: v.replace("=host;", "=;host;")),
            ("none signed", lambda v: v.replace("host;x-amz-date", "")),
            ("short scope", lambda v: v.replace("/" + REGION, "")),
            ("long scope", lambda v: v.replace(KEY, KEY + "/x")),
            ("other end", lambda v: v.replace("aws4_request", "aws5_request")),
            ("empty region", lambda v: v.replace(REGION, "")),
            ("markup in the scope", lambda v: v.replace(REGION, "<b>")),
            ("tab", lambda v: v.replace("SHA256 ", "SHA256\t")),
    ]:
        no(name, incomplete, edit(change))
    for name, change in [
            ("upper-case signature", lambda v: v[:-64] + v[-64:].upper()),
            ("short signature", lambda v: v[:-1]),
            ("long signature", lambda v: v + "0"),
            ("no hex", lambda v: v[:-1] + "g"),
            ("wrong signature", lambda v: v[:-64] + "0" * 64),
            ("header that is not there",
             lambda v: v.replace("=host;", "=host;x-absent;")),
            ("other day", lambda v: v.replace(stamp()[:8], "20151014")),
    ]:
        headers = edit(change)
        # a signature of digits alone is the same in upper case
        no(name, mismatch, headers)
    twice = by_hand()
    no("two headers", incomplete, twice + [twice[-1]])
    no("two dates", incomplete, twice + [twice[1]])
    target, _ = presigned()
    no("header and query", incomplete, by_hand(
        target=target, query=target.partition("?")[2]), target)
    no("header and a query's signature", incomplete, by_hand(
        target="/", query="X-Amz-Signature=1"), "/?X-Amz-Signature=1")

    for name, more in [
            ("host unsigned", dict(signed=["x-amz-date"])),
            ("date unsigned", dict(signed=["host"])),
            ("x-amz- unsigned", dict(signed=["host", "x-amz-date"],
                                     extra=[("X-Amz-Meta-A", "1")])),
            ("content-type unsigned", dict(signed=["host", "x-amz-date"],
                                           extra=[("Content-Type", "a/b")])),
            ("other region", dict(region="mars-north-1")),
            ("global region for ec2", dict(region="us-east-1")),
            ("other day in the scope", dict(day="20151015")),
            ("other secret", dict(secret=SECRET[::-1])),
    ]:
        no(name, mismatch, by_hand(**more))
    for name, more in [
            ("no such key", dict(key="AKIAAAAAAAAAAAAAAAAA")),
            ("nobody's secret", dict(key="AKIAAAAAAAAAAAAAAAAA", secret=
                                     "nobody's secret, as long as a real "
                                     "one..")),
            ("lower-case key", dict(key=KEY.lower())),
            ("session token", dict(extra=[("X-Amz-Security-Token", "t")])),
    ]:
        no(name, failure, by_hand(**more))

    for name, date, code in [
            ("no date", "", incomplete), ("date of old", "1", incomplete),
            ("fraction", stamp()[:-1] + ".5Z", incomplete),
            ("zone", stamp()[:-1] + "+", incomplete),
            ("blank", stamp() + " ", incomplete),
            ("month 13", "20261301T000000Z", incomplete),
            ("30th of February", "20260230T000000Z", incomplete),
            ("25 o'clock", "20260220T250000Z", incomplete)]:
        headers = by_hand()
        no(name, code, [headers[0], ("X-Amz-Date", date), headers[2]])
    no("no date at all", incomplete, [twice[0], twice[2]])
    no("odd date", incomplete, by_hand(extra=[
        ("Date", "Sat, 21 Nov 2026 14:40:00 CET")], date_header=False))
    for age, code in [(901, expired), (-901, expired), (86400, expired)]:
        no("age %d" % age, code, by_hand(), age=age)
    for age in (900, -900, 60):
        emit("age %d" % age, "GET", "/", by_hand(), b"", age=age)

    unsigned = [("X-Amz-Content-SHA256", "UNSIGNED-PAYLOAD")]
    no("unsigned body", "InvalidParameterValue", by_hand(extra=unsigned))
    no("unsigned body of start", "InvalidParameterValue",
       by_hand("POST", "/snapshots", "/snapshots", extra=unsigned,
               service="ebs"), "/snapshots", "POST")
    for method, body in (("PUT", b"x"), ("PUT", b""), ("GET", b"x")):
        no("unsigned %s of s3" % method, "InvalidParameterValue",
           by_hand(method, "/b/k", "/b/k", extra=unsigned, service="s3"),
           "/b/k", method, body)
    for mode in ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
                 "STREAMING-UNSIGNED-PAYLOAD-TRAILER"):
        no(mode, "UnsupportedOperation",
           by_hand("PUT", "/b/k", "/b/k", service="s3", extra=[
               ("X-Amz-Content-SHA256", mode)]), "/b/k", "PUT", b"x")
    for name, text in (("other body", EMPTY), ("upper hash",
                       hashlib.sha256(b"x").hexdigest().upper()),
                       ("no hash", "x")):
        no(name, mismatch, by_hand("POST", extra=[
            ("X-Amz-Content-SHA256", text)]), "/", "POST", b"x")
    no("two hashes", incomplete, by_hand("POST", extra=2 * [
        ("X-Amz-Content-SHA256", EMPTY)]), "/", "POST")
    no("body that was not hashed", mismatch, by_hand("POST"), "/", "POST",
       b"x")
    no("s3 without a hash", "InvalidParameterValue",
       by_hand(target="/b", uri="/b", service="s3"), "/b")

    no("plus", "MalformedQueryString", by_hand(query="a=b%2Bc"), "/?a=b+c")
    for query in ("a=%", "a=%4", "a=%zz", "%00=1", "a=%ff"):
        no(query, "MalformedQueryString", by_hand(), "/?" + query)
    for path in ("/snapshots//x", "/snapshots/../x", "/Snapshots", "/a%62",
                 "/snapshots/x_y"):
        no(path, "InvalidParameterValue",
           by_hand(target=path, uri=path, service="ebs"), path)
    no("s3 path with a NUL", "InvalidParameterValue",
       by_hand(target="/b/%00", uri="/b/%00", service="s3", extra=[
           ("X-Amz-Content-SHA256", EMPTY)]), "/b/%00")

    for name in ("Algorithm", "Credential", "Date", "Expires",
                 "SignedHeaders"):
        target, headers = presigned(drop=["X-Amz-" + name])
        no("presigned without " + name, incomplete, headers, target)
        target, headers = presigned()
        no("presigned with two of " + name, incomplete, headers,
           target + "&X-Amz-%s=1" % name)
    target, headers = presigned()
    no("presigned without Signature", incomplete, headers,
       target[:target.index("&X-Amz-Signature")])
    for expires in ("0", "-1", "604801", "x", "", "1e3", " 9",
                    "99999999999999999999"):
        target, headers = presigned(expires=expires)
        no("expires " + expires, incomplete, headers, target)
    target, headers = presigned(expires=604800)
    emit("presigned for a week", "GET", target, headers, b"", age=604799)
    no("presigned for a week, late", expired, headers, target, age=604800)
    target, headers = presigned()
    emit("presigned, in time", "GET", target, headers, b"", age=299)
    no("presigned, late", expired, headers, target, age=300)
    no("presigned, early", expired, headers, target, age=-901)
    no("presigned, other method", mismatch, headers, target, "POST")
    no("presigned with a body", mismatch, headers, target, body=b"x")
    no("presigned, header added", mismatch,
       headers + [("X-Amz-Meta-A", "1")], target)
    no("presigned, parameter added", mismatch, headers, target + "&a=b")
    no("presigned, other host", mismatch, [("Host", "other")], target)
    no("presigned without a host", mismatch, [], target)
    target, headers = presigned(signed=("x-a",), extra=[("X-A", "1")])
    no("presigned, host unsigned", mismatch, headers, target)
    target, headers = presigned(more=[("X-Amz-Security-Token", "t")])
    no("presigned with a token", failure, headers, target)
    target, headers = presigned(key="AKIAAAAAAAAAAAAAAAAA")
    no("presigned by nobody", failure, headers, target)


def decode(text):
    return urllib.parse.unquote_to_bytes(text)


def meaning(case):
    """What a request says, by the rules; None when it says it badly."""
    headers, auth = {}, None
    for name, value in case["headers"]:
        name = name.lower()
        if name == "authorization":
            auth = value
        headers.setdefault(name, []).append(" ".join(value.split()))
    query = sorted((decode(p.partition("=")[0]), decode(p.partition("=")[2]))
                   for p in case["query"].split("&") if p)
    if auth is not None:
        scheme, _, rest = auth.partition(" ")
        parts = sorted(part.strip(" ") for part in rest.split(","))
        signed = [p for p in parts if p.startswith("SignedHeaders=")]
        if len(parts) != 3 or len(signed) != 1:
            return None
        auth = (scheme, parts)
        names = signed[0][14:].split(";")
    else:
        names = dict(query).get(b"X-Amz-SignedHeaders", b"").decode(
            "latin1").split(";")
    service = (auth[1][0] if auth else
               dict(query).get(b"X-Amz-Credential", b"").decode("latin1"))
    s3 = service.split("/")[-2:-1] == ["s3"]
    path = case["path"]
    if s3:
        path = decode(path)
    else:  # what is merely another way to the same place
        kept = []
        for part in path.split("/"):
            if part == "..":
                kept[-1:] = []
            elif part not in ("", "."):
                kept.append(part)
        path = ("/".join(kept), path.endswith("/") and bool(kept))
    body = case["body"]
    if headers.get("x-amz-content-sha256") == ["UNSIGNED-PAYLOAD"] or \
            (s3 and auth is None):
        body = ""
    return (case["method"], path, query, auth, body,
            [(name, headers.get(name)) for name in names])


def mutate(case):
    spots = [("method", None), ("path", None), ("query", None),
             ("body", None)]
    spots += 2 * [("headers", i) for i in range(len(case["headers"]))]
    what, at = random.choice(spots)
    case = dict(case, headers=[list(pair) for pair in case["headers"]])

    def change(text):
        where = random.randrange(len(text) + 1)
        byte = chr(random.randrange(33, 127))
        kind = random.randrange(4)
        if kind == 0 or not text:
            return text[:where] + byte + text[where:]
        where %= len(text)
        if kind == 1:
            return text[:where] + text[where + 1:]
        if kind == 2 and text[where].isascii():
            return text[:where] + text[where].swapcase() + text[where + 1:]
        return text[:where] + byte + text[where + 1:]
    if what == "headers":
        side = random.random() < .7
        case["headers"][at][side] = change(case["headers"][at][side])
    elif what == "body":
        body = base64.b64decode(case["body"]).decode("latin1")
        case["body"] = base64.b64encode(
            change(body).encode("latin1")).decode()
    else:
        case[what] = change(case[what])
    return case, what


def mutants(count):
    for number in range(count):
        origin = random.choice(valid)
        case, what = mutate(origin)
        if not case["path"].startswith("/") or "?" in case["path"]:
            continue
        if case == origin:
            continue
        case["name"] = "mutant %d of %s: %s" % (number, origin["name"], what)
        case["expect"] = "?"
        try:
            case["same"] = meaning(case) == meaning(origin)
        except UnicodeDecodeError:
            case["same"] = False
        print(json.dumps(case))


from_rules()
by_botocore()
refusals()
mutants(int(MUTANTS))
