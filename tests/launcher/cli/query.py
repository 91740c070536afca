"""What jmespath makes of the expressions that query.c evaluated, compared."""
import json
import sys
import warnings

try:
    import jmespath
except ImportError:
    print('needs the package python3-jmespath', file=sys.stderr)
    sys.exit(77)

warnings.simplefilter('ignore')
path, document = sys.argv[1:]
tree = json.loads(document)
lines = open(path, encoding='utf-8', newline='\n').read().split('\n')
count = 0
for text, ours in zip(lines[0::2], lines[1::2]):
    expression = json.loads(text)
    try:
        want = jmespath.search(expression, tree)
        want = json.dumps(want, separators=(',', ':'), ensure_ascii=False)
    except ValueError:
        want = 'error'
    except Exception:
        continue  # the package's own slips: 'a' > 1 and the like
    if ours != want:
        print('of %s\nwant: %s\ngot:  %s' % (expression, want, ours),
              file=sys.stderr)
        sys.exit(1)
    count += 1
print(count, 'expressions agree')
