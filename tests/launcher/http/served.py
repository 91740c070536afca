"""served - a server of a test's own, and clients of it"""
import os
import signal
import subprocess
import sys
import time

import botocore.exceptions
import botocore.session
from botocore.config import Config

STORE = os.path.realpath(os.environ["QAMI_STORE"])


def keys():
    """The account's access key, as `qami env` gives it."""
    text = subprocess.run(["qami", "env"], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    return dict(line[len("export "):].replace("'", "").split("=", 1)
                for line in text.splitlines() if line.startswith("export "))


class Server:
    """qami serve, at the same port each time that it is started."""

    def __init__(self, *options):
        self.options = options
        self.port = 0
        self.process = None
        self.log = open(os.path.join(os.environ["TMPDIR"], "serve.log"), "ab")
        self.keys = keys()

    def start(self):
        self.process = subprocess.Popen(
            ["qami", "serve", "--listen", f"127.0.0.1:{self.port}",
             *self.options], stdout=subprocess.PIPE, stderr=self.log,
            text=True)
        for line in self.process.stdout:
            if line.startswith("at http://"):
                self.port = int(line.rsplit(":", 1)[1])
            if line.endswith("/qami.sock\n"):
                return
        sys.exit(f"the server does not start: {self.process.wait()}")

    def end(self, number=signal.SIGTERM):
        """Ends it and returns how, and in how many seconds."""
        begun = time.monotonic()
        self.process.send_signal(number)
        code = self.process.wait(60)
        self.process.stdout.close()
        return code, time.monotonic() - begun

    def client(self, service="ec2"):
        return botocore.session.get_session().create_client(
            service, endpoint_url=f"http://127.0.0.1:{self.port}",
            region_name=self.keys["AWS_REGION"],
            aws_access_key_id=self.keys["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.keys["AWS_SECRET_ACCESS_KEY"],
            config=Config(retries={"total_max_attempts": 1},
                          connect_timeout=10, read_timeout=120,
                          parameter_validation=False))


def instances(client, **filters):
    """The instances that pass, by id."""
    answer = client.describe_instances(Filters=[
        {"Name": name.replace("_", "-"), "Values": [value]}
        for name, value in filters.items()])
    return {one["InstanceId"]: one for reservation in answer["Reservations"]
            for one in reservation["Instances"]}


def machines():
    """The QEMU processes of the store: their numbers by UUID."""
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                words = f.read().decode(errors="replace").split("\0")
        except OSError:
            continue
        if "qemu" in words[0] and "-uuid" in words and \
                any(STORE + "/" in word for word in words):
            found[words[words.index("-uuid") + 1]] = int(pid)
    return found


def within(seconds, what, true):
    """Waits until something is so."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            sys.exit(f"not so within {seconds} s: {what}")
        time.sleep(0.1)


Gone = (botocore.exceptions.HTTPClientError,
        botocore.exceptions.ConnectionError)
Refused = botocore.exceptions.ClientError
