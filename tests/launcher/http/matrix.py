#!/usr/bin/python3
"""matrix ENDPOINT ROWS THINGS - every action x {own, shared, public, foreign,
absent} x {signed, unsigned, wrong key, unknown key, expired, replayed late}

ROWS is what `qami self-test --parameters` says, THINGS a JSON object: keys,
and ids by kind and by whose they are. Each action of the rows must be here.
"""
import datetime
import http.client
import json
import re
import sys
import urllib.parse
from botocore.auth import S3SigV4Auth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

endpoint, rows, things = sys.argv[1:]
host = urllib.parse.urlsplit(endpoint).netloc
with open(rows, encoding="utf-8") as file:
    rows = json.load(file)
with open(things, encoding="utf-8") as file:
    things = json.load(file)
REGION = "us-east-1"
BLOCK = b"q" * 524288

# What an action is asked: '@' is the thing that varies, '@vol' one of the
# caller's own. An action without a thing says so by None.
ATTRIBUTE = {"Attribute": "description"}
CASES = {
    "AttachVolume": [
        ("vol", {"VolumeId": "@", "InstanceId": "@i", "Device": "/dev/sdg"}),
        ("i", {"VolumeId": "@vol", "InstanceId": "@", "Device": "/dev/sdg"})],
    "AuthorizeSecurityGroupEgress": [
        ("sg", {"GroupId": "@", "IpPermissions.1.IpProtocol": "tcp",
                "IpPermissions.1.FromPort": "1", "IpPermissions.1.ToPort": "2",
                "IpPermissions.1.IpRanges.1.CidrIp": "10.0.0.0/8"})],
    "AuthorizeSecurityGroupIngress": [
        ("sg", {"GroupId": "@", "IpProtocol": "tcp", "FromPort": "81",
                "ToPort": "81", "CidrIp": "10.0.0.0/8"}),
        ("sgname", {"GroupName": "@", "IpProtocol": "tcp", "FromPort": "81",
                    "ToPort": "81", "CidrIp": "10.0.0.0/8"})],
    "BundleInstance": [
        ("i", {"InstanceId": "@", "Storage.S3.Bucket": "b",
               "Storage.S3.Prefix": "p"})],
    "CancelBundleTask": [("bun", {"BundleId": "@"})],
    "CancelExportTask": [("export-ami", {"ExportTaskId": "@"})],
    "CancelImportTask": [("import-ami", {"ImportTaskId": "@"})],
    "CopyImage": [
        ("ami", {"SourceImageId": "@", "SourceRegion": REGION, "Name": "c"})],
    "CopySnapshot": [
        ("snap", {"SourceSnapshotId": "@", "SourceRegion": REGION})],
    "CreateImage": [("i", {"InstanceId": "@", "Name": "m"})],
    "CreateKeyPair": [(None, {"KeyName": "fresh"})],
    "CreateLaunchTemplate": [
        (None, {"LaunchTemplateName": "fresh",
                "LaunchTemplateData.InstanceType": "t2.nano"})],
    "CreateLaunchTemplateVersion": [
        ("lt", {"LaunchTemplateId": "@",
                "LaunchTemplateData.InstanceType": "t2.nano"}),
        ("ltname", {"LaunchTemplateName": "@",
                    "LaunchTemplateData.InstanceType": "t2.nano"})],
    "CreateReplaceRootVolumeTask": [
        ("i", {"InstanceId": "@"}),
        ("ami", {"InstanceId": "@i", "ImageId": "@"}),
        ("snap", {"InstanceId": "@i", "SnapshotId": "@"})],
    "CreateRestoreImageTask": [
        ("bucket", {"Bucket": "@", "ObjectKey": "x"})],
    "CreateSecurityGroup": [
        (None, {"GroupName": "fresh", "GroupDescription": "d"}),
        ("vpc", {"GroupName": "fresh", "GroupDescription": "d",
                 "VpcId": "@"})],
    "CreateSnapshot": [("vol", {"VolumeId": "@"})],
    "CreateSnapshots": [("i", {"InstanceSpecification.InstanceId": "@"})],
    "CreateStoreImageTask": [("ami", {"ImageId": "@", "Bucket": "fresh"})],
    "CreateTags": [(kind, {"ResourceId.1": "@", "Tag.1.Key": "k",
                           "Tag.1.Value": "v"})
                   for kind in ("ami", "snap", "vol", "i", "sg", "keyid", "lt")],
    "CreateVolume": [
        (None, {"AvailabilityZone": REGION + "a", "Size": "1"}),
        ("snap", {"AvailabilityZone": REGION + "a", "SnapshotId": "@"})],
    "DeleteKeyPair": [("keyid", {"KeyPairId": "@"}),
                      ("keyname", {"KeyName": "@"})],
    "DeleteLaunchTemplate": [("lt", {"LaunchTemplateId": "@"}),
                             ("ltname", {"LaunchTemplateName": "@"})],
    "DeleteLaunchTemplateVersions": [
        ("lt", {"LaunchTemplateId": "@", "LaunchTemplateVersion.1": "1"}),
        ("ltname", {"LaunchTemplateName": "@",
                    "LaunchTemplateVersion.1": "1"})],
    "DeleteSecurityGroup": [("sg", {"GroupId": "@"}),
                            ("sgname", {"GroupName": "@"})],
    "DeleteSnapshot": [("snap", {"SnapshotId": "@"})],
    "DeleteTags": [(kind, {"ResourceId.1": "@", "Tag.1.Key": "k"})
                   for kind in ("ami", "snap", "vol", "i")],
    "DeleteVolume": [("vol", {"VolumeId": "@"})],
    "DeregisterImage": [("ami", {"ImageId": "@"})],
    "DescribeBundleTasks": [("bun", {"BundleId.1": "@"})],
    "DescribeExportImageTasks": [
        ("export-ami", {"ExportImageTaskId.1": "@"})],
    "DescribeFastSnapshotRestores": [(None, {})],
    "DescribeIamInstanceProfileAssociations": [(None, {})],
    "DescribeImageAttribute": [("ami", {"ImageId": "@", **ATTRIBUTE})],
    "DescribeImages": [("ami", {"ImageId.1": "@"})],
    "DescribeImportImageTasks": [
        ("import-ami", {"ImportTaskId.1": "@"})],
    "DescribeImportSnapshotTasks": [
        ("import", {"ImportTaskId.1": "@"})],
    "DescribeInstanceAttribute": [
        ("i", {"InstanceId": "@", "Attribute": "userData"})],
    "DescribeInstanceCreditSpecifications": [("i", {"InstanceId.1": "@"})],
    "DescribeInstanceStatus": [("i", {"InstanceId.1": "@"})],
    "DescribeInstances": [("i", {"InstanceId.1": "@"})],
    "DescribeKeyPairs": [("keyid", {"KeyPairId.1": "@"}),
                         ("keyname", {"KeyName.1": "@"})],
    "DescribeLockedSnapshots": [("snap", {"SnapshotId.1": "@"})],
    "DescribeLaunchTemplateVersions": [
        ("lt", {"LaunchTemplateId": "@"}),
        ("ltname", {"LaunchTemplateName": "@"})],
    "DescribeLaunchTemplates": [("lt", {"LaunchTemplateId.1": "@"}),
                                ("ltname", {"LaunchTemplateName.1": "@"})],
    "DescribeSnapshotTierStatus": [(None, {})],
    "DescribeNetworkInterfaces": [("eni", {"NetworkInterfaceId.1": "@"})],
    "DescribeReplaceRootVolumeTasks": [
        ("replacevol", {"ReplaceRootVolumeTaskId.1": "@"})],
    "DescribeSecurityGroupRules": [("sgr", {"SecurityGroupRuleId.1": "@"})],
    "DescribeSecurityGroups": [("sg", {"GroupId.1": "@"}),
                               ("sgname", {"GroupName.1": "@"})],
    "DescribeSnapshotAttribute": [
        ("snap", {"SnapshotId": "@", "Attribute": "createVolumePermission"})],
    "DescribeSnapshots": [("snap", {"SnapshotId.1": "@"})],
    "DescribeStoreImageTasks": [("ami", {"ImageId.1": "@"})],
    "DescribeSubnets": [("subnet", {"SubnetId.1": "@"})],
    "DescribeVolumeAttribute": [
        ("vol", {"VolumeId": "@", "Attribute": "autoEnableIO"})],
    "DescribeVolumeStatus": [("vol", {"VolumeId.1": "@"})],
    "DescribeVolumes": [("vol", {"VolumeId.1": "@"})],
    "DescribeVolumesModifications": [("vol", {"VolumeId.1": "@"})],
    "DescribeVpcAttribute": [
        ("vpc", {"VpcId": "@", "Attribute": "enableDnsSupport"})],
    "DescribeVpcs": [("vpc", {"VpcId.1": "@"})],
    "DetachVolume": [("vol", {"VolumeId": "@"})],
    "DisableFastSnapshotRestores": [
        ("snap", {"AvailabilityZone.1": REGION + "a",
                  "SourceSnapshotId.1": "@"})],
    "DisableImage": [("ami", {"ImageId": "@"})],
    "DisableImageBlockPublicAccess": [(None, {})],
    "DisableImageDeprecation": [("ami", {"ImageId": "@"})],
    "DisableImageDeregistrationProtection": [("ami", {"ImageId": "@"})],
    "DisableSnapshotBlockPublicAccess": [(None, {})],
    "EnableImage": [("ami", {"ImageId": "@"})],
    "EnableImageBlockPublicAccess": [
        (None, {"ImageBlockPublicAccessState": "block-new-sharing",
                "DryRun": "true"})],
    "EnableFastSnapshotRestores": [
        ("snap", {"AvailabilityZone.1": REGION + "a",
                  "SourceSnapshotId.1": "@"})],
    "EnableImageDeprecation": [
        ("ami", {"ImageId": "@", "DeprecateAt": "2027-06-01T00:00:00Z"})],
    "EnableImageDeregistrationProtection": [("ami", {"ImageId": "@"})],
    "EnableSnapshotBlockPublicAccess": [
        (None, {"State": "block-all-sharing", "DryRun": "true"})],
    "ExportImage": [
        ("ami", {"ImageId": "@", "DiskImageFormat": "RAW",
                 "S3ExportLocation.S3Bucket": "fresh"})],
    "GetConsoleOutput": [("i", {"InstanceId": "@"})],
    "GetImageBlockPublicAccessState": [(None, {})],
    "GetInstanceProfile": [(None, {"InstanceProfileName": "none"})],
    "GetInstanceUefiData": [("i", {"InstanceId": "@"})],
    "GetLaunchTemplateData": [("i", {"InstanceId": "@"})],
    "GetPasswordData": [("i", {"InstanceId": "@"})],
    "GetSnapshotBlockPublicAccessState": [(None, {})],
    "ImportImage": [
        ("bucket", {"DiskContainer.1.Format": "RAW",
                    "DiskContainer.1.UserBucket.S3Bucket": "@",
                    "DiskContainer.1.UserBucket.S3Key": "x"})],
    "ImportKeyPair": [(None, {"KeyName": "f2", "PublicKeyMaterial":
                              "c3NoLWVkMjU1MTkgQUFBQQ=="})],
    "ImportSnapshot": [(None, {"DiskContainer.Url": "file:///etc/passwd"})],
    "ListImagesInRecycleBin": [("binami", {"ImageId.1": "@"})],
    "ListSnapshotsInRecycleBin": [("binsnap", {"SnapshotId.1": "@"})],
    "LockSnapshot": [("snap", {"SnapshotId": "@", "LockMode": "governance",
                               "LockDuration": "1", "DryRun": "true"})],
    "ModifyEbsDefaultKmsKeyId": [
        (kind, {"KmsKeyId": "@"}) for kind in ("kmskey", "kmsarn")],
    "ModifyImageAttribute": [
        ("ami", {"ImageId": "@", "Description.Value": "d"}),
        ("ami", {"ImageId": "@", "LaunchPermission.Add.1.Group": "all"})],
    "ModifyInstanceAttribute": [
        ("i", {"InstanceId": "@", "DisableApiTermination.Value": "false"}),
        ("sg", {"InstanceId": "@i", "GroupId.1": "@"})],
    "ModifyInstanceCreditSpecification": [
        ("i", {"InstanceCreditSpecification.1.InstanceId": "@",
               "InstanceCreditSpecification.1.CpuCredits": "standard"})],
    "ModifyInstanceMetadataOptions": [
        ("i", {"InstanceId": "@", "HttpTokens": "required"})],
    "ModifyLaunchTemplate": [
        ("lt", {"LaunchTemplateId": "@", "SetDefaultVersion": "1"}),
        ("ltname", {"LaunchTemplateName": "@", "SetDefaultVersion": "1"})],
    "ModifyNetworkInterfaceAttribute": [
        ("eni", {"NetworkInterfaceId": "@", "SourceDestCheck.Value": "true"}),
        ("sg", {"NetworkInterfaceId": "@eni", "SecurityGroupId.1": "@"})],
    "ModifySecurityGroupRules": [
        ("sg", {"GroupId": "@",
                "SecurityGroupRule.1.SecurityGroupRuleId": "@sgr",
                "SecurityGroupRule.1.SecurityGroupRule.IpProtocol": "tcp",
                "SecurityGroupRule.1.SecurityGroupRule.FromPort": "9",
                "SecurityGroupRule.1.SecurityGroupRule.ToPort": "9",
                "SecurityGroupRule.1.SecurityGroupRule.CidrIpv4":
                "10.0.0.0/8"})],
    "ModifySnapshotAttribute": [
        ("snap", {"SnapshotId": "@", "Attribute": "createVolumePermission",
                  "OperationType": "add", "UserId.1": "333333333333"})],
    "ModifySnapshotTier": [("snap", {"SnapshotId": "@", "DryRun": "true"})],
    "ModifyVolume": [("vol", {"VolumeId": "@", "Size": "2"})],
    "ModifyVolumeAttribute": [
        ("vol", {"VolumeId": "@", "AutoEnableIO.Value": "true"})],
    "MonitorInstances": [("i", {"InstanceId.1": "@"})],
    "RebootInstances": [("i", {"InstanceId.1": "@"})],
    "RegisterImage": [
        ("snap", {"Name": "r", "RootDeviceName": "/dev/sda1",
                  "BlockDeviceMapping.1.DeviceName": "/dev/sda1",
                  "BlockDeviceMapping.1.Ebs.SnapshotId": "@"}),
        ("bucket", {"Name": "r", "ImageLocation": "@/x.manifest.xml"})],
    "ResetImageAttribute": [
        ("ami", {"ImageId": "@", "Attribute": "launchPermission"})],
    "ResetInstanceAttribute": [
        ("i", {"InstanceId": "@", "Attribute": "sourceDestCheck"})],
    "ResetNetworkInterfaceAttribute": [("eni", {"NetworkInterfaceId": "@"})],
    "ResetSnapshotAttribute": [
        ("snap", {"SnapshotId": "@", "Attribute": "createVolumePermission"})],
    "RestoreSnapshotTier": [("snap", {"SnapshotId": "@"})],
    "RestoreImageFromRecycleBin": [("binami", {"ImageId": "@"})],
    "RestoreSnapshotFromRecycleBin": [("binsnap", {"SnapshotId": "@"})],
    "RevokeSecurityGroupEgress": [
        ("sg", {"GroupId": "@", "IpPermissions.1.IpProtocol": "-1",
                "IpPermissions.1.IpRanges.1.CidrIp": "0.0.0.0/0"})],
    "RevokeSecurityGroupIngress": [
        ("sg", {"GroupId": "@", "IpProtocol": "tcp", "FromPort": "22",
                "ToPort": "22", "CidrIp": "127.0.0.1/32"})],
    "RunInstances": [
        ("ami", {"ImageId": "@", "MinCount": "1", "MaxCount": "1"}),
        ("sg", {"ImageId": "@ami", "MinCount": "1", "MaxCount": "1",
                "SecurityGroupId.1": "@"}),
        ("subnet", {"ImageId": "@ami", "MinCount": "1", "MaxCount": "1",
                    "SubnetId": "@"}),
        ("keyname", {"ImageId": "@ami", "MinCount": "1", "MaxCount": "1",
                     "KeyName": "@"}),
        ("lt", {"LaunchTemplate.LaunchTemplateId": "@", "MinCount": "1",
                "MaxCount": "1"}),
        ("ltname", {"LaunchTemplate.LaunchTemplateName": "@",
                    "MinCount": "1", "MaxCount": "1"}),
        ("snap", {"ImageId": "@ami", "MinCount": "1", "MaxCount": "1",
                  "BlockDeviceMapping.1.DeviceName": "/dev/sdh",
                  "BlockDeviceMapping.1.Ebs.SnapshotId": "@"})],
    "StartInstances": [("i", {"InstanceId.1": "@"})],
    "StopInstances": [("i", {"InstanceId.1": "@"})],
    "TerminateInstances": [("i", {"InstanceId.1": "@"})],
    "UnlockSnapshot": [("snap", {"SnapshotId": "@", "DryRun": "true"})],
    "UnmonitorInstances": [("i", {"InstanceId.1": "@"})],
    "UpdateSecurityGroupRuleDescriptionsEgress": [
        ("sg", {"GroupId": "@", "IpPermissions.1.IpProtocol": "-1",
                "IpPermissions.1.IpRanges.1.CidrIp": "0.0.0.0/0",
                "IpPermissions.1.IpRanges.1.Description": "d"})],
    "UpdateSecurityGroupRuleDescriptionsIngress": [
        ("sg", {"GroupId": "@", "IpPermissions.1.IpProtocol": "tcp",
                "IpPermissions.1.FromPort": "22",
                "IpPermissions.1.ToPort": "22",
                "IpPermissions.1.IpRanges.1.CidrIp": "127.0.0.1/32",
                "IpPermissions.1.IpRanges.1.Description": "d"})],
}
# Auto Scaling: all go by the names of groups, whose actions have no dry run.
NAMED = {"AutoScalingGroupName": "@"}
TEMPLATE = "LaunchTemplate.LaunchTemplate"
SCALING = {
    "CancelInstanceRefresh": [("asg", NAMED)],
    "CreateAutoScalingGroup": [
        (kind, {"AutoScalingGroupName": "fresh", "MinSize": "0",
                "MaxSize": "0", TEMPLATE + how: "@"})
        for kind, how in (("lt", "Id"), ("ltname", "Name"))],
    "CreateOrUpdateTags": [
        ("asg", {"Tags.member.1.ResourceId": "@", "Tags.member.1.Key": "k",
                 "Tags.member.1.Value": "v"})],
    "DeleteAutoScalingGroup": [("asg", NAMED)],
    "DeleteTags": [
        ("asg", {"Tags.member.1.ResourceId": "@", "Tags.member.1.Key": "k"})],
    "DescribeAutoScalingGroups": [
        ("asg", {"AutoScalingGroupNames.member.1": "@"})],
    "DescribeAutoScalingInstances": [("i", {"InstanceIds.member.1": "@"})],
    "DescribeInstanceRefreshes": [("asg", NAMED)],
    "DescribeScalingActivities": [("asg", NAMED)],
    "ResumeProcesses": [("asg", NAMED)],
    "SetDesiredCapacity": [("asg", {**NAMED, "DesiredCapacity": "0"})],
    "StartInstanceRefresh": [
        ("asg", NAMED),
        ("lt", {"AutoScalingGroupName": "@asg",
                "DesiredConfiguration." + TEMPLATE + "Id": "@"})],
    "SuspendProcesses": [("asg", NAMED)],
    "TerminateInstanceInAutoScalingGroup": [
        ("i", {"InstanceId": "@", "ShouldDecrementDesiredCapacity": "true"})],
    "UpdateAutoScalingGroup": [
        ("asg", {**NAMED, "MaxSize": "1"}),
        ("lt", {"AutoScalingGroupName": "@asg", TEMPLATE + "Id": "@"})],
}
REST = {
    "StartSnapshot": ("POST", "/snapshots", {},
                      b'{"VolumeSize": 1, "ParentSnapshotId": "@"}'),
    "ListSnapshotBlocks": ("GET", "/snapshots/@/blocks", {}, b""),
    "ListChangedBlocks": ("GET", "/snapshots/@/changedblocks", {}, b""),
    "GetSnapshotBlock": ("GET", "/snapshots/@/blocks/0?blockToken=AAAA", {},
                         b""),
    "PutSnapshotBlock": ("PUT", "/snapshots/@/blocks/0", {
        "x-amz-Data-Length": "524288", "x-amz-Checksum-Algorithm": "SHA256",
        "x-amz-Checksum": "oczfv6a9WWPz2wNpMZTSZFVaomHG1Rn3kHvIXMPiOfU="},
                         BLOCK),
    "CompleteSnapshot": ("POST", "/snapshots/completion/@",
                         {"x-amz-ChangedBlocksCount": "0"}, b""),
}
# The recycle bin's rules, named by their ids in paths, or by their ARNs.
KEPT = b'"RetentionPeriod": {"RetentionPeriodValue": 1, ' \
    b'"RetentionPeriodUnit": "DAYS"}'
