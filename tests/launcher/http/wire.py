#!/usr/bin/python3
"""wire ROWS IMAGE - every action through botocore, whose model of EC2 judges:
no element of an answer that it does not know or takes for something else, and
what it reads is, member for member, what the command line says of the same
store. ROWS is what `qami self-test --parameters` prints; IMAGE is an image
that can be launched."""
import base64
import datetime
import json
import os
import subprocess
import sys
import time
import urllib.request
import xml.etree.ElementTree as ET

import botocore.config
import botocore.exceptions
import botocore.session

# Members that today's EC2 has and Debian's botocore has not.
NEWER = set("""
CompletionTime ExcludeResourceTags FullSnapshotSizeInBytes RuleArn
Rules.RuleArn SseType TransferType
FastSnapshotRestores.AvailabilityZoneId Successful.AvailabilityZoneId
Images.DeregistrationProtection Images.FreeTierEligible Images.ImageAllowed
Images.LastLaunchedTime Images.SourceImageId Images.SourceImageRegion
Images.SourceInstanceId
InstanceRefreshes.Preferences.ScaleInProtectedInstances
Instances.CurrentInstanceBootMode Instances.NetworkPerformanceOptions
Instances.Operator
Reservations.Instances.CurrentInstanceBootMode
Reservations.Instances.NetworkPerformanceOptions
Reservations.Instances.Operator
RevokedSecurityGroupRuleSet
Snapshots.AvailabilityZone Snapshots.CompletionTime
Snapshots.FullSnapshotSizeInBytes Snapshots.SseType Snapshots.TransferType
SseType VolumeInitializationRate
Volumes.Operator Volumes.SseType Volumes.VolumeInitializationRate
""".split())

# Actions that are not called here, and why.
ELSEWHERE = {
    "ImportSnapshot": "a file of the command line's",
    "BundleInstance": "it takes an instance store and a bucket",
    "CancelBundleTask": "it takes a bundle task",
    "CreateReplaceRootVolumeTask": "it reboots a guest",
    "DisableImage": "Debian's botocore has it not",
    "EnableImage": "Debian's botocore has it not",
    "DisableImageDeregistrationProtection": "Debian's botocore has it not",
    "EnableImageDeregistrationProtection": "Debian's botocore has it not",
    **{action: "Debian's botocore has it not" for action in (
        "DisableImageBlockPublicAccess", "DisableSnapshotBlockPublicAccess",
        "EnableImageBlockPublicAccess", "EnableSnapshotBlockPublicAccess",
        "GetImageBlockPublicAccessState",
        "GetSnapshotBlockPublicAccessState", "DescribeLockedSnapshots",
        "LockSnapshot", "UnlockSnapshot")},
}

session = botocore.session.get_session()


def client_of(service, **more):
    return session.create_client(
        service, region_name="us-east-1",
        endpoint_url=os.environ["AWS_ENDPOINT_URL"],
        config=botocore.config.Config(retries={"total_max_attempts": 1}),
        **more)


clients = {service: client_of(service)
           for service in ("ec2", "sts", "iam", "kms", "rbin", "autoscaling")}
called, wrong = set(), []
last = {}


def waited(so):
    """Until a job has done what is asked for; 30 seconds at most."""
    for _ in range(300):
        if so():
            return
        time.sleep(0.1)
    raise AssertionError("it does not come to be")


def settled(name, done, **params):
    """Asks until what is told is over; then both doors say the same of it."""
    waited(lambda: done(call(name, **params)))
    both(name, **params)


def local_name(tag):
    return tag.rsplit("}", 1)[-1]


def walk(element, shape, where):
    """Every element is one that the model knows, under its own name."""
    if shape.type_name == "list":
        name = shape.member.serialization.get("name", "item")
        for item in element:
            if local_name(item.tag) not in (name, "item", "member"):
                wrong.append("%s: <%s> in a list" % (where, item.tag))
            walk(item, shape.member, where)
        return
    if shape.type_name != "structure":
        if len(element):
            wrong.append(where + ": has elements inside")
        return
    names = {member.serialization.get("name", name): name
             for name, member in shape.members.items()}
    seen = set()
    for child in element:
        tag = local_name(child.tag)
        name = names.get(tag)
        place = (where + "." if where else "") + (
            name or tag[0].upper() + tag[1:])
        if tag in seen:
            wrong.append("%s: twice in one structure" % place)
        seen.add(tag)
        if name:
            walk(child, shape.members[name], place)
        elif (where or tag not in ("requestId", "return")) and \
                place not in NEWER:
            wrong.append("%s: <%s> is not the model's" % (place, tag))


def received(response_dict, operation_model=None, **_):
    last["body"] = response_dict["body"]
    last["headers"] = response_dict["headers"]


def check_xml(service, model):
    root = ET.fromstring(last["body"])
    name = local_name(root.tag)
    assert name == model.name + "Response", name
    if service == "ec2":
        identity = root.findtext("{*}requestId")
        inside = root
    else:
        identity = root.findtext("{*}ResponseMetadata/{*}RequestId")
        inside = root.find("{*}" + model.name + "Result")
    assert identity == last["headers"]["x-amzn-RequestId"], identity
    assert last["headers"]["content-type"].startswith("text/xml")
    if model.output_shape:
        walk(inside, model.output_shape, "")


