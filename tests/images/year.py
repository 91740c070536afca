"""Nightly snapshots and monthly images, every night of them through `qami`.

What is to remain is found from the calendar's own names of weeks and months, and
what each shows from a model of the volume. What `qami costs` prints, in all and
of each resource, is held against that and against what qemu-img and the file
system say of the files.
"""
import json
import os
import sqlite3
import struct
import subprocess
import sys
import time
from collections import Counter
from datetime import datetime, timedelta, timezone
from decimal import Decimal

STORE = os.environ['QAMI_STORE']
LAYERS = os.path.join(STORE, 'layers')
MIB = 1 << 20
GIB = 1 << 30
SLOTS = 8  # MiB of the volume that are written, from the first one on
WRITES_EACH = 3  # nights
UNIT = 4096
COPIES_MOST = 3  # of a block, those included that shorten chains
TABLES = 5 * 65536  # of a qcow2 file, beside what is in it: five clusters
PATIENCE = 120

# From when, how many nights, at which the space is looked at; so many of the
# latest months' snapshots and images are kept, of the snapshots only `fewer`
# at the very end.
TURN = ('2026-10-30', 67, (15, 40, 66), 3, 2, 1)  # to the 4th of January
WHOLE = ('2026-01-01', 397, range(45, 397, 44), 12, 12, 5)  # to February 2027


def run(*words):
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode:
        sys.exit('%s: %s%s' % (' '.join(words), done.stdout, done.stderr))
    return done.stdout


def ask(*words):
    return json.loads(run('qami', *words, '--output', 'json'))


def registry(statement, *values):
    with sqlite3.connect('file:%s/qami.db?mode=ro' % STORE, uri=True,
                         timeout=PATIENCE) as db:
        return db.execute(statement, values).fetchall()


def settle():
    """Until no job is left to do."""
    end = time.monotonic() + PATIENCE
    while registry("SELECT 1 FROM op WHERE state IN ('intent', 'fired')"):
        if time.monotonic() > end:
            sys.exit('jobs are not done after %d s' % PATIENCE)
        time.sleep(0.01)


def set_clock(moment):
    run('qami', 'clock', 'set', moment.strftime('%Y-%m-%dT%H:%M:%SZ'))


def put_policy(name, kind, resource, rule, daily, weekly, monthly):
    path = os.path.join(os.environ['TMPDIR'], name + '.json')
    with open(path, 'w') as file:
        json.dump({'PolicyDetails': {
            'PolicyType': kind, 'ResourceTypes': [resource],
            'TargetTags': [{'Key': 'Backup', 'Value': 'year'}],
            'Schedules': [{'Name': 's', 'CreateRule': rule, 'RetainRule': {
                'Daily': daily, 'Weekly': weekly, 'Monthly': monthly}}]}},
            file)
    run('qami', 'lifecycle', 'put', name, path)


def keep_nightly(daily, weekly, monthly):
    put_policy('nightly', 'EBS_SNAPSHOT_MANAGEMENT', 'VOLUME',
               {'Interval': 24, 'IntervalUnit': 'HOURS', 'Times': ['05:00']},
               daily, weekly, monthly)


def byte_of(night):
    return 1 + night % 250


def layer_of(id):
    """The file of a volume or snapshot."""
    name = registry('SELECT layer FROM volume WHERE id = ?1 UNION '
                    'SELECT layer FROM snapshot WHERE id = ?1', id)[0][0]
    return os.path.join(LAYERS, name)


class Moved(Exception):
    """A job has put layers into the places of others meanwhile."""


def map_of(path):
    done = subprocess.run(['qemu-img', 'map', '-U', '--output=json', path],
                          capture_output=True, text=True)
    if done.returncode:
        raise Moved(done.stderr)
    return json.loads(done.stdout)


def chain_of(path):
    """The names of a layer's files, its own first, by their headers."""
    names = []
    while True:
        names.append(os.path.basename(path))
        with open(path, 'rb') as file:
            magic, _, at, size = struct.unpack('>4sIQI', file.read(20))
            if magic != b'QFI\xfb' or not at:
                return names
            file.seek(at)
            path = os.path.join(LAYERS, file.read(size).decode())


def lies_in(path):
    """Where all that a layer shows lies: the files and places in them."""
    names = chain_of(path)
    units = set()
    for part in map_of(path):
        if not part['present'] or not part['data'] or part['zero']:
            continue
        assert part['offset'] % UNIT == part['length'] % UNIT == 0, part
        units |= {(names[part['depth']], part['offset'] + at)
                  for at in range(0, part['length'], UNIT)}
    return units


