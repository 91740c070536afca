"""with-boto3 - what programs do with boto3, against the endpoint

At $AWS_ENDPOINT_URL, where an image "alpha" of the caller's is.
"""
import os
import socket
import threading
import urllib.error
import urllib.parse
import urllib.request

import boto3
import botocore.config
import botocore.exceptions

URL = os.environ['AWS_ENDPOINT_URL']


def client(service='ec2', url=URL, **more):
    return boto3.client(service, endpoint_url=url, **more)


def code(call, **parameters):
    """The error's code that a call is answered with."""
    try:
        call(**parameters)
    except botocore.exceptions.ClientError as e:
        return e.response['Error']['Code']
    raise AssertionError(f'succeeded: {parameters}')


def waiters(ec2):
    ami = ec2.describe_images(Filters=[
        {'Name': 'name', 'Values': ['alpha']}])['Images'][0]['ImageId']
    i = ec2.run_instances(ImageId=ami, MinCount=1, MaxCount=1)[
        'Instances'][0]['InstanceId']
    for name in 'instance_exists', 'instance_running':
        ec2.get_waiter(name).wait(InstanceIds=[i])
    v = ec2.create_volume(AvailabilityZone=ec2.describe_availability_zones()[
        'AvailabilityZones'][0]['ZoneName'], Size=1)['VolumeId']
    ec2.get_waiter('volume_available').wait(VolumeIds=[v])
    ec2.attach_volume(VolumeId=v, InstanceId=i, Device='/dev/sdf')
    ec2.get_waiter('volume_in_use').wait(VolumeIds=[v])
    ec2.stop_instances(InstanceIds=[i], Force=True)
    ec2.get_waiter('instance_stopped').wait(InstanceIds=[i])
    image = ec2.create_image(InstanceId=i, Name='waited')['ImageId']
    ec2.get_waiter('image_available').wait(ImageIds=[image])
    ec2.get_waiter('snapshot_completed').wait(
        SnapshotIds=[m['Ebs']['SnapshotId'] for m in ec2.describe_images(
            ImageIds=[image])['Images'][0]['BlockDeviceMappings']])
    ec2.terminate_instances(InstanceIds=[i])
    ec2.get_waiter('instance_terminated').wait(InstanceIds=[i])
    ec2.delete_volume(VolumeId=v)
    ec2.get_waiter('volume_deleted').wait(VolumeIds=[v])
    return ami


def pages(ec2):
    zone = ec2.describe_availability_zones()['AvailabilityZones'][0]
    v = ec2.create_volume(AvailabilityZone=zone['ZoneName'], Size=1)['VolumeId']
    made = [ec2.create_snapshot(VolumeId=v)['SnapshotId'] for _ in range(12)]
    seen, count = [], 0
    for page in ec2.get_paginator('describe_snapshots').paginate(
            Filters=[{'Name': 'volume-id', 'Values': [v]}],
            PaginationConfig={'PageSize': 5}):
        assert len(page['Snapshots']) <= 5
        seen += [s['SnapshotId'] for s in page['Snapshots']]
        count += 1
    assert (count, sorted(seen)) == (3, sorted(made)), (count, seen)
    # a token is its question's
    token = ec2.describe_snapshots(MaxResults=5)['NextToken']
    assert code(ec2.describe_snapshots, MaxResults=5, NextToken=token,
                OwnerIds=['self']) == 'InvalidNextToken'


def resources():
    ec2 = boto3.resource('ec2', endpoint_url=URL)
    volume = ec2.create_volume(Size=1, AvailabilityZone=next(iter(
        ec2.meta.client.describe_availability_zones()[
            'AvailabilityZones']))['ZoneName'])
    snapshot = volume.create_snapshot(Description='of a resource')
    snapshot.wait_until_completed()
    snapshot.create_tags(Tags=[{'Key': 'who', 'Value': 'me'}])
    found = list(ec2.snapshots.filter(OwnerIds=['self'], Filters=[
        {'Name': 'tag:who', 'Values': ['me']}]))
    assert [s.id for s in found] == [snapshot.id]
    assert found[0].tags == [{'Key': 'who', 'Value': 'me'}]
    assert found[0].volume_id == volume.id
    image = ec2.register_image(Name='resource', RootDeviceName='/dev/sda1',
                               BlockDeviceMappings=[
                                   {'DeviceName': '/dev/sda1',
                                    'Ebs': {'SnapshotId': snapshot.id}}])
    assert image.state == 'available' and image.root_device_type == 'ebs'
    assert code(snapshot.delete) == 'InvalidSnapshot.InUse'
    image.deregister()
    snapshot.delete()
    volume.delete()