LOCKED = b'{"LockConfiguration": {"UnlockDelay": {"UnlockDelayValue": 7, ' \
    b'"UnlockDelayUnit": "DAYS"}}}'
RBIN = {
    "CreateRule": (None, ("POST", "/rules", {},
                          b'{"ResourceType": "EC2_IMAGE", ' + KEPT + b"}")),
    "DeleteRule": ("binrule2", ("DELETE", "/rules/@", {}, b"")),
    "GetRule": ("binrule", ("GET", "/rules/@", {}, b"")),
    "ListRules": (None, ("POST", "/list-rules", {},
                         b'{"ResourceType": "EC2_IMAGE"}')),
    "ListTagsForResource": ("binarn", ("GET", "/tags/@", {}, b"")),
    "LockRule": ("binrule", ("PATCH", "/rules/@/lock", {}, LOCKED)),
    "TagResource": ("binarn", ("POST", "/tags/@", {},
                               b'{"Tags": [{"Key": "k", "Value": "v"}]}')),
    "UnlockRule": ("binrule", ("PATCH", "/rules/@/unlock", {}, b"")),
    "UntagResource": ("binarn", ("DELETE", "/tags/@?tagKeys=k", {}, b"")),
    "UpdateRule": ("binrule", ("PATCH", "/rules/@", {}, b"{" + KEPT + b"}")),
}
S3 = {
    "ListObjects": ("GET", "/@", {}, b""),
    "HeadBucket": ("HEAD", "/@", {}, b""),
    "GetBucketLocation": ("GET", "/@?location", {}, b""),
    "GetObject": ("GET", "/@/x", {}, b""),
    "HeadObject": ("HEAD", "/@/x", {}, b""),
    "PutObject": ("PUT", "/@/y", {}, b"text"),
    "DeleteObject": ("DELETE", "/@/y", {}, b""),
    "DeleteBucket": ("DELETE", "/@", {}, b""),
}
# The key service: where a key is asked for, by its id and by its ARN.
KMS = {
    "CancelKeyDeletion": {"KeyId": "@"},
    "CreateAlias": {"AliasName": "alias/m", "TargetKeyId": "@"},
    "CreateGrant": {"KeyId": "@", "Operations": ["Decrypt"],
                    "GranteePrincipal": "arn:aws:iam::333333333333:root"},
    "CreateKey": None,
    "DeleteAlias": {"AliasName": "@"},
    "DescribeKey": {"KeyId": "@"},
    "DisableKey": {"KeyId": "@"},
    "EnableKey": {"KeyId": "@"},
    "ListAliases": {"KeyId": "@"},
    "ListGrants": {"KeyId": "@"},
    "ListKeys": None,
    "RevokeGrant": {"KeyId": "@", "GrantId": "@kmsgrant"},
    "ScheduleKeyDeletion": {"KeyId": "@"},
}
KMS_KINDS = {"CreateKey": [None], "ListKeys": [None],
             "DeleteAlias": ["kmsalias"], "RevokeGrant": ["kmsarn"]}
