"""What the AWS CLI makes of the texts that shorthand.c parsed, compared."""
import json
import sys

try:
    from awscli import shorthand
except ImportError:
    print('needs the package awscli', file=sys.stderr)
    sys.exit(77)

count = 0
for line in open(sys.argv[1], encoding='utf-8', newline='\n'):
    text, ours = json.loads(line)
    try:
        want = shorthand.ShorthandParser().parse(text)
    except shorthand.ShorthandParseError as error:
        want = str(error)
    if ours != want:
        print('of %r\nwant: %r\ngot:  %r' % (text, want, ours),
              file=sys.stderr)
        sys.exit(1)
    count += 1
print(count, 'texts agree')
