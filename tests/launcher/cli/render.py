"""What the AWS CLI prints for the trees that render.c left, compared."""
import io
import json
import sys
from types import SimpleNamespace

try:
    from awscli import formatter, table
except ImportError:
    print('needs the package awscli', file=sys.stderr)
    sys.exit(77)


def render(kind, tree, width):
    table.determine_terminal_width = lambda default_width=80: width
    args = SimpleNamespace(color='off', query=None)
    out = io.StringIO()
    try:
        formatter.CLI_OUTPUT_FORMATS[kind](args)('DescribeThings', tree, out)
    except ValueError:
        return 'ragged'
    return out.getvalue()


directory = sys.argv[1]
with open(directory + '/ours', encoding='utf-8', newline='') as file:
    ours = file.read().split('\0')
yamls = (('yaml', 80), ('yaml-stream', 80))
kinds = (('json', 80), ('text', 80)) + yamls + (
    ('table', 20), ('table', 80), ('table', 200))
count = 0
for line in open(directory + '/trees', encoding='utf-8', newline='\n'):
    if line == '\n':  # from here on, trees for YAML alone
        kinds = yamls
        continue
    for kind, width in kinds:
        want = render(kind, json.loads(line), width)
        if ours[count] != want:
            print('%s, width %d, of %s\nwant:\n%s\ngot:\n%s' %
                  (kind, width, line, want, ours[count]), file=sys.stderr)
            sys.exit(1)
        count += 1
print(count, 'renderings agree')