# What somebody may do with what is lent to him; all else is the owner's.
LENT = {"CopyImage", "CopySnapshot", "CreateVolume", "DescribeImages",
        "DisableFastSnapshotRestores", "EnableFastSnapshotRestores",
        "CreateReplaceRootVolumeTask",
        "DescribeSnapshots", "DescribeStoreImageTasks", "RunInstances",
        "StartSnapshot", "ListSnapshotBlocks", "ListChangedBlocks",
        "GetSnapshotBlock", "GetInstanceUefiData", "RegisterImage"}
# Tags are everybody's own; one says nothing about another's.
OWN_TAGS = {"CreateTags", "DeleteTags"}
# What is not there is no error, or one that the answer lists.
SILENT = {"DeleteKeyPair", "DisableFastSnapshotRestores",
          "EnableFastSnapshotRestores", "ModifyInstanceCreditSpecification",
          "DescribeAutoScalingGroups", "DescribeAutoScalingInstances"}

VERSIONS = {"ec2": "2016-11-15", "sts": "2011-06-15", "iam": "2010-05-08",
            "autoscaling": "2011-01-01"}
ABSENT = {"kmskey": "0fedcba9-0000-4000-8000-0fedcba98765",
          "kmsarn": "arn:aws:kms:us-east-1:222222222222:key/"
                    "0fedcba9-0000-4000-8000-0fedcba98765",
          "binrule": "00000000000", "binrule2": "00000000000",
          "binarn": "arn:aws:rbin:us-east-1:222222222222:rule/00000000000",
          "kmsalias": "alias/nobodys", "bucket": "no-such-bucket-at-all", "keyname": "nokeyname",
          "ltname": "notemplatename", "asg": "nogroup",
          "sgname": "nogroupname"}
