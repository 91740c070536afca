#!/usr/bin/python3
"""storm ENDPOINT PID KEYS CALLS - eight clients of four accounts at once

Two clients of an account ask for the same things under the same tokens; KEYS
is a JSON list of accounts with their keys and an image. Nothing may answer 5xx,
no token may make two things, the server may not grow.
"""
import http.client
import json
import os
import random
import re
import sys
import urllib.parse
from concurrent.futures import ProcessPoolExecutor
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

endpoint, pid, keys, calls = sys.argv[1:]
host, calls = urllib.parse.urlsplit(endpoint).netloc, int(calls)
with open(keys, encoding="utf-8") as file:
    accounts = json.load(file)
ZONE = "us-east-1a"
VERSION = "2016-11-15"


class Client:
    """One client: a connection that is kept, answers that are counted."""

    def __init__(self, account, number):
        self.key = Credentials(account["id"], account["secret"])
        self.connection = http.client.HTTPConnection(host, timeout=300)
        self.random = random.Random(number)
        self.account = account
        self.codes, self.made, self.bad = {}, {}, []

    def call(self, action, **params):
        form = {"Action": action, "Version": VERSION,
                **{name.replace("__", "."): value
                   for name, value in params.items()}}
        body = urllib.parse.urlencode(form).encode()
        request = AWSRequest("POST", endpoint + "/", data=body, headers={
            "Host": host,
            "Content-Type": "application/x-www-form-urlencoded"})
        SigV4Auth(self.key, "ec2", "us-east-1").add_auth(request)
        self.connection.request("POST", "/", body,
                                dict(request.headers.items()))
        answer = self.connection.getresponse()
        text = answer.read().decode()
        found = re.search("<Code>([^<]*)", text)
        code = found[1] if found else str(answer.status)
        self.codes[code] = self.codes.get(code, 0) + 1
        if answer.status >= 500 or (not found and answer.status != 200):
            self.bad.append(f"{action} {answer.status} {text[:300]}")
        return text if answer.status == 200 else None

    def idempotent(self, action, token, member, **params):
        """The same question may be asked by the other client just now."""
        text = self.call(action, ClientToken=token, **params)
        found = re.findall(f"<{member}>([^<]*)", text or "")
        if found:
            self.made.setdefault(token, []).append(found[0])
            return found[0]
        self.bad.append(f"{action} {token}: {text}")
        return None

    def volume(self, number):
        volume = self.idempotent(
            "CreateVolume", f"vol-{number}", "volumeId",
            AvailabilityZone=ZONE, Size="1", VolumeType="gp3")
        if number % 7 == 0:
            self.call("CreateVolume", ClientToken=f"vol-{number}", Size="2",
                      AvailabilityZone=ZONE)
        return volume

    def step(self, number):
        """One of what a client does; most of it only reads."""
        choice = self.random.random()
        volume = f"vol-{self.random.randrange(1 << 68):017x}"
        if choice < 0.45:
            self.call(self.random.choice((
                "DescribeVolumes", "DescribeSnapshots", "DescribeImages",
                "DescribeInstances", "DescribeTags", "DescribeKeyPairs",
                "DescribeSecurityGroups", "DescribeRegions")),
                MaxResults="5") if choice < 0.2 else \
                self.call("DescribeInstanceStatus")
        elif choice < 0.55:
            self.call("DescribeVolumes", VolumeId__1=volume)
            self.call("DeleteVolume", VolumeId=volume)
        elif choice < 0.65:
            self.call("RunInstances", ImageId=self.account["image"],
                      MinCount="1", MaxCount="1", DryRun="true")
        elif choice < 0.75:
            self.call("DescribeVolumes", Nonsense="1")
        elif choice < 0.85:
            made = self.volume(number // 8)
            if made:
                self.call("CreateTags", ResourceId__1=made, Tag__1__Key="n",
                          Tag__1__Value=str(number))
        elif choice < 0.9:
            made = self.volume(number // 8)
            text = made and self.call("CreateSnapshot", VolumeId=made)
            if text:
                snapshot = re.search("<snapshotId>([^<]*)", text)[1]
                self.call("DescribeSnapshots", SnapshotId__1=snapshot)
                self.call("DeleteSnapshot", SnapshotId=snapshot)
        else:
            self.call("CreateKeyPair", KeyName=f"k{number % 5}",
                      KeyType="ed25519")
            self.call("DeleteKeyPair", KeyName=f"k{number % 5}")


def work(number):
    client = Client(accounts[number % len(accounts)], number)
    for one in range(calls):
        if sum(client.codes.values()) >= calls:
            break
        if one in (calls // 20, calls // 4):
            client.idempotent("RunInstances", f"run-{one}", "instanceId",
                              ImageId=client.account["image"], MinCount="1",
                              MaxCount="1", InstanceType="t2.nano")
        client.step(one)
    return client.account["id"], client.codes, client.made, client.bad


def size():
    with open(f"/proc/{pid}/status", encoding="utf-8") as status:
        rss = int(re.search(r"VmRSS:\s*(\d+)", status.read())[1])
    return rss, len(os.listdir(f"/proc/{pid}/fd"))


def storm():
    codes, made, bad = {}, {}, []
    with ProcessPoolExecutor(8) as pool:
        for account, its, things, wrong in pool.map(work, range(8)):
            bad += wrong
            for code, count in its.items():
                codes[code] = codes.get(code, 0) + count
            for token, ids in things.items():
                made.setdefault((account, token), set()).update(ids)
    twice = {token: ids for token, ids in made.items() if len(ids) > 1}
    print(sum(codes.values()), "calls:", json.dumps(codes, sort_keys=True))
    print(len(made), "tokens,", len(twice), "that made two things")
    return bad + [f"{token}: {ids}" for token, ids in twice.items()], made


first, made = storm()
before = size()
again, made_again = storm()
after = size()
print(f"resident {before[0]} -> {after[0]} KiB, descriptors {before[1]} -> "
      f"{after[1]}")
wrong = first + again
wrong += [f"{token}: {made[token]}, then {ids}"
          for token, ids in made_again.items()
          if token in made and made[token] != ids]
if after[1] > before[1] + 8:
    wrong.append("descriptors leak")
if after[0] > before[0] * 1.25 + 8192:
    wrong.append("memory leaks")
for one in wrong[:20]:
    print(one)
sys.exit(bool(wrong))
