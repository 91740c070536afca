"""power-loss.py STATES - what a store is after the power has failed

A store lies on an ext4 on a disk whose writes QEMU's blklogwrites keeps, one by
one, with the flushes between them. After a run of operations the disk is made
anew as it may have been at many moments: all that was flushed before, and of
what was written since an accidental part. ext4 is mounted from that, the store
is opened as after any crash, and must be sound without anybody's help: what
was acknowledged is there and holds its bytes, nothing else is, no file leaks.
"""
import hashlib
import os
import random
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time

ROOT = os.getcwd()
SECTOR = 512
DISK = 256 << 20
FLUSH, FUA, DISCARD = 1, 2, 4
MAGIC = 0x6A736677736872


def run(*argv, **more):
    done = subprocess.run(argv, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, **more)
    if done.returncode:
        raise RuntimeError(f"{' '.join(argv)}: {done.stderr or done.stdout}")
    return done.stdout.strip()


def patiently(*argv):
    """Again until it succeeds: a runner of jobs may be about to leave."""
    for _ in range(200):
        done = subprocess.run(argv, stderr=subprocess.DEVNULL)
        if done.returncode == 0:
            return
        time.sleep(0.05)
    run(*argv)


class Store:
    """A store on a mounted filesystem, and what its snapshots show."""

    def __init__(self, mount):
        self.mount = mount
        self.path = mount + "/store"
        self.env = dict(os.environ, QAMI_STORE=self.path, QAMI_CONNECT="embed",
                        PATH=f"{ROOT}/build:{os.environ['PATH']}",
                        HOME=mount, XDG_CACHE_HOME=mount)

    def qami(self, *argv):
        return run("qami", *argv, env=self.env)

    def sql(self, text):
        db = sqlite3.connect(f"file:{self.path}/qami.db", uri=True, timeout=20)
        try:
            return db.execute(text).fetchall()
        finally:
            db.close()

    def file(self, layer):
        return f"{self.path}/layers/{layer}"

    def settle(self):
        """Waits for the jobs in the background."""
        end = time.monotonic() + 60
        while self.sql("SELECT 1 FROM op WHERE state IN ('intent', 'fired')"):
            if time.monotonic() > end:
                raise RuntimeError("jobs are not done after 60 s")
            time.sleep(0.05)
        lock = self.path + "/run"
        while any(name.startswith("run-") for name in os.listdir(lock)):
            if time.monotonic() > end:
                raise RuntimeError("a runner of jobs does not end")
            time.sleep(0.02)

    def shows(self):
        """Of each snapshot what it holds in its first 48 MiB."""
        sums = {}
        for snap, layer in self.sql("SELECT id, layer FROM snapshot"):
            raw = self.mount + "/../look"
            if os.path.exists(raw):
                os.unlink(raw)
            kind = "raw" if layer.endswith(".raw") else "qcow2"
            run("qemu-img", "dd", "-U", "-f", kind, "-O", "raw", "bs=1M",
                "count=48", "if=" + self.file(layer), "of=" + raw)
            with open(raw, "rb") as f:
                data = f.read()
            sums[snap] = hashlib.sha256(
                data + bytes((48 << 20) - len(data))).hexdigest()
        return sums

    def put(self, volume, byte, at, mib):
        (layer,), = self.sql(f"SELECT layer FROM volume WHERE id = '{volume}'")
        run("qemu-io", "-f", "qcow2", "-c", f"write -P {byte} {at}M {mib}M",
            "-c", "flush", self.file(layer))


class Log:
    """The writes, as blklogwrites has them: the format of dm-log-writes."""

    def __init__(self, path):
        self.path = path

    def count(self):
        with open(self.path, "rb") as f:
            magic, _, count, _ = struct.unpack("<QQQI", f.read(28))
        assert magic == MAGIC
        return count

    def entries(self):
        """(flags, offset, length, where the data is in the log)"""
        found = []
        with open(self.path, "rb") as f:
            at = SECTOR
            for _ in range(self.count()):
                f.seek(at)
                sector, sectors, flags, _ = struct.unpack("<QQQQ", f.read(32))
                at += SECTOR
                found.append((flags, sector * SECTOR, sectors * SECTOR, at))
                if not flags & DISCARD:
                    at += sectors * SECTOR
        return found