count, wrong = 0, []


def complain(*what):
    wrong.append(" ".join(str(one) for one in what))


def prepare(service, method, path, headers, body, how):
    """A request as somebody with or without the right key would send it."""
    key = things["keys"]["unknown" if how == "unknown key" else "caller"]
    secret = key["secret"]
    if how == "wrong key":
        secret = secret[::-1]
    request = AWSRequest(method=method, url=endpoint + path, data=body,
                         headers={"Host": host, **headers})
    if how == "unsigned":
        return request
    late = how in ("expired", "replayed late")
    credentials = Credentials(key["id"], secret)
    signer = S3SigV4Auth if service == "s3" else SigV4Auth
    if how == "replayed late":
        signer = SigV4QueryAuth
    if signer is SigV4QueryAuth:
        # a form's names would be added to the URL's
        del request.headers["Content-Type"]
        signing = signer(credentials, service, REGION, expires=60)
    else:
        signing = signer(credentials, service, REGION)
    if late:
        real = datetime.datetime

        class Earlier(real):
            @classmethod
            def utcnow(cls):
                return real.utcnow() - datetime.timedelta(minutes=17)
        import botocore.auth
        botocore.auth.datetime.datetime = Earlier
        try:
            signing.add_auth(request)
        finally:
            botocore.auth.datetime.datetime = real
    else:
        signing.add_auth(request)
    return request


