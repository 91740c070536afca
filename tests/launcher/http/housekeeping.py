#!/usr/bin/env python3
"""housekeeping HALTS IMAGE OFF - what a server sees to while nobody calls it

HALTS is an image whose machines do nothing, OFF user data of a guest of IMAGE
that powers itself off.
"""
import concurrent.futures
import os
import signal
import sqlite3
import sys
import threading
import time

from served import STORE, Server, instances, machines, within

halts, image, off = sys.argv[1], sys.argv[2], open(sys.argv[3]).read()
server = Server()
server.start()
COUNT = 6


def launch(image=halts, **more):
    return server.client().run_instances(
        ImageId=image, InstanceType="t2.nano", MinCount=1, MaxCount=1,
        **more)["Instances"][0]["InstanceId"]


def state(one):
    """What the row says, without a call that would make it follow."""
    with sqlite3.connect(f"file:{STORE}/qami.db?mode=ro", uri=True,
                         timeout=20) as db:
        return db.execute("SELECT state FROM instance WHERE id = ?",
                          (one,)).fetchone()[0]


def ours():
    """The sockets at which the server listens or talks to clients."""
    with open("/proc/net/tcp") as f:
        rows = [line.split() for line in f.readlines()[1:]]
    found = {row[9] for row in rows
             if int(row[1].split(":")[1], 16) == server.port}
    with open("/proc/net/unix") as f:
        found |= {line.split()[6] for line in f if "qami.sock" in line}
    return {f"socket:[{inode}]" for inode in found if inode != "0"}


def begun():
    """What the server has begun that lives: of this store, but not itself."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        if int(pid) in (server.process.pid, os.getpid(), os.getppid()):
            continue
        try:
            with open(f"/proc/{pid}/environ", "rb") as f:
                mine = STORE.encode() in f.read()
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                words = f.read().decode(errors="replace")
            with open(f"/proc/{pid}/comm") as f:
                name = f.read().strip()
        except OSError:
            continue
        # a child that is about to become another program is the server yet
        if "\0serve\0" in words:
            continue
        if mine or STORE in words or name == "qami-net":
            yield int(pid), name, words


def inherited():
    """Nothing that a guest's processes have is the server's."""
    sockets, seen = ours(), set()
    assert sockets
    for pid, name, words in begun():
        try:
            files = [os.readlink(f"/proc/{pid}/fd/{fd}")
                     for fd in os.listdir(f"/proc/{pid}/fd")]
        except OSError:
            continue
        seen.add(name)
        shared = sockets & set(files)
        assert not shared, (name, words, shared)
        if "qemu" in name or name == "qami-net":
            assert not any("qami.db" in one for one in files), (words, files)
    return seen


# as many at once as there are requests, while others look and descriptors of
# theirs are open
done = threading.Event()
seen = set()


def look():
    client = server.client()
    while not done.is_set():
        client.describe_instances()
        seen.update(inherited())


with concurrent.futures.ThreadPoolExecutor(COUNT + 2) as pool:
    looks = [pool.submit(look) for _ in range(2)]
    launched = list(pool.map(lambda _: launch(), range(COUNT)))
    assert len(set(launched)) == COUNT and len(machines()) == COUNT
    done.set()
    for one in looks:
        one.result()
seen |= inherited()
assert any("qemu" in one for one in seen), seen
# what has dropped its rights can be looked into by root alone
assert "qami-net" in seen or os.getuid() != 0, seen

with concurrent.futures.ThreadPoolExecutor(COUNT) as pool:
    list(pool.map(lambda one: server.client().stop_instances(
        InstanceIds=[one], Force=True), launched[:2]))
    list(pool.map(lambda one: server.client().terminate_instances(
        InstanceIds=[one]), launched[2:4]))
    list(pool.map(lambda one: server.client().start_instances(
        InstanceIds=[one]), launched[:1]))
states = {one: row["State"]["Name"]
          for one, row in instances(server.client()).items()}
assert [states[one] for one in launched] == [
    "running", "stopped", "terminated", "terminated", "running",
    "running"], states
assert len(machines()) == 3

# a machine that ends is noticed by itself, and so is a guest that powers off
# and leaves its process behind
victim = machines()
uuids = dict(sqlite3.connect(f"file:{STORE}/qami.db?mode=ro", uri=True)
             .execute("SELECT id, uuid FROM instance"))
os.kill(victim[uuids[launched[4]]], signal.SIGKILL)
within(60, "an ended machine is stopped", lambda: state(
    launched[4]) == "stopped")
server.client().terminate_instances(InstanceIds=launched)
gone = launch(image, UserData=off,
              InstanceInitiatedShutdownBehavior="terminate")
console = os.path.join(STORE, "instances", gone, "console.log")
within(180, "the guest is about to go", lambda: b"good bye" in open(
    console, "rb").read() if os.path.exists(console) else True)
begin = time.monotonic()
within(120, "it is terminated", lambda: state(gone) == "terminated")
print(f"noticed after {time.monotonic() - begin:.1f} s")

within(120, "all machines are gone", lambda: not machines())
code, took = server.end()
assert code == 0 and took < 60, (code, took)
