#!/usr/bin/python3
"""names ROWS - every parameter that a row has goes by AWS's own names: what
`qami self-test --parameters` prints is held against botocore's models."""
import json
import sys

import botocore.session

# Members and actions that today's EC2 has and Debian's botocore has not.
NEWER = set("""
CopyImage.SnapshotCopyCompletionDurationMinutes CopyImage.TagSpecifications
CopySnapshot.CompletionDurationMinutes
CreateReplaceRootVolumeTask.VolumeInitializationRate
CreateRule.ExcludeResourceTags CreateVolume.VolumeInitializationRate
DeregisterImage.DeleteAssociatedSnapshots
DisableFastSnapshotRestores.AvailabilityZoneIds
EnableFastSnapshotRestores.AvailabilityZoneIds
DescribeImages.IncludeDisabled DescribeImages.MaxResults
DescribeImages.NextToken DescribeLockedSnapshots
DisableImage DisableImageBlockPublicAccess
DisableImageDeregistrationProtection DisableSnapshotBlockPublicAccess
EnableImage EnableImageBlockPublicAccess EnableImageDeregistrationProtection
EnableSnapshotBlockPublicAccess GetImageBlockPublicAccessState
GetSnapshotBlockPublicAccessState ListRules.ExcludeResourceTags LockSnapshot
ModifyImageAttribute.ImdsSupport
RegisterImage.TagSpecifications
StartInstanceRefresh.Preferences.ScaleInProtectedInstances UnlockSnapshot
UpdateRule.ExcludeResourceTags
""".split())

# What a row asks for where the model leaves it to the service to ask.
KINDS = {"long": "integer", "float": "double"}


def wire_name(service, name, shape):
    """What botocore's serialisers would call it."""
    given = shape.serialization
    if service != "ec2":
        return given.get("name", name)
    if "queryName" in given:
        return given["queryName"]
    name = given.get("name", name)
    return name[0].upper() + name[1:]


def compare(service, where, params, shape):
    for param in params:
        name = param["name"]
        place = where + "." + name
        if param["type"] == "file" or place in NEWER:
            continue
        seen.add(place)
        member = shape.members.get(name) if shape else None
        if member is None:
            wrong.append(place + ": the model has no such member")
            continue
        wire = wire_name(service, name, member)
        # REST has places of its own for some: headers, the path
        if "location" not in member.serialization and wire != param["wire"]:
            wrong.append("%s: %s on the wire, not %s" % (
                place, wire, param["wire"]))
        if param["list"] != (member.type_name == "list"):
            wrong.append(place + ": a list or not?")
            continue
        if param["list"]:
            member = member.member
        kind = KINDS.get(member.type_name, member.type_name)
        # user data is a blob that the model calls a string
        if kind != param["type"] and (kind, param["type"]) != (
                "string", "blob"):
            wrong.append("%s: %s, not %s" % (place, kind, param["type"]))
        if param["type"] == "structure":
            compare(service, place, param["members"], member)


wrong, seen = [], set()
session = botocore.session.get_session()
with open(sys.argv[1], encoding="utf-8") as file:
    rows = json.load(file)
assert len(rows) > 60, len(rows)
for row in rows:
    model = session.get_service_model(row["service"])
    if row["name"] in NEWER:
        continue
    if row["name"] not in model.operation_names:
        wrong.append(row["name"] + ": no such operation")
        continue
    compare(row["service"], row["name"], row["params"],
            model.operation_model(row["name"]).input_shape)
print(*wrong, sep="\n")
print(len(seen), "names compared")
sys.exit(bool(wrong))