def send(request, body):
    global count
    count += 1
    connection = http.client.HTTPConnection(host, timeout=120)
    split = urllib.parse.urlsplit(request.url)
    target = split.path + ("?" + split.query if split.query else "")
    connection.request(request.method, target, body=body or None,
                       headers=dict(request.headers.items()))
    answer = connection.getresponse()
    text = answer.read().decode(errors="replace")
    own = answer.getheader("x-amzn-RequestId") or ""
    connection.close()
    if own:
        text = text.replace(own, "REQUEST")
    return answer.status, text


def code_of(text):
    found = re.search(r"<Code>([^<]*)|\"__type\": *\"([^\"]*)|\"Code\": *\"([^\"]*)",
                      text)
    return next((one for one in found.groups() if one), "") if found else ""


REFUSALS = {
    "unsigned": {"MissingAuthenticationToken", "AccessDenied",
                 "MissingAuthenticationTokenException"},
    "wrong key": {"SignatureDoesNotMatch", "InvalidSignatureException",
                  "AccessDeniedException"},
    "unknown key": {"AuthFailure", "InvalidClientTokenId",
                    "InvalidAccessKeyId", "UnrecognizedClientException",
                    "AccessDeniedException"},
    "expired": {"RequestExpired", "RequestTimeTooSkewed", "ExpiredToken",
                "InvalidSignatureException", "SignatureDoesNotMatch",
                "AccessDeniedException"},
}
REFUSALS["replayed late"] = REFUSALS["expired"] | {"AccessDenied"}