def presigned(ec2):
    url = ec2.generate_presigned_url('describe_regions', ExpiresIn=60,
                                     HttpMethod='GET')
    with urllib.request.urlopen(url) as answer:
        assert b'<regionName>' in answer.read()
    try:
        urllib.request.urlopen(url.replace('DescribeRegions',
                                           'DescribeVolumes'))
        raise AssertionError('a signature is good for another action')
    except urllib.error.HTTPError as e:
        assert e.code == 403 and b'SignatureDoesNotMatch' in e.read()


class Relay:
    """Passes requests on, and loses the first `lost` answers."""

    def __init__(self, lost):
        self.lost, self.requests = lost, []
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.url = 'http://127.0.0.1:%d' % self.listener.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        there = urllib.parse.urlsplit(URL)
        while True:
            near = self.listener.accept()[0]
            request = self.whole(near)
            if not request:
                continue
            self.requests.append(request)
            far = socket.create_connection((there.hostname, there.port))
            far.sendall(request)
            answer = self.whole(far)
            if len(self.requests) > self.lost:
                near.sendall(answer)
            far.close()
            near.close()

    @staticmethod
    def whole(connection):
        """A message, to the end that its Content-Length says."""
        data = b''
        while True:
            head, gap, body = data.partition(b'\r\n\r\n')
            if gap:
                size = [int(line.split(b':')[1]) for line in
                        head.lower().split(b'\r\n')
                        if line.startswith(b'content-length:')]
                if len(body) >= (size or [0])[0]:
                    return data
            more = connection.recv(65536)
            if not more:
                return data
            data += more


def retries(ami):
    relay = Relay(2)
    again = client(url=relay.url, config=botocore.config.Config(
        retries={'max_attempts': 4, 'mode': 'standard'}))
    volume = {'Size': 1, 'AvailabilityZone': client().
              describe_availability_zones()['AvailabilityZones'][0]['ZoneName']}
    tags = {'TagSpecifications': [{'ResourceType': 'volume', 'Tags': [
        {'Key': 'once', 'Value': 'only'}]}]}
    made = again.create_volume(ClientToken='once', **volume, **tags)
    assert len(relay.requests) == 3, len(relay.requests)
    found = client().describe_volumes(Filters=[
        {'Name': 'tag:once', 'Values': ['only']}])['Volumes']
    assert [v['VolumeId'] for v in found] == [made['VolumeId']], found
    launch = {'ImageId': ami, 'MinCount': 1, 'MaxCount': 1,
              'ClientToken': 'launched'}
    first, second = (client().run_instances(**launch) for _ in range(2))
    assert first['Instances'][0]['InstanceId'] == \
        second['Instances'][0]['InstanceId']
    launch['InstanceType'] = 't3.small'
    assert code(client().run_instances, **launch) == \
        'IdempotentParameterMismatch'


def others():
    who = client('sts').get_caller_identity()
    assert who['Account'] == '123456789012', who
    assert who['Arn'].startswith('arn:aws:iam::123456789012:'), who
    wrong = client(aws_secret_access_key='x' * 40, aws_access_key_id=os.environ[
        'AWS_ACCESS_KEY_ID'])
    assert code(wrong.describe_images) == 'SignatureDoesNotMatch'
    assert code(client(region_name='eu-west-9').describe_images) == \
        'SignatureDoesNotMatch'


ec2 = client()
ami = waiters(ec2)
pages(ec2)
resources()
presigned(ec2)
retries(ami)
others()