class Disk:
    """A disk whose writes are logged, mounted."""

    def __init__(self, work):
        self.image, self.log = work + "/disk", Log(work + "/log")
        self.node, self.mount = work + "/exported", work + "/mount"
        for name, size in ((self.image, DISK), (self.log.path, 0),
                           (self.node, 0)):
            with open(name, "wb") as f:
                f.truncate(size)
        os.mkdir(self.mount)
        self.daemon = subprocess.Popen((
            "qemu-storage-daemon",
            "--blockdev", f"file,node-name=disk,filename={self.image}",
            "--blockdev", f"file,node-name=log,filename={self.log.path}",
            "--blockdev", "blklogwrites,node-name=both,file=disk,log=log,"
            "log-super-update-interval=1",
            "--export", f"fuse,id=out,node-name=both,mountpoint={self.node},"
            "writable=on"))
        while os.stat(self.node).st_size != DISK:
            if self.daemon.poll() is not None:
                raise RuntimeError("QEMU exports nothing by FUSE")
            time.sleep(0.01)
        self.loop = run("losetup", "-f", "--show", self.node)
        run("mkfs.ext4", "-q", "-m", "0", "-E",
            "nodiscard,lazy_itable_init=0,lazy_journal_init=0", self.loop)
        run("mount", self.loop, self.mount)

    def close(self):
        patiently("umount", self.mount)
        patiently("losetup", "-d", self.loop)
        self.daemon.send_signal(signal.SIGTERM)
        self.daemon.wait()


def layers(store):
    """The inode of each layer's file, and who stands on whom."""
    return {name: (os.stat(store.file(name)).st_ino, parent) for name, parent
            in store.sql("SELECT name, parent FROM layer")}


def merges(before, after):
    """How many of the layers that are left were pushed into, and pulled."""
    old = {inode for inode, _ in before.values()}
    pushed = pulled = 0
    for name, (inode, _) in after.items():
        if name in before and inode != before[name][0]:
            pushed += inode in old
            pulled += inode not in old
    return pushed, pulled


def operate(store, log):
    """Runs the operations. [(how long the log was when it was acknowledged,
    what the snapshots showed then)], and how many layers were merged how."""
    said, done = [], [0, 0]
    raw = store.mount + "/../raw"
    with open(raw, "wb") as f:
        for i in range(12 << 8):
            f.write(random.randbytes(16) * 256)

    def acknowledged():
        count = log.count()
        said.append((count, store.shows()))

    def without(*argv):
        """Something is deleted, and what only that needed goes."""
        store.settle()
        before = layers(store)
        store.qami(*argv)
        acknowledged()
        store.settle()
        store.qami("gc")
        acknowledged()
        for i, n in enumerate(merges(before, layers(store))):
            done[i] += n

    def snap(volume):
        snap = store.qami("create-snapshot", "--volume-id", volume,
                          "--output", "text", "--query", "SnapshotId")
        acknowledged()
        return snap

    def create(*options):
        volume = store.qami("create-volume", "--availability-zone",
                            "us-east-1a", "--output", "text", "--query",
                            "VolumeId", *options)
        acknowledged()
        return volume

    store.qami("images")
    acknowledged()
    store.qami("import", raw, "--name", "raw")
    acknowledged()
    imported, = (one for one, in store.sql("SELECT id FROM snapshot"))
    # what a raw layer holds can only be pulled up
    volume = create("--snapshot-id", imported, "--size", "1")
    store.put(volume, 1, 2, 4)
    first = snap(volume)
    store.put(volume, 2, 20, 3)
    second = snap(volume)
    without("rmi", "raw")
    # a little over a lot is pushed down
    store.put(volume, 3, 21, 1)
    snap(volume)
    store.put(volume, 4, 3, 1)
    without("delete-snapshot", "--snapshot-id", second)
    empty = create("--size", "1")
    store.put(empty, 5, 0, 6)
    below = snap(empty)
    store.put(empty, 6, 1, 1)
    snap(empty)
    without("delete-snapshot", "--snapshot-id", below)
    without("delete-snapshot", "--snapshot-id", first)
    store.settle()
    return said, done