def check_refused(name, whose, service, build):
    for how, codes in REFUSALS.items():
        method, path, headers, body = build()
        if how == "replayed late" and service in VERSIONS:
            method, path, body = "GET", "/?" + body.decode(), b""
        if how == "replayed late" and body:
            continue  # botocore presigns no such body
        status, text = send(prepare(service, method, path, headers, body, how),
                            body)
        code = code_of(text)
        if not 400 <= status < 500 or (code not in codes and method != "HEAD"):
            complain(name, whose, how, status, code, text[:200])


def check_signed(name, whose, status, text):
    code = code_of(text)
    good = status < 300 or status == 412
    if status >= 500 or code in ("InvalidAction", "UnknownParameter",
                                 "MissingParameter", "AuthFailure") and \
            whose == "own":
        complain(name, whose, status, code, text[:300])
    if whose == "own" and ("NotFound" in code or code.startswith("NoSuch")) \
            and code not in ("InvalidVolumeModification.NotFound",
                             "ActiveInstanceRefreshNotFound",
                             "InvalidAttachment.NotFound", "NoSuchEntity",
                             "InvalidInstanceUefiData.NotFound",
                             "NoSuchKey", "InvalidPermission.NotFound"):
        complain(name, "one's own is not found", status, code, text[:300])
    if whose in ("shared", "public"):
        verb = name.split()[0]
        if good and verb not in LENT | OWN_TAGS:
            complain(name, whose, "a stranger may", status, text[:300])
        if verb in LENT and "NotFound" in code and verb != "GetInstanceUefiData":
            complain(name, whose, "is not found", status, code)
    if whose in ("foreign", "absent") and good and \
            name.split()[0] not in SILENT:
        complain(name, whose, "succeeds", status, text[:300])


