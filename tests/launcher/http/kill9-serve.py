#!/usr/bin/env python3
"""kill9-serve IMAGE ROUNDS SEED - the server is killed while clients call it

Each round some clients begin at once what takes a moment; at a random one the
server is killed, and started again. Machines run on in the same processes,
what was asked for with a client token is there once and under the id that it
was told under, whenever it was told, and everything else is whole or not there.
"""
import concurrent.futures
import random
import signal
import sys
import time

from served import Gone, Refused, Server, instances, machines, within

image, rounds, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
print(f"seed {seed}")
draw = random.Random(seed)
server = Server()
server.start()


def call(name, service="ec2", **arguments):
    """An answer; None when the server went away before it came."""
    try:
        return getattr(server.client(service), name)(**arguments)
    except Gone:
        return None
    except Refused as refused:
        # asked while it was dying, or for what is being worked on
        if refused.response["Error"]["Code"] in (
                "Unavailable", "IncorrectState", "IncorrectInstanceState",
                "InvalidSnapshot.InUse"):
            return None
        raise


def launch(token):
    answer = call("run_instances", ImageId=image, InstanceType="t2.nano",
                  MinCount=1, MaxCount=1, ClientToken=token)
    return answer and answer["Instances"][0]["InstanceId"]


def volume(token):
    answer = call("create_volume", AvailabilityZone="us-east-1a", Size=1,
                  ClientToken=token)
    return answer and answer["VolumeId"]


def upload(token):
    answer = call("start_snapshot", "ebs", VolumeSize=1, ClientToken=token)
    return answer and answer["SnapshotId"]


def again(make, token):
    """The same request until it is answered."""
    end = time.monotonic() + 90
    while True:
        made = make(token)
        if made:
            return made
        if time.monotonic() > end:
            sys.exit(f"{make.__name__} {token}: no answer")
        time.sleep(0.2)


def snapshot():
    call("create_snapshot", VolumeId=root)


def picture():
    call("create_image", InstanceId=stays, Name=f"image-{draw.random()}",
         NoReboot=True)


def terminate(ids):
    for one in ids:
        call("terminate_instances", InstanceIds=[one])


stays = again(launch, "stays")
row = instances(server.client())[stays]
root = row["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]
process = machines()
assert len(process) == 1, process
before = []
made = {}
for number in range(rounds):
    asked = {make: f"{make.__name__}-{number}"
             for make in (launch, volume, upload)}
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        told = {make: pool.submit(make, token)
                for make, token in asked.items()}
        rest = [pool.submit(terminate, before), pool.submit(snapshot),
                pool.submit(picture)]
        time.sleep(draw.uniform(0.05, 1.5))
        if number % 4 == 3:
            code, took = server.end()
            assert code == 0 and took < 40, (code, took)
        else:
            server.end(signal.SIGKILL)
        for one in rest:
            one.result()
        told = {make: one.result() for make, one in told.items()}
    server.start()
    for make, token in asked.items():
        one = again(make, token)
        assert told[make] in (None, one), (token, told[make], one)
        assert again(make, token) == one, token
        assert one not in made, one
        made[one] = token
    one = told[launch] or again(launch, asked[launch])
    found = instances(server.client(), client_token=asked[launch])
    assert list(found) == [one], found
    assert found[one]["State"]["Name"] == "running", found
    here = machines()
    assert process.items() <= here.items(), (process, here)
    before = [one for one in instances(
        server.client(), instance_state_name="running") if one != stays]
terminate(before)
client = server.client()
within(60, "all is terminated but one", lambda: list(
    instances(client, instance_state_name="running")) == [stays])
within(30, "their machines are gone", lambda: machines() == process)
terminate([stays])
code, took = server.end()
assert code == 0 and took < 10, (code, took)
assert not machines()
print(f"{rounds} kills, {len(made)} answers")
