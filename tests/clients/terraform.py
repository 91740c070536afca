"""terraform - the calls that Terraform's AWS provider makes, resource by resource

Its own program is not in Debian, so its calls are made in its order by botocore,
and of the answers is read what the provider reads: each resource is created,
read until it is as it was wanted, changed, and destroyed until it is gone. At
$AWS_ENDPOINT_URL, where an image "small" of the caller's is.
"""
import os
import time

import boto3
import botocore.exceptions

URL = os.environ['AWS_ENDPOINT_URL']
ec2, sts, iam = (boto3.client(name, endpoint_url=URL)
                 for name in ('ec2', 'sts', 'iam'))


def code(call, **parameters):
    """The code of the error that a call must end in."""
    try:
        call(**parameters)
    except botocore.exceptions.ClientError as e:
        return e.response['Error']['Code']
    raise AssertionError(f'succeeded: {parameters}')


def until(what, wanted, seconds=120):
    """Polls as the provider does, but oftener."""
    end = time.time() + seconds
    while (got := what()) != wanted:
        assert time.time() < end, (got, wanted)
        time.sleep(0.2)


def provider():
    account = sts.get_caller_identity()['Account']
    assert account == '123456789012'
    # without skip_requesting_account_id: any of three may tell it
    user = iam.get_user()['User']
    assert user['Arn'].split(':')[4] == account
    assert all(r['Arn'].split(':')[4] == account
               for r in iam.list_roles(MaxItems=1)['Roles'])
    platforms = ec2.describe_account_attributes(
        AttributeNames=['supported-platforms'])['AccountAttributes']
    assert platforms[0]['AttributeValues'][0]['AttributeValue'] == 'VPC'
    return account


def image(name):
    """data.aws_ami"""
    found = ec2.describe_images(Owners=['self'], IncludeDeprecated=False,
                                Filters=[{'Name': 'name', 'Values': [name]}])
    (one,) = found['Images']
    for member in ('Architecture', 'BlockDeviceMappings', 'CreationDate',
                   'EnaSupport', 'Hypervisor', 'ImageLocation', 'ImageType',
                   'OwnerId', 'Public', 'RootDeviceName', 'RootDeviceType',
                   'State', 'VirtualizationType'):
        assert member in one, member
    return one


def key_pair():
    """aws_key_pair"""
    with open(os.environ['TMPDIR'] + '/key.pub', 'rb') as f:
        public = f.read()
    made = ec2.import_key_pair(KeyName='terraform', PublicKeyMaterial=public)
    (read,) = ec2.describe_key_pairs(KeyNames=['terraform'],
                                     IncludePublicKey=True)['KeyPairs']
    assert read['KeyFingerprint'] == made['KeyFingerprint']
    assert read['PublicKey'].split()[:2] == public.decode().split()[:2]
    assert read['KeyPairId'] == made['KeyPairId']


def security_group():
    """aws_security_group with one rule each way"""
    (vpc,) = ec2.describe_vpcs(Filters=[
        {'Name': 'isDefault', 'Values': ['true']}])['Vpcs']
    group = ec2.create_security_group(
        GroupName='terraform-2026', Description='Managed by Terraform',
        VpcId=vpc['VpcId'], TagSpecifications=[
            {'ResourceType': 'security-group',
             'Tags': [{'Key': 'Name', 'Value': 'tf'}]}])['GroupId']
    anywhere = {'IpProtocol': '-1', 'IpRanges': [{'CidrIp': '0.0.0.0/0'}]}
    ec2.revoke_security_group_egress(GroupId=group, IpPermissions=[anywhere])
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[
        {'IpProtocol': 'tcp', 'FromPort': 22, 'ToPort': 22, 'IpRanges': [
            {'CidrIp': '127.0.0.1/32', 'Description': 'ssh'}]}])
    ec2.authorize_security_group_egress(GroupId=group,
                                        IpPermissions=[anywhere])
    (read,) = ec2.describe_security_groups(GroupIds=[group])['SecurityGroups']
    assert read['IpPermissions'][0]['IpRanges'][0]['Description'] == 'ssh'
    assert read['IpPermissionsEgress'][0]['IpProtocol'] == '-1'
    assert read['OwnerId'] and read['VpcId'] == vpc['VpcId']
    return group