def check(name, service, kind, build):
    """One question about a thing, by whose it is."""
    seen = {}
    known = things["ids"].get(kind, {})
    if kind and kind not in things["ids"]:
        complain(name, "no thing of kind", kind)
    for whose in ("own", "shared", "public", "foreign", "absent"):
        if whose == "absent":
            pattern = known.get("foreign", "x-")
            thing = ABSENT.get(kind) or (
                pattern.rsplit("-", 1)[0] + "-0fedcba9876543210")
        else:
            thing = known.get(whose)
        if kind is None:
            if whose != "own":
                continue
            thing = ""
        if not thing:
            continue

        def built(thing=thing):
            return build(thing)
        check_refused(name, whose, service, built)
        method, path, headers, body = built()
        status, text = send(prepare(service, method, path, headers, body,
                                    "signed"), body)
        check_signed(name, whose, status, text)
        seen[whose] = (status, text.replace(thing, "THING") if thing else text)
    if "foreign" in seen and seen["foreign"] != seen["absent"]:
        complain(name, "foreign", seen["foreign"], "absent", seen["absent"])


def own_ones(value):
    return re.sub(r"@([a-z]+)", lambda found: things["ids"][found[1]]["own"],
                  value)


def query(row, params):
    dry = any(param["name"] == "DryRun" for param in row["params"])

    def build(thing):
        form = {"Action": row["name"], "Version": VERSIONS[row["service"]],
                **{name: thing if value == "@" else
                   own_ones(value) if value.startswith("@") and "/" not in value
                   else value.replace("@/", thing + "/")
                   for name, value in params.items()}}
        if dry:
            form["DryRun"] = "true"
        return ("POST", "/",
                {"Content-Type": "application/x-www-form-urlencoded"},
                urllib.parse.urlencode(form).encode())
    return build


