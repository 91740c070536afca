"""2-ebs-advanced.py - five features of EBS snapshots, through boto3

Run by 2-ebs-advanced.sh, which serves the endpoint and starts the machine:
2-ebs-advanced.py INSTANCE COLD, a snapshot of 16 MiB of data.
"""
import base64
import hashlib
import os
import subprocess
import sys
import time

import boto3
import botocore.exceptions

BLOCK = 512 * 1024
URL = os.environ['AWS_ENDPOINT_URL']


def client(service, account=None):
    """A client of this system; of another account's, with a key of its own."""
    if not account:
        return boto3.client(service, endpoint_url=URL)
    key = qami('--account', account, 'access-key', 'create', '--output',
               'text', '--query', '[AccessKeyId,SecretAccessKey]').split()
    return boto3.Session(key[0], key[1]).client(service, endpoint_url=URL)


def qami(*words):
    return subprocess.run(('qami',) + words, check=True, text=True,
                          stdout=subprocess.PIPE).stdout


def section(title):
    print(f'\n=== {title}', flush=True)


def note(text):
    print(f'# {text}', flush=True)


def call(function, **parameters):
    """Shows a call, and makes it."""
    words = ', '.join(f'{k}={v!r}' for k, v in parameters.items()
                      if not isinstance(v, bytes))
    print(f'> {function.__name__}({words})', flush=True)
    return function(**parameters)


def refused(code, function, **parameters):
    try:
        call(function, **parameters)
    except botocore.exceptions.ClientError as e:
        print(e, flush=True)
        assert e.response['Error']['Code'] == code, e
    else:
        raise AssertionError(f'this was to be refused with {code}')


def completed(ec2, snapshot):
    ec2.get_waiter('snapshot_completed').wait(SnapshotIds=[snapshot],
                                              WaiterConfig={'Delay': 1})
    return snapshot


def blocks(ebs, snapshot):
    """What a snapshot points at: the data of each of its blocks."""
    return {b['BlockIndex']: ebs.get_snapshot_block(
        SnapshotId=snapshot, BlockIndex=b['BlockIndex'],
        BlockToken=b['BlockToken'])['BlockData'].read()
        for b in ebs.list_snapshot_blocks(SnapshotId=snapshot)['Blocks']}


def stored():
    """The bytes that all snapshots take together on this host's disk."""
    layers = os.path.join(os.environ['QAMI_STORE'], 'layers')
    return sum(os.stat(os.path.join(layers, name)).st_blocks * 512
               for name in os.listdir(layers))


def incremental(ec2, ebs):
    section('1. Incremental and block-level storage')
    note('five snapshots of a disk of three blocks; only changes are written')
    changes = ['A0 B0 C0', '- B1 -', '- - -', '- - C1', 'A1 - -']
    chain = []
    names = {}
    for changed in changes:
        more = {'ParentSnapshotId': chain[-1]} if chain else {}
        new = call(ebs.start_snapshot, VolumeSize=1, **more)['SnapshotId']
        count = 0
        for index, name in enumerate(changed.split()):
            if name == '-':
                continue
            data = hashlib.shake_256(name.encode()).digest(BLOCK)
            names[data] = name
            ebs.put_snapshot_block(
                SnapshotId=new, BlockIndex=index, BlockData=data,
                DataLength=BLOCK, ChecksumAlgorithm='SHA256',
                Checksum=base64.b64encode(
                    hashlib.sha256(data).digest()).decode())
            count += 1
        ebs.complete_snapshot(SnapshotId=new, ChangedBlocksCount=count)
        chain.append(completed(ec2, new))

    def points(snapshot):
        return ' '.join(names[data] for data in
                        blocks(ebs, snapshot).values())

    for number, snapshot in enumerate(chain):
        print(f'snapshot {number + 1}: {snapshot} points to '
              f'{points(snapshot)}')
    changed = ebs.list_changed_blocks(FirstSnapshotId=chain[0],
                                      SecondSnapshotId=chain[4])
    note('from the first to the fifth changed: blocks '
         f'{[b["BlockIndex"] for b in changed["ChangedBlocks"]]}')

    section('What happens during deletion of the first snapshot')
    before = stored()
    call(ec2.delete_snapshot, SnapshotId=chain[0])
    qami('gc')
    for number, snapshot in enumerate(chain[1:]):
        print(f'snapshot {number + 2} points to {points(snapshot)}')
    note(f'blocks A0 and C0 belong to snapshot 2 now; B0, which nobody points '
         f'at, is gone: {before - stored()} bytes less on disk (measured)')
    assert points(chain[4]) == 'A1 B1 C1'
    assert before - stored() >= BLOCK
    for snapshot in chain[1:4]:
        ec2.delete_snapshot(SnapshotId=snapshot)
    qami('gc')
    assert points(chain[4]) == 'A1 B1 C1'
    note('and with all others gone, the fifth is still complete')
    return chain[4]