def instance(ami, group):
    """aws_instance, of a type that is burstable"""
    wanted = {
        'ImageId': ami['ImageId'], 'InstanceType': 't3.micro', 'MinCount': 1,
        'MaxCount': 1, 'ClientToken': 'terraform-20261121150000000000000001',
        'CreditSpecification': {'CpuCredits': 'unlimited'},
        'DisableApiStop': False, 'DisableApiTermination': False,
        'EbsOptimized': False, 'KeyName': 'terraform',
        'InstanceInitiatedShutdownBehavior': 'stop',
        'MetadataOptions': {'HttpEndpoint': 'enabled',
                            'HttpTokens': 'required'},
        'Monitoring': {'Enabled': False}, 'SecurityGroupIds': [group],
        'BlockDeviceMappings': [
            {'DeviceName': ami['RootDeviceName'],
             'Ebs': {'DeleteOnTermination': True, 'VolumeSize': 2,
                     'VolumeType': 'gp3'}}],
        'TagSpecifications': [
            {'ResourceType': 'instance',
             'Tags': [{'Key': 'Name', 'Value': 'tf'}]},
            {'ResourceType': 'volume',
             'Tags': [{'Key': 'Name', 'Value': 'tf'}]}],
        'UserData': 'hello',
    }
    made = ec2.run_instances(**wanted)['Instances'][0]['InstanceId']

    def read():
        return ec2.describe_instances(InstanceIds=[made])['Reservations'][0][
            'Instances'][0]

    until(lambda: read()['State']['Name'], 'running')
    (kind,) = ec2.describe_instance_types(
        InstanceTypes=['t3.micro'])['InstanceTypes']
    assert kind['BurstablePerformanceSupported'] is True
    assert 'on-demand' in kind['SupportedUsageClasses']
    one = read()
    assert one['MetadataOptions']['HttpTokens'] == 'required'
    assert one['CpuOptions']['CoreCount'] and 'HttpPutResponseHopLimit' in \
        one['MetadataOptions']
    assert one['Monitoring']['State'] == 'disabled'
    assert one['SourceDestCheck'] is True and one['EbsOptimized'] is False
    assert one['Placement']['Tenancy'] == 'default'
    assert one['NetworkInterfaces'][0]['Attachment']['DeviceIndex'] == 0
    (root,) = one['BlockDeviceMappings']
    (volume,) = ec2.describe_volumes(
        VolumeIds=[root['Ebs']['VolumeId']])['Volumes']
    assert (volume['Size'], volume['VolumeType']) == (2, 'gp3')
    assert volume['Tags'] == [{'Key': 'Name', 'Value': 'tf'}]
    ec2.describe_tags(Filters=[{'Name': 'resource-id', 'Values': [made]}])
    ec2.describe_vpcs(VpcIds=[one['VpcId']])

    def attribute(name, member):
        return ec2.describe_instance_attribute(
            InstanceId=made, Attribute=name)[member]

    assert attribute('instanceInitiatedShutdownBehavior',
                     'InstanceInitiatedShutdownBehavior')['Value'] == 'stop'
    assert attribute('disableApiTermination',
                     'DisableApiTermination')['Value'] is False
    assert attribute('disableApiStop', 'DisableApiStop')['Value'] is False
    assert attribute('userData', 'UserData')['Value'] == 'aGVsbG8='
    (credit,) = ec2.describe_instance_credit_specifications(
        InstanceIds=[made])['InstanceCreditSpecifications']
    assert credit['CpuCredits'] == 'unlimited', credit
    # a plan that changes what can be changed in place
    ec2.modify_instance_metadata_options(InstanceId=made,
                                         HttpTokens='optional',
                                         HttpEndpoint='enabled',
                                         HttpPutResponseHopLimit=2)
    ec2.modify_instance_credit_specification(
        ClientToken='terraform-2', InstanceCreditSpecifications=[
            {'InstanceId': made, 'CpuCredits': 'standard'}])
    ec2.create_tags(Resources=[made], Tags=[{'Key': 'a', 'Value': 'b'}])
    return made