def rest(shape):
    method, path, headers, body = shape
    return lambda thing: (method, path.replace(
        "@", urllib.parse.quote(thing, safe="")), dict(headers),
                          body if body is BLOCK else
                          body.replace(b"@", thing.encode()))


def target(name, params):
    def build(thing):
        members = {key: thing if value == "@" else
                   own_ones(value) if isinstance(value, str) else value
                   for key, value in (params or {}).items()}
        return ("POST", "/", {"Content-Type": "application/x-amz-json-1.1",
                              "X-Amz-Target": "TrentService." + name},
                json.dumps(members).encode())
    return build


for row in rows:
    row.setdefault("service", "ec2")
    if row["service"] == "kms":
        params = KMS[row["name"]]
        for kind in KMS_KINDS.get(row["name"], ["kmskey", "kmsarn"]):
            check(f"{row['name']} {kind}", "kms", kind,
                  target(row["name"], params))
        continue
    if row["service"] == "rbin":
        kind, shape = RBIN[row["name"]]
        check(row["name"], "rbin", kind, rest(shape))
        continue
    if row["service"] == "ebs":
        check(row["name"], "ebs", "snap", rest(REST[row["name"]]))
        continue
    cases = (SCALING if row["service"] == "autoscaling" else CASES).get(
        row["name"])
    if cases is None:
        named = [p["name"] for p in row["params"]
                 if re.search(r"(Id|Ids|Name|Names)$", p["name"])]
        if named and row["service"] == "ec2" and \
                not row["name"].startswith(("Describe", "Get", "List")):
            complain("the matrix does not know", row["name"], named)
        cases = [(None, {})]
    for number, (kind, params) in enumerate(cases):
        check(f"{row['name']} {number} {kind}", row["service"], kind,
              query(row, params))
for name, shape in S3.items():
    check(name, "s3", "bucket", rest(shape))
print(f"{count} requests, {len(wrong)} wrong answers")
for one in wrong:
    print(one)
sys.exit(bool(wrong))