def read_log(log, entry):
    with open(log.path, "rb") as f:
        f.seek(entry[3])
        return f.read(entry[2])


def apply(disk, log, entry):
    flags, offset, length, _ = entry
    if length and not flags & DISCARD:
        disk.seek(offset)
        disk.write(read_log(log, entry))


def judge(mount, worlds):
    """Opens the store as after a crash; what is wrong with it, or None. The
    worlds are what was acknowledged last, and what was on its way."""
    store = Store(mount)
    if not os.path.exists(store.path + "/qami.db"):
        return "there is no registry"

    def look(when):
        sums = store.shows()
        for snap in set(sums) | set(worlds[0]) | set(worlds[1]):
            may = {world.get(snap) for world in worlds}
            if sums.get(snap) not in may:
                return f"{when}: {snap} shows {sums.get(snap)}, not {may}"
        return None

    try:
        store.qami("ps")
        store.settle()
        wrong = look("opened")
        if wrong:
            return wrong
        run("tests/audit", env=store.env)
        store.qami("fsck")
        store.qami("gc")
        store.settle()
        wrong = look("collected")
        if wrong:
            return wrong
        store.qami("fsck", "--deep")
        run("tests/audit", env=store.env)
    except (RuntimeError, sqlite3.Error) as error:
        return str(error)
    return None


def mounted(image, mount, what):
    """Calls `what` with the image mounted."""
    loop = run("losetup", "-f", "--show", image)
    try:
        run("mount", loop, mount)
        try:
            return what()
        finally:
            patiently("umount", mount)
    finally:
        patiently("losetup", "-d", loop)


def replay(work, log, said, states):
    """Makes so many states and judges them; how many were wrong."""
    entries = log.entries()
    begin, end = said[0][0], said[-1][0]
    cuts = sorted(random.randint(begin, end) for _ in range(states))
    mount = work + "/again"
    os.mkdir(mount)
    base = open(work + "/base", "wb+")
    base.truncate(DISK)
    flushed = at = bad = lost = 0
    for number, cut in enumerate(cuts):
        # all that a flush before the cut made durable
        while at < cut:
            if entries[at][0] & FLUSH:
                for entry in entries[flushed:at]:
                    apply(base, log, entry)
                flushed = at
            at += 1
        base.flush()
        # a new file: the kernel remembers what a loop device had
        image = f"{work}/state-{number}"
        run("cp", "--sparse=always", base.name, image)
        with open(image, "rb+") as disk:
            # the rest went to the disk as it pleased; a write that was made
            # durable by itself did
            share = (0, 1, 0.5, 0.5, random.random())[number % 5]
            for entry in entries[flushed:cut]:
                if entry[0] & FUA or random.random() < share:
                    apply(disk, log, entry)
                elif entry[2]:
                    lost += 1
        last = max(i for i, one in enumerate(said) if one[0] <= cut)
        worlds = [said[i][1] for i in (last, min(last + 1, len(said) - 1))]
        wrong = mounted(image, mount, lambda: judge(mount, worlds))
        os.unlink(image)
        if wrong:
            bad += 1
            print(f"WRONG: {cut} of {end}, {flushed} flushed: {wrong}",
                  flush=True)
    print(f"{states} states of {end - begin} writes and flushes, {lost} "
          f"writes lost, {bad} wrong", flush=True)
    return bad


def main():
    seed = int(os.environ.get("POWER_SEED", time.time_ns()))
    random.seed(seed)
    print("seed", seed, flush=True)
    work = tempfile.mkdtemp(prefix="qami-power.",
                            dir="/dev/shm" if os.path.isdir("/dev/shm")
                            else None)
    os.chmod(work, 0o755)
    try:
        disk = Disk(work)
        try:
            said, merged = operate(Store(disk.mount), disk.log)
        finally:
            disk.close()
        print(f"{len(said)} times acknowledged; {merged[0]} layers pushed, "
              f"{merged[1]} pulled", flush=True)
        assert merged[0] and merged[1]
        return replay(work, disk.log, said, int(sys.argv[1])) > 0
    finally:
        shutil.rmtree(work)


sys.exit(main())