def crash_consistent(ec2, ebs, instance):
    section('2. Multi-volume crash consistency')
    note('a program in the guest writes 1, 2, 3, ... to one disk, then to the '
         'other')
    answer = call(ec2.create_snapshots,
                  InstanceSpecification={'InstanceId': instance,
                                         'ExcludeBootVolume': True},
                  Description='both disks at one instant')
    counts = []
    for snapshot in answer['Snapshots']:
        completed(ec2, snapshot['SnapshotId'])
        text = blocks(ebs, snapshot['SnapshotId'])[0].split(b'\n')[0].decode()
        print(f"{snapshot['SnapshotId']} of {snapshot['VolumeId']}: {text}")
        name, number = text.split()
        counts.append((name, int(number)))
    counts = dict(counts)
    note('the second disk is never ahead of the first, and at most one behind')
    assert 0 <= counts['first'] - counts['second'] <= 1, counts


def zone_of(ec2):
    return ec2.describe_availability_zones()['AvailabilityZones'][0][
        'ZoneName']


def fast_restore(ec2, snapshot):
    section('3. Fast Snapshot Restore')
    zone = zone_of(ec2)
    call(ec2.enable_fast_snapshot_restores, AvailabilityZones=[zone],
         SourceSnapshotIds=[snapshot])
    note('optimizing takes 60 minutes a TiB (configured, as on AWS), on a '
         'clock that can be moved')
    qami('clock', 'forward', '10m')
    for _ in range(600):
        now = ec2.describe_fast_snapshot_restores()['FastSnapshotRestores'][0]
        if now['State'] == 'enabled':
            break
        time.sleep(0.1)
    print({k: now[k] for k in ('SnapshotId', 'AvailabilityZone', 'State')})
    note('credits come by the hour: 10 of them for a snapshot of 1 GiB')
    qami('clock', 'forward', '1h')
    volume = call(ec2.create_volume, SnapshotId=snapshot,
                  AvailabilityZone=zone)
    print({k: volume.get(k) for k in ('VolumeId', 'FastRestored')})
    assert volume['FastRestored']
    note('it stands on one layer that is in memory: no first-touch penalty '
         '(measured)')
    print(qami('bench-volume', volume['VolumeId'], '--size', '8'), end='',
          flush=True)
    call(ec2.disable_fast_snapshot_restores, AvailabilityZones=[zone],
         SourceSnapshotIds=[snapshot])
    ec2.delete_volume(VolumeId=volume['VolumeId'])


def lazily(ec2, snapshot):
    section('What is pre-warming: without it, blocks come on first touch')
    call(ec2.modify_snapshot_tier, SnapshotId=snapshot, StorageTier='archive')
    tier(ec2, snapshot, 'archival-completed')
    call(ec2.restore_snapshot_tier, SnapshotId=snapshot,
         PermanentRestore=True)
    qami('clock', 'forward', '48h')
    tier(ec2, snapshot, 'permanent-restore-completed')
    volume = call(ec2.create_volume, SnapshotId=snapshot,
                  AvailabilityZone=zone_of(ec2))['VolumeId']
    note('usable at once, but its data is still in the archive (measured)')
    print(qami('bench-volume', volume, '--size', '8'), end='', flush=True)
    return volume


def block_or_object(ec2, volume, instance):
    section('EBS vs. S3: a disk of one machine, or objects for many')
    call(ec2.attach_volume, VolumeId=volume, InstanceId=instance,
         Device='/dev/sdp')
    refused('VolumeInUse', ec2.attach_volume, VolumeId=volume,
            InstanceId=instance, Device='/dev/sdq')
    s3 = client('s3')
    call(s3.create_bucket, Bucket='shared')
    call(s3.put_object, Bucket='shared', Key='report', Body=b'any bytes')
    readers = [client('s3') for _ in range(3)]
    print([r.get_object(Bucket='shared', Key='report')['Body'].read()
           for r in readers])

    section('Why is S3 cheaper than EBS')
    note('a month, in dollars (configured: AWS\'s list prices)')
    for line in qami('price', 'list').splitlines():
        if line.startswith(('gp2.storage', 'gp3.storage', 'snapshot.', 's3')):
            print(line)
    note('a volume costs what is provisioned, a snapshot and a bucket what is '
         'stored')
    print(qami('costs'), end='', flush=True)