def check_json(service, model):
    if not last["body"]:
        assert not model.output_shape.members, model.name
        return
    kind = "x-amz-json-1.1" if service == "kms" else "json"
    assert last["headers"]["content-type"] == "application/" + kind
    known(json.loads(last["body"]), model.output_shape, model.name)


def known(value, shape, where):
    """Every member is one that the model knows."""
    if isinstance(value, list):
        for one in value:
            known(one, shape.member, where)
    elif isinstance(value, dict):
        for name, member in value.items():
            place = where + "." + name
            if shape and name in shape.members:
                known(member, shape.members[name], place)
            elif name not in NEWER:
                wrong.append(place + ": the model has no such member")


def call(name, service="ec2", **params):
    """Calls an action; its answer as botocore reads it."""
    client = clients[service]
    called.add(name)
    model = client.meta.service_model.operation_model(name)
    answer = getattr(client, method[service][name])(**params)
    if service in ("kms", "rbin"):
        check_json(service, model)
    else:
        check_xml(service, model)
    del answer["ResponseMetadata"]
    return answer


def plain(value):
    """As the command line says it."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    if isinstance(value, datetime.datetime):
        return value.timestamp()
    return value


def without_newer(value, shape, where=""):
    """What the command line says, as far as the model goes; times as
    numbers, of which the wire has thousandths."""
    if shape.type_name == "structure":
        result = {}
        for name, member in value.items():
            place = (where + "." if where else "") + name
            if name in shape.members:
                result[name] = without_newer(member, shape.members[name],
                                             place)
            elif place not in NEWER:
                wrong.append(place + ": the model has no such member")
        return result
    if shape.type_name == "list":
        return [without_newer(one, shape.member, where) for one in value]
    if shape.type_name == "timestamp":
        at = datetime.datetime.fromisoformat(value).timestamp()
        return int(at * 1000) / 1000
    return value


def qami(service, name, params):
    words = [] if service == "ec2" else [service]
    verb = method[service][name].replace("_", "-")
    done = subprocess.run(
        ["qami", *words, verb, "--cli-input-json", json.dumps(params)],
        stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout or b"{}")


def both(name, service="ec2", **params):
    """Calls an action that changes nothing here and there: the same must be
    said, unless the world moves on between two calls thrice. Returns what
    botocore read."""
    shape = clients[service].meta.service_model.operation_model(
        name).output_shape
    for _ in range(3):
        answer = call(name, service, **params)
        here = plain(answer)
        there = without_newer(qami(service, name, params), shape)
        if here == there:
            return answer
    wrong.append("%s %s:\n  endpoint %s\n  command line %s" % (
        name, params, json.dumps(here, sort_keys=True),
        json.dumps(there, sort_keys=True)))
    return answer


def error_of(client, name, params):
    """The code and status of the error that a call must get."""
    try:
        client._make_api_call(name, params)
    except botocore.exceptions.ClientError as error:
        metadata = error.response["ResponseMetadata"]
        identity = metadata["HTTPHeaders"]["x-amzn-requestid"]
        assert metadata.get("RequestId", identity) == identity, error.response
        return error.response["Error"]["Code"], metadata["HTTPStatusCode"]
    raise AssertionError(name + " succeeded")


def refused(name, code, status, service="ec2", **params):
    called.add(name)
    got = error_of(clients[service], name, params)
    assert got == (code, status), (name, got)


def empty(answer, *members):
    """These are there and say nothing."""
    for member in members:
        value = answer
        for step in member.split("."):
            value = value[int(step) if step.isdigit() else step]
        assert value in ("", [], {}), (member, value)


def tagged(kind, value="wire"):
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": value}]}]


def keys_and_groups():
    pair = call("CreateKeyPair", KeyName="made",
                TagSpecifications=tagged("key-pair"))
    assert pair["KeyMaterial"].startswith("-----BEGIN RSA PRIVATE KEY-----")
    public = subprocess.run(["ssh-keygen", "-y", "-f", "/dev/stdin"],
                            input=pair["KeyMaterial"].encode(),
                            stdout=subprocess.PIPE, check=False).stdout
    call("ImportKeyPair", KeyName="imported", PublicKeyMaterial=public or
         b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKMqTz6Wv5nMdw5lbtPfDlRAmwDbzwm"
         b"8MnmYaCOoZ7VC a")
    both("DescribeKeyPairs", IncludePublicKey=True)
    both("DescribeKeyPairs", KeyNames=["made"])
    refused("DescribeKeyPairs", "InvalidKeyPair.NotFound", 400,
            KeyNames=["nobody's"])
    call("DeleteKeyPair", KeyName="imported")

    vpcs = both("DescribeVpcs", Filters=[
        {"Name": "isDefault", "Values": ["true"]}])
    both("DescribeSubnets", Filters=[
        {"Name": "default-for-az", "Values": ["true"]}])
    group = call("CreateSecurityGroup", GroupName="web", Description="a web",
                 VpcId=vpcs["Vpcs"][0]["VpcId"],
                 TagSpecifications=tagged("security-group"))["GroupId"]
    rule = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 81, "IpRanges": [
        {"CidrIp": "10.0.0.0/8", "Description": "inside"}]}
    peer = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22,
            "UserIdGroupPairs": [{"GroupId": group}]}
    ingress = call("AuthorizeSecurityGroupIngress", GroupId=group,
                   IpPermissions=[rule, peer])
    rule_id = ingress["SecurityGroupRules"][0]["SecurityGroupRuleId"]
    call("AuthorizeSecurityGroupEgress", GroupId=group, IpPermissions=[rule])
    for way in ("Ingress", "Egress"):
        call("UpdateSecurityGroupRuleDescriptions" + way, GroupId=group,
             IpPermissions=[{**rule, "IpRanges": [
                 {"CidrIp": "10.0.0.0/8", "Description": "new"}]}])
    call("ModifySecurityGroupRules", GroupId=group, SecurityGroupRules=[
        {"SecurityGroupRuleId": rule_id, "SecurityGroupRule": {
            "IpProtocol": "tcp", "FromPort": 80, "ToPort": 82,
            "CidrIpv4": "10.0.0.0/9", "Description": "newer"}}])
    both("DescribeSecurityGroups", GroupIds=[group])
    both("DescribeSecurityGroups", GroupNames=["default"])
    both("DescribeSecurityGroupRules", Filters=[
        {"Name": "group-id", "Values": [group]}])
    call("RevokeSecurityGroupIngress", GroupId=group, IpPermissions=[peer])
    call("RevokeSecurityGroupEgress", GroupId=group, IpPermissions=[rule])
    spare = call("CreateSecurityGroup", GroupName="spare", Description="s")
    call("DeleteSecurityGroup", GroupId=spare["GroupId"])
    refused("DeleteSecurityGroup", "InvalidGroup.NotFound", 400,
            GroupId=spare["GroupId"])
    return group


def launch(image, group):
    answer = call(
        "RunInstances", ImageId=image, MinCount=1, MaxCount=1,
        InstanceType="t3.micro", KeyName="made", SecurityGroupIds=[group],
        UserData="#!/bin/sh\n", EbsOptimized=False,
        InstanceInitiatedShutdownBehavior="stop",
        Placement={"AvailabilityZone": "us-east-1a"},
        BlockDeviceMappings=[
            {"DeviceName": "/dev/sdg", "Ebs": {
                "VolumeSize": 1, "VolumeType": "gp3", "Iops": 3000,
                "DeleteOnTermination": True}},
            {"DeviceName": "/dev/sdh", "NoDevice": ""}],
        MetadataOptions={"HttpTokens": "required"},
        TagSpecifications=tagged("instance") + tagged("volume"))
    instance = answer["Instances"][0]
    assert [m["DeviceName"] for m in instance["BlockDeviceMappings"]] == [
        "/dev/sda1", "/dev/sdg"], instance
    return instance["InstanceId"]


def instances(instance):
    described = both("DescribeInstances", InstanceIds=[instance])
    one = described["Reservations"][0]["Instances"][0]
    for member in ("NetworkInterfaces", "MetadataOptions", "CpuOptions",
                   "SourceDestCheck", "SecurityGroups", "StateTransitionReason",
                   "ProductCodes", "PublicDnsName"):
        assert member in one, member
    assert base64.b64decode(both(
        "DescribeInstanceAttribute", InstanceId=instance,
        Attribute="userData")["UserData"]["Value"]) == b"#!/bin/sh\n"
    for attribute in (
            "instanceType kernel ramdisk disableApiTermination disableApiStop "
            "instanceInitiatedShutdownBehavior rootDeviceName "
            "blockDeviceMapping productCodes sourceDestCheck groupSet "
            "ebsOptimized sriovNetSupport enaSupport enclaveOptions").split():
        try:
            both("DescribeInstanceAttribute", InstanceId=instance,
                 Attribute=attribute)
        except botocore.exceptions.ClientError as error:
            wrong.append("%s: %s" % (attribute, error))
    both("DescribeInstanceStatus", IncludeAllInstances=True)
    both("DescribeInstanceCreditSpecifications", InstanceIds=[instance])
    call("ModifyInstanceCreditSpecification", InstanceCreditSpecifications=[
        {"InstanceId": instance, "CpuCredits": "standard"}])
    both("GetPasswordData", InstanceId=instance)
    refused("GetInstanceUefiData", "UnsupportedOperation", 400,
            InstanceId=instance)
    call("MonitorInstances", InstanceIds=[instance])
    call("UnmonitorInstances", InstanceIds=[instance])
    call("ResetInstanceAttribute", InstanceId=instance,
         Attribute="sourceDestCheck")
    interface = both("DescribeNetworkInterfaces")["NetworkInterfaces"][0]
    interface = interface["NetworkInterfaceId"]
    call("ModifyNetworkInterfaceAttribute", NetworkInterfaceId=interface,
         SourceDestCheck={"Value": False})
    call("ResetNetworkInterfaceAttribute", NetworkInterfaceId=interface,
         SourceDestCheck="true")
    both("DescribeTags")
    both("GetConsoleOutput", InstanceId=instance)
    call("RebootInstances", InstanceIds=[instance])
    call("ModifyInstanceMetadataOptions", InstanceId=instance,
         HttpTokens="optional", HttpPutResponseHopLimit=2)
    stopped = call("StopInstances", InstanceIds=[instance], Force=True)
    assert stopped["StoppingInstances"][0]["PreviousState"]["Name"] == \
        "running"
    call("ModifyInstanceAttribute", InstanceId=instance,
         InstanceType={"Value": "t3.small"})
    call("ModifyInstanceAttribute", InstanceId=instance,
         Attribute="disableApiTermination", Value="true")
    call("ModifyInstanceAttribute", InstanceId=instance,
         DisableApiTermination={"Value": False})


def volumes(instance):
    volume = call("CreateVolume", AvailabilityZone="us-east-1a", Size=1,
                  VolumeType="gp3", TagSpecifications=tagged("volume"))
    assert volume["State"] == "available" and volume["SnapshotId"] == ""
    volume = volume["VolumeId"]
    call("AttachVolume", VolumeId=volume, InstanceId=instance,
         Device="/dev/sdp")
    both("DescribeVolumes")
    both("DescribeVolumes", VolumeIds=[volume])
    both("DescribeVolumeStatus")
    for attribute in ("autoEnableIO", "productCodes"):
        both("DescribeVolumeAttribute", VolumeId=volume, Attribute=attribute)
    call("ModifyVolumeAttribute", VolumeId=volume,
         AutoEnableIO={"Value": True})
    call("ModifyVolume", VolumeId=volume, Size=2)
    both("DescribeVolumesModifications", VolumeIds=[volume])
    call("DetachVolume", VolumeId=volume)
    return volume


def fast(snapshot):
    where = {"AvailabilityZones": ["us-east-1a"],
             "SourceSnapshotIds": [snapshot, "snap-0fedcba9876543210"]}
    made = call("EnableFastSnapshotRestores", **where)
    assert made["Successful"][0]["State"] == "enabling", made
    error = made["Unsuccessful"][0]["FastSnapshotRestoreStateErrors"][0]
    assert error["Error"]["Code"] == "InvalidSnapshot.NotFound", made
    one = both("DescribeFastSnapshotRestores", Filters=[
        {"Name": "snapshot-id", "Values": [snapshot]}])
    assert one["FastSnapshotRestores"][0]["OwnerId"] == "123456789012", one
    gone = call("DisableFastSnapshotRestores", **where)
    assert gone["Successful"][0]["State"] == "disabling", gone
    empty(call("DisableFastSnapshotRestores", AvailabilityZones=["us-east-1a"],
               SourceSnapshotIds=[snapshot]), "Successful")


def snapshots(instance, volume):
    one = call("CreateSnapshot", VolumeId=volume, Description="of wire",
               TagSpecifications=tagged("snapshot"))
    bare = call("CreateSnapshot", VolumeId=volume)
    empty(bare, "Tags", "Description")
    snapshot = one["SnapshotId"]
    many = call("CreateSnapshots", InstanceSpecification={
        "InstanceId": instance, "ExcludeBootVolume": True},
        CopyTagsFromSource="volume")
    assert many["Snapshots"][0]["State"] in ("pending", "completed"), many
    both("DescribeSnapshots", OwnerIds=["self"])
    both("DescribeSnapshots", SnapshotIds=[snapshot])
    shared = both("DescribeSnapshotAttribute", SnapshotId=snapshot,
                  Attribute="createVolumePermission")
    empty(shared, "CreateVolumePermissions")
    empty(both("DescribeSnapshotAttribute", SnapshotId=snapshot,
               Attribute="productCodes"), "ProductCodes")
    call("ModifySnapshotAttribute", SnapshotId=snapshot,
         CreateVolumePermission={"Add": [{"UserId": "222222222222"}]})
    # both forms at once, as Packer sends them
    call("ModifySnapshotAttribute", SnapshotId=snapshot,
         Attribute="createVolumePermission", OperationType="add",
         UserIds=["333333333333"], CreateVolumePermission={
             "Add": [{"UserId": "333333333333"}]})
    both("DescribeSnapshotAttribute", SnapshotId=snapshot,
         Attribute="createVolumePermission")
    call("ResetSnapshotAttribute", SnapshotId=snapshot,
         Attribute="createVolumePermission")
    copy = call("CopySnapshot", SourceSnapshotId=snapshot,
                SourceRegion="us-east-1", Description="a copy")
    both("DescribeSnapshots", SnapshotIds=[copy["SnapshotId"]])
    call("DeleteSnapshot", SnapshotId=bare["SnapshotId"])
    tiers(copy["SnapshotId"])
    fast(snapshot)
    return snapshot


def tiers(snapshot):
    """To the archive and back, for some days."""
    def is_over(got):
        return "in-progress" not in got["SnapshotTierStatuses"][0][
            "LastTieringOperationStatus"]
    one = [{"Name": "snapshot-id", "Values": [snapshot]}]
    call("CreateTags", Resources=[snapshot], Tags=[{"Key": "k", "Value": "v"}])
    both("DescribeSnapshotTierStatus", Filters=one)
    call("ModifySnapshotTier", SnapshotId=snapshot, StorageTier="archive")
    settled("DescribeSnapshotTierStatus", is_over, Filters=one)
    both("DescribeSnapshots", SnapshotIds=[snapshot])
    refused("CreateVolume", "IncorrectState", 400, SnapshotId=snapshot,
            AvailabilityZone="us-east-1a")
    call("RestoreSnapshotTier", SnapshotId=snapshot, TemporaryRestoreDays=2)
    settled("DescribeSnapshotTierStatus", is_over, Filters=one)
    got = both("DescribeSnapshots", SnapshotIds=[snapshot])
    assert got["Snapshots"][0]["RestoreExpiryTime"], got
    call("RestoreSnapshotTier", SnapshotId=snapshot, PermanentRestore=True)


def images(instance, snapshot):
    made = call("CreateImage", InstanceId=instance, Name="made",
                TagSpecifications=tagged("image"))["ImageId"]
    registered = call("RegisterImage", Name="registered",
                      RootDeviceName="/dev/sda1", Architecture="x86_64",
                      VirtualizationType="hvm", EnaSupport=True,
                      SriovNetSupport="simple", BlockDeviceMappings=[
                          {"DeviceName": "/dev/sda1", "Ebs": {
                              "SnapshotId": snapshot, "VolumeType": "gp2",
                              "DeleteOnTermination": True}},
                          {"DeviceName": "/dev/sdb",
                           "VirtualName": "ephemeral0"}])["ImageId"]
    refused("DeleteSnapshot", "InvalidSnapshot.InUse", 400,
            SnapshotId=snapshot)
    call("CreateTags", Resources=[made, registered], Tags=[
        {"Key": "a&<b>", "Value": "\u00e4 \r\n\t"}, {"Key": "c", "Value": ""}])
    call("DeleteTags", Resources=[made], Tags=[{"Key": "c"}])
    both("DescribeImages", Owners=["self"])
    one = both("DescribeImages", ImageIds=[made], Filters=[
        {"Name": "name", "Values": ["ma?e", "x"]}])["Images"][0]
    empty(one, "Description")
    both("DescribeTags", Filters=[{"Name": "resource-type",
                                   "Values": ["image"]}])
    for attribute in ("description kernel ramdisk launchPermission "
                      "productCodes blockDeviceMapping sriovNetSupport "
                      "bootMode").split():
        try:
            answer = both("DescribeImageAttribute", ImageId=made,
                          Attribute=attribute)
        except botocore.exceptions.ClientError as error:
            wrong.append("%s: %s" % (attribute, error))
            continue
        if attribute in ("launchPermission", "productCodes"):
            empty(answer, attribute[0].upper() + attribute[1:] + (
                "s" if attribute == "launchPermission" else ""))
    call("ModifyImageAttribute", ImageId=made,
         LaunchPermission={"Add": [{"Group": "all"}]}, OperationType="add",
         Attribute="launchPermission", UserGroups=["all"])
    # as Ansible spells them
    call("ModifyImageAttribute", ImageId=made, Attribute="Description ",
         Value="of wire")
    call("ModifyImageAttribute", ImageId=made, Attribute="LaunchPermission",
         OperationType="remove", UserGroups=["all"])
    call("ModifyImageAttribute", ImageId=made,
         Description={"Value": "of wire"})
    call("ModifyImageAttribute", ImageId=made, LaunchPermission={
        "Add": [{"UserId": "222222222222"}]})
    both("DescribeImageAttribute", ImageId=made, Attribute="launchPermission")
    call("ResetImageAttribute", ImageId=made, Attribute="launchPermission")
    call("EnableImageDeprecation", ImageId=made,
         DeprecateAt="2030-01-01T00:00:00Z")
    both("DescribeImages", ImageIds=[made])
    call("DisableImageDeprecation", ImageId=made)
    stored = call("CreateStoreImageTask", ImageId=made, Bucket="stored",
                  S3ObjectTags=[{"Key": "k", "Value": "v"}])
    assert stored["ObjectKey"] == made + ".bin", stored
    settled("DescribeStoreImageTasks",
            lambda got: got["StoreImageTaskResults"][0]["StoreTaskState"] ==
            "Completed", ImageIds=[made])
    back = call("CreateRestoreImageTask", Bucket="stored", Name="restored",
                ObjectKey=stored["ObjectKey"])
    settled("DescribeImages",
            lambda got: got["Images"][0]["State"] == "available",
            ImageIds=[back["ImageId"]])
    task = call("ExportImage", ImageId=registered, DiskImageFormat="VMDK",
                S3ExportLocation={"S3Bucket": "stored"})
    task = task["ExportImageTaskId"]
    settled("DescribeExportImageTasks",
            lambda got: got["ExportImageTasks"][0]["Status"] == "completed",
            ExportImageTaskIds=[task])
    refused("CancelExportTask", "IncorrectState", 400, ExportTaskId=task)
    got = call("ImportImage", Description="a disk", DiskContainers=[
        {"Format": "VMDK", "UserBucket": {
            "S3Bucket": "stored", "S3Key": task + ".vmdk"}}])
    settled("DescribeImportImageTasks",
            lambda got: got["ImportImageTasks"][0]["Status"] == "completed",
            ImportTaskIds=[got["ImportTaskId"]])
    refused("CancelImportTask", "IncorrectState", 400,
            ImportTaskId=got["ImportTaskId"])
    copy = call("CopyImage", SourceImageId=made, SourceRegion="us-east-1",
                Name="copied", Description="a copy")
    both("DescribeImages", ImageIds=[copy["ImageId"]])
    call("DeregisterImage", ImageId=registered)
    refused("DeregisterImage", "InvalidAMIID.Unavailable", 400,
            ImageId=registered)
    assert both("DescribeImages", ImageIds=[registered])["Images"] == []


def places():
    both("DescribeRegions")
    both("DescribeRegions", AllRegions=True)
    both("DescribeAvailabilityZones")
    both("DescribeAccountAttributes")
    both("DescribeAddresses")
    both("DescribeIamInstanceProfileAssociations")
    both("GetEbsEncryptionByDefault")
    both("DescribeInstanceTypes", InstanceTypes=["t3.micro", "c3.large"])
    both("DescribeInstanceTypeOfferings", LocationType="availability-zone")
    both("DescribeImportSnapshotTasks")
    tasks = both("DescribeBundleTasks")["BundleTasks"]
    assert tasks[0]["Storage"]["S3"]["Bucket"] == "bundles", tasks
    assert tasks[0]["BundleTaskError"]["Code"] == "Server.Internal", tasks
    tasks = both("DescribeReplaceRootVolumeTasks")["ReplaceRootVolumeTasks"]
    assert tasks[0]["TaskState"] == "succeeded", tasks
    assert tasks[0]["Tags"] == [{"Key": "a", "Value": "b"}], tasks
    both("GetCallerIdentity", "sts")
    both("GetUser", "iam")
    both("ListAccountAliases", "iam")
    both("ListRoles", "iam")
    refused("GetInstanceProfile", "NoSuchEntity", 404, "iam",
            InstanceProfileName="web")
    refused("GetUser", "NoSuchEntity", 404, "iam", UserName="nobody")
    refused("DescribeRegions", "DryRunOperation", 412, DryRun=True)
    refused("DescribeInstances", "InvalidInstanceID.Malformed", 400,
            InstanceIds=["i-1"])


def templates(image):
    data = {"ImageId": image, "InstanceType": "t2.nano", "UserData": "YQ==",
            "KernelId": "aki-0123456789abcdef0", "KeyName": "made",
            "RamDiskId": "ari-0123456789abcdef0", "EbsOptimized": False,
            "BlockDeviceMappings": [
                {"DeviceName": "/dev/sda1", "Ebs": {
                    "VolumeSize": 2, "VolumeType": "gp3", "Iops": 3000,
                    "Encrypted": False, "DeleteOnTermination": True}},
                {"DeviceName": "/dev/sdb", "VirtualName": "ephemeral0"}],
            "NetworkInterfaces": [
                {"DeviceIndex": 0, "Groups": ["sg-0123456789abcdef0"],
                 "PrivateIpAddresses": [
                     {"Primary": True, "PrivateIpAddress": "172.31.0.9"}]}],
            "Monitoring": {"Enabled": True},
            "Placement": {"AvailabilityZone": "us-east-1a"},
            "CreditSpecification": {"CpuCredits": "standard"},
            "MetadataOptions": {"HttpTokens": "required",
                                "HttpPutResponseHopLimit": 2},
            "TagSpecifications": tagged("instance")}
    made = call("CreateLaunchTemplate", LaunchTemplateName="wire",
                LaunchTemplateData=data,
                TagSpecifications=tagged("launch-template"))
    template = made["LaunchTemplate"]["LaunchTemplateId"]
    added = call("CreateLaunchTemplateVersion", LaunchTemplateId=template,
                 SourceVersion="1", VersionDescription="more",
                 LaunchTemplateData={"SecurityGroupIds": [
                     "sg-0123456789abcdef0"], "SecurityGroups": ["web"],
                                     "DisableApiStop": True})
    said = added["LaunchTemplateVersion"]["LaunchTemplateData"]
    assert {key: said[key] for key in data} == data, said
    call("ModifyLaunchTemplate", LaunchTemplateName="wire",
         DefaultVersion="2")
    both("DescribeLaunchTemplates")
    both("DescribeLaunchTemplateVersions", LaunchTemplateName="wire")
    gone = call("DeleteLaunchTemplateVersions", LaunchTemplateId=template,
                Versions=["1", "2"])
    for name, number in (("SuccessfullyDeleted", 1),
                         ("UnsuccessfullyDeleted", 2)):
        assert [one["VersionNumber"] for one in
                gone[name + "LaunchTemplateVersions"]] == [number], gone
    call("DeleteLaunchTemplate", LaunchTemplateId=template)
    refused("DescribeLaunchTemplates", "InvalidLaunchTemplateId.NotFound", 400,
            LaunchTemplateIds=[template])


def recycle_bin(volume):
    days = {"RetentionPeriodValue": 7, "RetentionPeriodUnit": "DAYS"}
    made = call("CreateRule", "rbin", RetentionPeriod=days, Description="all",
                ResourceType="EBS_SNAPSHOT",
                Tags=[{"Key": "d\u00e9j\u00e0", "Value": "vu"}])
    rule = made["Identifier"]
    arn = json.loads(last["body"])["RuleArn"]
    images = call("CreateRule", "rbin", RetentionPeriod=days,
                  ResourceType="EC2_IMAGE", ResourceTags=[
                      {"ResourceTagKey": "a", "ResourceTagValue": "b"},
                      {"ResourceTagKey": "c"}])["Identifier"]
    both("GetRule", "rbin", Identifier=rule)
    both("GetRule", "rbin", Identifier=images)
    both("ListRules", "rbin", ResourceType="EBS_SNAPSHOT")
    call("TagResource", "rbin", ResourceArn=arn,
         Tags=[{"Key": "b/c", "Value": "1"}, {"Key": "d", "Value": ""}])
    both("ListTagsForResource", "rbin", ResourceArn=arn)
    call("UntagResource", "rbin", ResourceArn=arn, TagKeys=["b/c", "d"])
    assert both("ListTagsForResource", "rbin", ResourceArn=arn)["Tags"] == \
        made["Tags"], made
    call("UpdateRule", "rbin", Identifier=images, ResourceTags=[])
    delay = {"UnlockDelayValue": 7, "UnlockDelayUnit": "DAYS"}
    call("LockRule", "rbin", Identifier=images,
         LockConfiguration={"UnlockDelay": delay})
    refused("DeleteRule", "ConflictException", 409, "rbin", Identifier=images)
    call("UnlockRule", "rbin", Identifier=images)
    assert both("GetRule", "rbin", Identifier=images)[
        "LockState"] == "pending_unlock"
    refused("GetRule", "ResourceNotFoundException", 404, "rbin",
            Identifier="00000000000")
    refused("CreateRule", "ValidationException", 400, "rbin",
            RetentionPeriod=days, ResourceType="EBS_VOLUME")

    snapshot = call("CreateSnapshot", VolumeId=volume)["SnapshotId"]
    image = call("RegisterImage", Name="kept", RootDeviceName="/dev/sda1",
                 BlockDeviceMappings=[{"DeviceName": "/dev/sda1", "Ebs": {
                     "SnapshotId": snapshot}}])["ImageId"]
    call("DeregisterImage", ImageId=image)
    call("DeleteSnapshot", SnapshotId=snapshot)
    both("ListSnapshotsInRecycleBin", SnapshotIds=[snapshot])
    both("ListImagesInRecycleBin")
    back = call("RestoreSnapshotFromRecycleBin", SnapshotId=snapshot)
    assert back["State"] == "completed", back
    assert call("RestoreImageFromRecycleBin", ImageId=image)["Return"]
    refused("RestoreImageFromRecycleBin", "InvalidAMIID.NotFound", 400,
            ImageId=image)
    call("DeleteRule", "rbin", Identifier=rule)


def scaling(image):
    def of(name, **params):
        return call(name, "autoscaling", AutoScalingGroupName="wire",
                    **params)

    call("CreateLaunchTemplate", LaunchTemplateName="scaled",
         LaunchTemplateData={"ImageId": image, "InstanceType": "t2.nano"})
    template = {"LaunchTemplateName": "scaled", "Version": "$Latest"}
    of("CreateAutoScalingGroup", MinSize=0, MaxSize=2, DesiredCapacity=1,
       LaunchTemplate=template, AvailabilityZones=["us-east-1a"],
       DefaultInstanceWarmup=0, Tags=[
           {"Key": "a", "Value": "b", "PropagateAtLaunch": True}])
    refused("CreateAutoScalingGroup", "AlreadyExists", 400, "autoscaling",
            AutoScalingGroupName="wire", MinSize=0, MaxSize=0,
            LaunchTemplate=template)
    refused("SetDesiredCapacity", "ValidationError", 400, "autoscaling",
            AutoScalingGroupName="wire", DesiredCapacity=3)
    waited(lambda: call("DescribeAutoScalingInstances", "autoscaling")[
        "AutoScalingInstances"])
    of("SuspendProcesses", ScalingProcesses=["HealthCheck", "Launch"])
    members = both("DescribeAutoScalingInstances", "autoscaling")
    both("GetLaunchTemplateData", InstanceId=members[
        "AutoScalingInstances"][0]["InstanceId"])
    tag = {"ResourceId": "wire", "ResourceType": "auto-scaling-group",
           "Key": "c", "Value": "d", "PropagateAtLaunch": False}
    call("CreateOrUpdateTags", "autoscaling", Tags=[tag])
    assert tag in both("DescribeTags", "autoscaling")["Tags"]
    call("DeleteTags", "autoscaling", Tags=[{"ResourceId": "wire",
                                             "Key": "c"}])
    both("DescribeAutoScalingGroups", "autoscaling",
         AutoScalingGroupNames=["wire"])
    refused("CancelInstanceRefresh", "ActiveInstanceRefreshNotFound", 400,
            "autoscaling", AutoScalingGroupName="wire")
    of("StartInstanceRefresh", Preferences={"SkipMatching": True},
       DesiredConfiguration={"LaunchTemplate": template})
    waited(lambda: of("DescribeInstanceRefreshes")["InstanceRefreshes"][0][
        "Status"] == "Successful")
    both("DescribeInstanceRefreshes", "autoscaling",
         AutoScalingGroupName="wire")
    ended = call("TerminateInstanceInAutoScalingGroup", "autoscaling",
                 InstanceId=members["AutoScalingInstances"][0]["InstanceId"],
                 ShouldDecrementDesiredCapacity=True)
    assert ended["Activity"]["StatusCode"] == "InProgress", ended
    waited(lambda: not call("DescribeAutoScalingInstances", "autoscaling")[
        "AutoScalingInstances"])
    both("DescribeScalingActivities", "autoscaling",
         AutoScalingGroupName="wire")
    of("ResumeProcesses")
    of("UpdateAutoScalingGroup", MaxSize=1)
    of("SetDesiredCapacity", DesiredCapacity=0)
    of("DeleteAutoScalingGroup", ForceDelete=True)
    both("DescribeAutoScalingGroups", "autoscaling")
    call("DeleteLaunchTemplate", LaunchTemplateName="scaled")


def encryption():
    both("GetEbsDefaultKmsKeyId")
    assert call("EnableEbsEncryptionByDefault")["EbsEncryptionByDefault"]
    both("GetEbsEncryptionByDefault")
    call("DisableEbsEncryptionByDefault")
    key = call("CreateKey", "kms", Description="d\u00e9j\u00e0")
    key = key["KeyMetadata"]["KeyId"]
    call("CreateAlias", "kms", AliasName="alias/wire", TargetKeyId=key)
    metadata = both("DescribeKey", "kms", KeyId="alias/wire")["KeyMetadata"]
    assert metadata["KeyId"] == key and metadata["Enabled"], metadata
    call("ModifyEbsDefaultKmsKeyId", KmsKeyId="alias/wire")
    assert both("GetEbsDefaultKmsKeyId")["KmsKeyId"] == metadata["Arn"]
    call("ResetEbsDefaultKmsKeyId")
    refused("ModifyEbsDefaultKmsKeyId", "InvalidKMSKey.NotFound", 400,
            KmsKeyId="alias/none")
    both("ListKeys", "kms")
    both("ListAliases", "kms", KeyId=key)
    grant = call("CreateGrant", "kms", KeyId=key, Name="lent",
                 GranteePrincipal="arn:aws:iam::222222222222:root",
                 Operations=["Decrypt", "DescribeKey"])["GrantId"]
    both("ListGrants", "kms", KeyId=key)
    call("RevokeGrant", "kms", KeyId=key, GrantId=grant)
    call("DisableKey", "kms", KeyId=key)
    refused("CreateGrant", "DisabledException", 400, "kms", KeyId=key,
            GranteePrincipal="222222222222", Operations=["Decrypt"])
    call("EnableKey", "kms", KeyId=key)
    gone = call("ScheduleKeyDeletion", "kms", KeyId=key,
                PendingWindowInDays=7)
    assert gone["KeyState"] == "PendingDeletion", gone
    assert both("DescribeKey", "kms", KeyId=key)["KeyMetadata"][
        "DeletionDate"] == gone["DeletionDate"]
    refused("EnableKey", "KMSInvalidStateException", 400, "kms", KeyId=key)
    call("CancelKeyDeletion", "kms", KeyId=key)
    call("DeleteAlias", "kms", AliasName="alias/wire")
    refused("DescribeKey", "NotFoundException", 400, "kms",
            KeyId="alias/wire")
    refused("CreateAlias", "ValidationException", 400, "kms",
            AliasName="wire", TargetKeyId=key)
    # nothing leaves the store
    refused("GenerateDataKey", "UnknownOperationException", 400, "kms",
            KeyId=key, KeySpec="AES_256")


def others():
    """What comes to the same URL and is none of these."""
    url = clients["ec2"].generate_presigned_url(
        "describe_regions", {"RegionNames": ["us-east-1"]},
        HttpMethod="GET")
    with urllib.request.urlopen(url) as answer:
        assert ET.fromstring(answer.read()).findtext(
            "{*}regionInfo/{*}item/{*}regionName") == "us-east-1"
    for service, name, params, code, status in (
            ("ec2", "DescribeHosts", {}, "InvalidAction", 400),
            ("sts", "GetSessionToken", {}, "InvalidAction", 400),
            ("iam", "ListUsers", {}, "InvalidAction", 400),
            ("ssm", "GetParameter", {"Name": "a"},
             "UnknownOperationException", 400),
            ("elb", "DescribeLoadBalancers", {},
             "SignatureDoesNotMatch", 403)):
        got = error_of(client_of(service), name, params)
        assert got == (code, status), (service, name, got)
    for service, name, params, code, status in (
            ("ec2", "DescribeRegions", {}, "AuthFailure", 401),
            ("sts", "GetCallerIdentity", {}, "InvalidClientTokenId", 403),
            ("iam", "GetUser", {}, "InvalidClientTokenId", 403),
            ("kms", "ListKeys", {}, "UnrecognizedClientException", 400),
            ("ssm", "GetParameter", {"Name": "a"},
             "UnrecognizedClientException", 400)):
        nobody = client_of(service, aws_access_key_id="AKIA" + "A" * 16,
                           aws_secret_access_key="a")
        got = error_of(nobody, name, params)
        assert got == (code, status), (service, got)


def ends(instance, volume):
    call("DeleteVolume", VolumeId=volume)
    call("StartInstances", InstanceIds=[instance])
    ended = call("TerminateInstances", InstanceIds=[instance])
    assert ended["TerminatingInstances"][0]["InstanceId"] == instance
    both("DescribeInstances", InstanceIds=[instance])
    both("DescribeInstanceStatus", IncludeAllInstances=True)


method = {}
for service, client in clients.items():
    client.meta.events.register("response-received", received)
    names = client.meta.method_to_api_mapping
    method[service] = {api: python for python, api in names.items()}
with open(sys.argv[1], encoding="utf-8") as file:
    rows = json.load(file)
image = sys.argv[2]
group = keys_and_groups()
instance = launch(image, group)
instances(instance)
volume = volumes(instance)
snapshot = snapshots(instance, volume)
images(instance, snapshot)
places()
templates(image)
recycle_bin(volume)


scaling(image)
encryption()
others()
ends(instance, volume)
for row in rows:
    name = row["name"]
    if row["service"] != "ebs" and name not in called and \
            name not in ELSEWHERE:
        wrong.append(name + " was not called")
print(*wrong, sep="\n")
print(len(called), "actions called")
sys.exit(bool(wrong))