def volume(zone, where):
    """aws_ebs_volume and aws_volume_attachment"""
    v = ec2.create_volume(AvailabilityZone=zone, Size=1, VolumeType='gp2',
                          Encrypted=False, ClientToken='terraform-3',
                          TagSpecifications=[
                              {'ResourceType': 'volume', 'Tags': [
                                  {'Key': 'Name', 'Value': 'data'}]}])[
                                      'VolumeId']

    def state():
        return ec2.describe_volumes(VolumeIds=[v])['Volumes'][0]['State']

    until(state, 'available')
    ec2.attach_volume(VolumeId=v, InstanceId=where, Device='/dev/sdf')

    def attached():
        (one,) = ec2.describe_volumes(VolumeIds=[v], Filters=[
            {'Name': 'attachment.device', 'Values': ['/dev/sdf']},
            {'Name': 'attachment.instance-id', 'Values': [where]}])['Volumes']
        return one['Attachments'][0]['State']

    until(attached, 'attached')
    ec2.modify_volume(VolumeId=v, Size=2)
    until(lambda: ec2.describe_volumes_modifications(VolumeIds=[v])[
        'VolumesModifications'][0]['ModificationState'] in
        ('optimizing', 'completed'), True)
    assert code(ec2.delete_volume, VolumeId=v) == 'VolumeInUse'
    return v


def snapshot(v):
    """aws_ebs_snapshot and aws_snapshot_create_volume_permission"""
    s = ec2.create_snapshot(VolumeId=v, Description='of data',
                            TagSpecifications=[
                                {'ResourceType': 'snapshot', 'Tags': [
                                    {'Key': 'Name', 'Value': 'data'}]}])[
                                        'SnapshotId']
    ec2.get_waiter('snapshot_completed').wait(SnapshotIds=[s])
    (read,) = ec2.describe_snapshots(SnapshotIds=[s])['Snapshots']
    assert read['StorageTier'] == 'standard' and read['Encrypted'] is False
    assert read['VolumeSize'] == 2 and read['OwnerId']
    for operation, wanted in ('add', ['222222222222']), ('remove', []):
        ec2.modify_snapshot_attribute(SnapshotId=s, UserIds=['222222222222'],
                                      Attribute='createVolumePermission',
                                      OperationType=operation)
        assert [p['UserId'] for p in ec2.describe_snapshot_attribute(
            SnapshotId=s, Attribute='createVolumePermission')[
                'CreateVolumePermissions']] == wanted
    return s


def gone(i):
    """What the provider takes for an image that is not there."""
    try:
        found = ec2.describe_images(ImageIds=[i])['Images']
        return not found or found[0]['State'] == 'deregistered'
    except botocore.exceptions.ClientError as e:
        return e.response['Error']['Code'] == 'InvalidAMIID.NotFound'