def write(volume, slot, byte):
    """Writes a MiB; again where a job put another file in its place."""
    end = time.monotonic() + PATIENCE
    while True:
        path = layer_of(volume)
        before = os.stat(path).st_ino
        done = subprocess.run(
            ['qemu-io', '-f', 'qcow2', '-c',
             'write -P %d %dM 1M' % (byte, slot + 1), path],
            capture_output=True, text=True)
        if not done.returncode and path == layer_of(volume) and \
                before == os.stat(path).st_ino:
            return
        if time.monotonic() > end:
            sys.exit('nothing was written: ' + done.stderr)
        time.sleep(0.1)


def compare(id, slots):
    """A volume or snapshot shows what the first volume held."""
    settle()
    path = layer_of(id)
    words = ['qemu-io', '-r', '-U', '-f', 'qcow2']
    for slot, night in enumerate(slots):
        byte = 0 if night is None else byte_of(night)
        words += ['-c', 'read -P %d %dM 1M' % (byte, slot + 1)]
    text = run(*words, path)
    if 'verification failed' in text or \
            text.count('read 1048576/1048576') != SLOTS:
        sys.exit('%s is not as it was:\n%s' % (path, text))


def on_disk():
    """The bytes that are in the layers, and what `du` says of the files."""
    data = blocks = tables = 0
    for name in os.listdir(LAYERS):
        path = os.path.join(LAYERS, name)
        data += sum(part['length'] for part in map_of(path)
                    if part['depth'] == 0 and part['data']
                    and not part['zero'])
        blocks += os.stat(path).st_blocks * 512
        tables += TABLES if name.endswith('.qcow2') else 0
    return data, blocks, tables


