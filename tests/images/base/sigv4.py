"""What botocore signs for the requests that sigv4.c signed, compared."""
import json
import sys
from urllib.parse import quote

try:
    from botocore.auth import S3SigV4Auth, SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.compat import HTTPHeaders
    from botocore.credentials import Credentials
except ImportError:
    print('needs the package python3-botocore', file=sys.stderr)
    sys.exit(77)

credentials = Credentials('AKID', sys.argv[2])


def wire(text, safe=''):
    return quote(text.encode(), safe='-_.~' + safe)


def signed(case):
    """The same three texts by botocore, from the request as it is sent."""
    kind = S3SigV4Auth if case['service'] == 's3' else SigV4Auth
    auth = kind(credentials, case['service'], case['region'])
    url = 'http://host' + wire(case['path'], '/')
    if case['query']:
        url += '?' + '&'.join(f'{wire(name)}={wire(value)}'
                              for name, value in case['query'])
    headers = HTTPHeaders()
    for name, value in case['headers']:
        headers.add_header(name, value)
    request = AWSRequest(method=case['method'], url=url)
    request.headers = headers
    request.context['timestamp'] = case['date']
    auth.payload = lambda _: case['payload']
    canonical = auth.canonical_request(request)
    signature = auth.signature(auth.string_to_sign(request, canonical),
                               request)
    auth._inject_signature_to_request(request, signature)
    return {'canonical': canonical, 'signature': signature,
            'authorization': request.headers['Authorization']}


with open(sys.argv[1]) as file:
    cases = json.load(file)
wrong = 0
for case in cases:
    for name, text in signed(case).items():
        if case[name] != text:
            print(f'{case["path"]!r}: {name}\n  ours:   {case[name]!r}\n'
                  f'  theirs: {text!r}', file=sys.stderr)
            wrong += 1
print(f'{len(cases)} requests, {wrong} differences')
sys.exit(wrong > 0 or len(cases) < 2000)