def images(s, where):
    """aws_ami, aws_ami_from_instance, aws_ami_copy, aws_ami_launch_permission"""
    tags = [{'ResourceType': 'image', 'Tags': [{'Key': 'n', 'Value': 'tf'}]}]
    registered = ec2.register_image(
        Name='terraform', Description='', Architecture='x86_64', EnaSupport=True,
        RootDeviceName='/dev/sda1', VirtualizationType='hvm',
        BlockDeviceMappings=[
            {'DeviceName': '/dev/sda1', 'Ebs': {
                'SnapshotId': s, 'VolumeSize': 3, 'VolumeType': 'gp2',
                'DeleteOnTermination': True}}])['ImageId']
    made = ec2.create_image(InstanceId=where, Name='tf-instance',
                            NoReboot=True, TagSpecifications=tags[:1])['ImageId']
    until(lambda: ec2.describe_images(ImageIds=[made])['Images'][0]['State'],
          'available')
    copied = ec2.copy_image(SourceImageId=made, Name='tf-copy',
                            SourceRegion=ec2.meta.region_name, Encrypted=False,
                            Description='', ClientToken='terraform-4')[
                                'ImageId']
    until(lambda: ec2.describe_images(ImageIds=[copied])['Images'][0]['State'],
          'available')
    ec2.enable_image_deprecation(ImageId=copied,
                                 DeprecateAt='2027-05-06T07:08:09Z')
    assert ec2.describe_images(ImageIds=[copied])['Images'][0][
        'DeprecationTime'] in ('2027-05-06T07:08:00.000Z',
                               '2027-05-06T07:08:00Z')
    for i in registered, made, copied:
        code(ec2.get_instance_uefi_data, InstanceId=i)  # it ignores which
        for change, wanted in ('Add', 1), ('Remove', 0):
            ec2.modify_image_attribute(ImageId=i, LaunchPermission={
                change: [{'UserId': '222222222222'}]},
                Attribute='launchPermission')
            assert len(ec2.describe_image_attribute(
                ImageId=i, Attribute='launchPermission')[
                    'LaunchPermissions']) == wanted
        below = [m['Ebs']['SnapshotId'] for m in ec2.describe_images(
            ImageIds=[i])['Images'][0]['BlockDeviceMappings']]
        ec2.deregister_image(ImageId=i)
        until(lambda: gone(i), True)
        assert code(ec2.deregister_image, ImageId=i) in (
            'InvalidAMIID.NotFound', 'InvalidAMIID.Unavailable')
        for one in below if i != registered else []:
            ec2.delete_snapshot(SnapshotId=one)


def destroy(i, v, s, group):
    ec2.delete_snapshot(SnapshotId=s)
    assert code(ec2.describe_snapshots, SnapshotIds=[s]) == \
        'InvalidSnapshot.NotFound'
    ec2.detach_volume(VolumeId=v, InstanceId=i, Device='/dev/sdf')
    until(lambda: ec2.describe_volumes(VolumeIds=[v])['Volumes'][0]['State'],
          'available')
    ec2.delete_volume(VolumeId=v)
    until(lambda: [] == ec2.describe_volumes(Filters=[
        {'Name': 'volume-id', 'Values': [v]}])['Volumes'], True)
    for member in 'DisableApiTermination', 'DisableApiStop':
        ec2.modify_instance_attribute(InstanceId=i, **{member: {'Value': False}})
    ec2.terminate_instances(InstanceIds=[i])
    until(lambda: ec2.describe_instances(InstanceIds=[i])['Reservations'][0][
        'Instances'][0]['State']['Name'], 'terminated')
    ec2.delete_security_group(GroupId=group)
    assert code(ec2.describe_security_groups, GroupIds=[group]) == \
        'InvalidGroup.NotFound'
    ec2.delete_key_pair(KeyName='terraform')
    assert code(ec2.describe_key_pairs, KeyNames=['terraform']) == \
        'InvalidKeyPair.NotFound'


provider()
ami = image('small')
key_pair()
group = security_group()
i = instance(ami, group)
(zone,) = {z['ZoneName'] for z in ec2.describe_availability_zones(
    ZoneNames=[ec2.describe_instances(InstanceIds=[i])['Reservations'][0][
        'Instances'][0]['Placement']['AvailabilityZone']])['AvailabilityZones']}
v = volume(zone, i)
s = snapshot(v)
images(s, i)
destroy(i, v, s, group)