class Year:
    def __init__(self, volume, first):
        self.volume = volume
        self.begin = datetime.fromisoformat(first + 'T05:00+00:00')
        self.slots = [None] * SLOTS  # the night on which each was written
        self.shown = []  # the same of each night
        self.base = ask('describe-snapshots')['Snapshots'][0]['SnapshotId']

    def night(self):
        number = len(self.shown)
        if number % WRITES_EACH == 0:
            slot = number // WRITES_EACH % SLOTS
            write(self.volume, slot, byte_of(number))
            self.slots[slot] = number
        self.shown.append(list(self.slots))
        set_clock(self.begin + timedelta(days=number))
        run('qami', 'lifecycle', 'run')

    def number_of(self, text):
        moment = datetime.fromisoformat(text.replace('Z', '+00:00'))
        return (moment - self.begin) // timedelta(days=1)

    def snapshots(self):
        """The number of its night and whether an image has it, of each."""
        images = {mapping['Ebs']['SnapshotId']
                  for image in ask('describe-images', '--owners',
                                   'self')['Images']
                  for mapping in image['BlockDeviceMappings']}
        return {one['SnapshotId']: (self.number_of(one['StartTime']),
                                    one['SnapshotId'] in images)
                for one in ask('describe-snapshots')['Snapshots']
                if one['SnapshotId'] != self.base}

    def look(self):
        """What is printed, what the files have and where of each resource it
        lies, all at one time: jobs wait for nobody."""
        nights = {id: night for id, (night, _) in self.snapshots().items()}
        # from the image's own disk to the volume, which has the last claim
        nights = {self.base: -1, **nights, self.volume: len(self.shown)}
        end = time.monotonic() + PATIENCE
        while True:
            settle()
            try:
                answer = ask('costs', '--all')
                disk = on_disk()
                lies = {id: lies_in(layer_of(id)) for id in nights}
                if ask('costs', '--all') == answer:
                    return answer, disk, nights, lies
            except (Moved, OSError) as problem:
                print('once more:', problem)
            if time.monotonic() > end:
                sys.exit('the layers do not come to rest')

    def check_rows(self, rows, nights, lies):
        """Each row says what the files say; jobs that shorten a chain copy
        blocks, and a copy is stored as well. Of two snapshots of one night
        either may come first. Returns what all of them store."""
        shown_by = Counter(unit for units in lies.values() for unit in units)
        known, stored, wanted = set(), Counter(), Counter()
        assert set(rows) == set(nights), rows.keys()
        for id, night in sorted(nights.items(), key=lambda item: item[1]):
            row, units = rows[id], lies[id]
            alone = sum(shown_by[unit] == 1 for unit in units)
            assert row['FullBytes'] == UNIT * len(units), row
            assert row['UniqueBytes'] == UNIT * alone, (row, alone)
            assert row['SharedBytes'] == \
                row['FullBytes'] - row['UniqueBytes'], row
            stored[night] += row['StoredBytes']
            wanted[night] += UNIT * len(units - known)
            known |= units
        assert stored == wanted, (stored, wanted)
        self.check_full(rows, nights)
        return UNIT * len(known)

    def check_full(self, rows, nights):
        """Each shows what the model has of its night, and the disk of the
        image below it."""
        base = rows[self.base]['FullBytes']
        blocks = set()
        for id, night in nights.items():
            slots = [] if night < 0 else (self.shown + [self.slots])[night]
            parts = {part for part in enumerate(slots)
                     if part[1] is not None}
            assert rows[id]['FullBytes'] == base + MIB * len(parts), rows[id]
            blocks |= parts
        stored = sum(row['StoredBytes'] for row in rows.values())
        once = base + MIB * len(blocks)
        assert once <= stored <= COPIES_MOST * once, (stored, once)

    @staticmethod
    def check_prices(answer):
        cost = {'snapshot': Decimal('0.05'), 'volume': Decimal('0.10')}
        total = 0
        for row in answer['Costs']:
            paid = row['ProvisionedBytes'] or row['StoredBytes']
            due = cost[row['Kind']] * paid / GIB
            assert abs(Decimal(row['Monthly']) - due) <= Decimal('1e-6'), row
            total += Decimal(row['Monthly'])
        assert Decimal(answer['Monthly']) == total, answer

    def check_space(self):
        """To the byte, when nothing is left to tidy."""
        run('qami', 'gc')
        answer, (data, blocks, tables), nights, lies = self.look()
        rows = {row['Resource']: row for row in answer['Costs']}
        stored = (answer['StoredBytes'], answer['UnneededBytes'])
        wanted = (data, data - self.check_rows(rows, nights, lies))
        assert stored == wanted, (stored, wanted)
        assert data <= blocks <= data + tables, (data, blocks, tables)
        self.check_prices(answer)
        return data

    def expect(self, name, most):
        """The latest night of each of the last periods of a name."""
        latest = {}
        for number in range(len(self.shown)):
            moment = self.begin + timedelta(days=number)
            latest[moment.strftime(name)] = number
        return sorted(latest.values())[-most:]

    def check_rest(self, months, images):
        wanted = set(self.expect('%F', 7) + self.expect('%G-%V', 4) +
                     self.expect('%Y-%m', months))
        firsts = [number for number in range(len(self.shown)) if
                  (self.begin + timedelta(days=number)).day == 1]
        rest = self.snapshots()
        nightly = [night for night, has_image in rest.values()
                   if not has_image]
        monthly = [night for night, has_image in rest.values() if has_image]
        assert sorted(nightly) == sorted(wanted), (nightly, wanted)
        assert len(firsts) > images
        assert sorted(monthly) == firsts[-images:], monthly
        for id, (night, _) in rest.items():
            compare(id, self.shown[night])
        print('%d snapshots, %d images' % (len(nightly), len(monthly)))

    def check_restored(self):
        """A volume of each snapshot has what was there on its night."""
        for id, (night, _) in self.snapshots().items():
            volume = ask('create-volume', '--availability-zone', 'us-east-1a',
                         '--snapshot-id', id)['VolumeId']
            compare(volume, self.shown[night])
            run('qami', 'delete-volume', '--volume-id', volume)

    def check_freed(self, months):
        """What a dry run says that it frees, it frees; it may be more, as
        chains become shorter then and copies go that made them so."""
        keep_nightly(2, 1, months)
        before = self.check_space()
        dry = ask('lifecycle', 'run', '--dry-run')
        going = [step['Id'] for step in dry['Steps']
                 if step['What'] == 'delete']
        frees = dry['FreedBytes']
        assert going and frees > 0 and self.check_space() == before
        assert ask('costs', '--delete', *going)['FreedBytes'] == frees
        run('qami', 'lifecycle', 'run')
        assert not set(going) & set(self.snapshots())
        freed = before - self.check_space()
        print('%d bytes were to be freed, %d were' % (frees, freed))
        assert freed >= frees


def main():
    volume, instance = sys.argv[1:]
    first, nights, looks, months, images, fewer = \
        WHOLE if os.environ.get('WHOLE_YEAR') else TURN
    year = Year(volume, first)
    run('qami', 'clock', 'freeze')
    set_clock(year.begin - timedelta(days=1))
    for resource in volume, instance:
        run('qami', 'create-tags', '--resources', resource, '--tags',
            'Key=Backup,Value=year')
    keep_nightly(7, 4, months)
    put_policy('monthly', 'IMAGE_MANAGEMENT', 'INSTANCE',
               {'CronExpression': 'cron(0 5 1 * ? *)'}, 1, 1, images)
    for number in range(nights):
        year.night()
        if number in looks:
            stored = year.check_space()
            print('night %d: %d bytes are stored' % (number, stored))
    year.check_rest(months, images)
    year.check_restored()
    year.check_freed(fewer)


main()