def archive(ec2, ebs, snapshot):
    section('4. EBS snapshot archive')
    before = blocks(ebs, snapshot)
    note('what it would save a month (configured: qami price list)')
    print(qami('costs', '--archive', snapshot), end='', flush=True)
    call(ec2.modify_snapshot_tier, SnapshotId=snapshot, StorageTier='archive')
    tier(ec2, snapshot, 'archival-completed')
    refused('IncorrectState', ec2.create_volume, SnapshotId=snapshot,
            AvailabilityZone=zone_of(ec2))

    note('retrieval takes 24 to 72 hours; 48 are configured here, on a clock '
         'that can be moved')
    call(ec2.restore_snapshot_tier, SnapshotId=snapshot,
         TemporaryRestoreDays=7)
    tier(ec2, snapshot, 'temporary-restore-in-progress')
    print(qami('clock', 'forward', '48h'), end='', flush=True)
    tier(ec2, snapshot, 'temporary-restore-completed')
    now = blocks(ebs, snapshot)
    assert all(now[index] == data for index, data in before.items())
    note('every block is what it was')


def tier(ec2, snapshot, status):
    """Waits until the tiering of a snapshot is so far, and shows it."""
    for _ in range(600):
        now = ec2.describe_snapshot_tier_status(Filters=[
            {'Name': 'snapshot-id', 'Values': [snapshot]}])[
                'SnapshotTierStatuses'][0]
        if now['LastTieringOperationStatus'] == status:
            print({k: now.get(k) for k in (
                'SnapshotId', 'StorageTier', 'LastTieringOperationStatus')},
                  flush=True)
            return
        time.sleep(0.1)
    raise AssertionError(f'never {status}: {now}')


def accounts(ec2, kms, snapshot):
    section('5. Cross-account copy with encryption')
    region = ec2.meta.region_name
    other = '222222222222'
    their_ec2 = client('ec2', other)
    share = {'Attribute': 'createVolumePermission', 'OperationType': 'add',
             'UserIds': [other]}

    note('encrypted with the default key, it cannot be shared')
    default = completed(ec2, call(
        ec2.copy_snapshot, SourceRegion=region, SourceSnapshotId=snapshot,
        Encrypted=True)['SnapshotId'])
    refused('OperationNotPermitted', ec2.modify_snapshot_attribute,
            SnapshotId=default, **share)

    note('encrypt with a customer managed key, share the key, copy')
    key = call(kms.create_key, Description='for recovery')[
        'KeyMetadata']['Arn']
    mine = completed(ec2, call(
        ec2.copy_snapshot, SourceRegion=region, SourceSnapshotId=default,
        Encrypted=True, KmsKeyId=key)['SnapshotId'])
    call(ec2.modify_snapshot_attribute, SnapshotId=mine, **share)
    call(kms.create_grant, KeyId=key, GranteePrincipal=other,
         Operations=['Decrypt', 'DescribeKey'])
    theirs = completed(their_ec2, call(
        their_ec2.copy_snapshot, SourceRegion=region, SourceSnapshotId=mine,
        Encrypted=True)['SnapshotId'])

    note('the copy is theirs, whatever becomes of the original and its key')
    for gone in default, mine:
        ec2.delete_snapshot(SnapshotId=gone)
    call(kms.schedule_key_deletion, KeyId=key, PendingWindowInDays=7)
    listed = their_ec2.describe_snapshots(OwnerIds=['self'])['Snapshots']
    print([(s['SnapshotId'], s['OwnerId'], s['Encrypted']) for s in listed])
    assert [s['SnapshotId'] for s in listed] == [theirs]
    assert list(blocks(client('ebs', other), theirs)) == [0, 1, 2]


def main():
    ec2, ebs, kms = client('ec2'), client('ebs'), client('kms')
    snapshot = incremental(ec2, ebs)
    crash_consistent(ec2, ebs, sys.argv[1])
    fast_restore(ec2, snapshot)
    archive(ec2, ebs, snapshot)
    accounts(ec2, kms, snapshot)
    volume = lazily(ec2, sys.argv[2])
    block_or_object(ec2, volume, sys.argv[1])


main()
