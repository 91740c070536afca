"""What the AWS CLI would send for the words that parse.c parsed, compared."""
import base64
import contextlib
import functools
import io
import json
import os
import sys

os.environ.clear()  # it is copied again and again
try:
    from awscli import clidriver
    from botocore.loaders import JSONFileLoader
    from botocore.validate import ParamValidator
except ImportError:
    print('needs the package awscli', file=sys.stderr)
    sys.exit(77)

directory = sys.argv[1]
os.environ.update(AWS_ACCESS_KEY_ID='a', AWS_SECRET_ACCESS_KEY='b',
                  AWS_DEFAULT_REGION='us-east-1', HOME=directory,
                  AWS_CONFIG_FILE='/dev/null')
seen = {}


def note(event_name, call_parameters, **rest):
    seen['verb'] = event_name.rsplit('.', 1)[1]
    seen['parameters'] = call_parameters
    return 0


def plain(value):
    """As our side has it: blobs in base64."""
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value


def finish(verb, parameters):
    """What the AWS CLI does later, when the request is built."""
    if verb != 'run-instances':
        return
    parameters.setdefault('MinCount', 1)
    parameters.setdefault('MaxCount', 1)
    data = parameters.get('UserData')
    if data is not None:
        data = data.encode() if isinstance(data, str) else data
        parameters['UserData'] = base64.b64encode(data).decode()


# each command line has a driver of its own, but the megabytes that say what EC2
# takes are read once
load = JSONFileLoader.load_file
load_once = functools.lru_cache(None)(lambda path: load(JSONFileLoader(), path))
JSONFileLoader.load_file = lambda self, path: load_once(path)
model = clidriver.create_clidriver().session.get_service_model('ec2')
shapes = {name: model.operation_model(name).input_shape
          for name in model.operation_names}


def parse(words):
    driver = clidriver.create_clidriver()
    driver.session.register('calling-command.*', note)
    seen.clear()
    errors = io.StringIO()
    with contextlib.redirect_stderr(errors):
        status = driver.main(['ec2'] + words)
    if status or not seen:
        return errors.getvalue()
    name = ''.join(word.title() for word in seen['verb'].split('-'))
    finish(seen['verb'], seen['parameters'])
    report = ParamValidator().validate(seen['parameters'], shapes[name])
    if report.has_errors():
        return report.generate_report()
    return plain(seen['parameters'])


count = 0
for line in open(directory + '/ours', encoding='utf-8', newline='\n'):
    words, ours = json.loads(line)
    want = parse(words)
    if isinstance(want, str) and isinstance(ours, str):
        count += 1
    elif ours == want:
        count += 1
    else:
        print('of %s\nwant: %s\ngot:  %s' % (words, want, ours),
              file=sys.stderr)
        sys.exit(1)
print(count, 'command lines agree')
sys.exit(0 if count > 50 else 1)
