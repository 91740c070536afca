#!/usr/bin/python3
"""rules ROWS - the rules that all Describe actions share, held against every
row that `qami self-test --parameters` has written to ROWS: ranges, pages and
their tokens, filters, ids, dry runs. Filters and ranges are botocore's."""
import json
import re
import subprocess
import sys

try:
    import botocore.session
    from botocore import xform_name
except ImportError:
    print("needs the package python3-botocore")
    sys.exit(77)

MODEL = botocore.session.get_session().get_service_model("ec2")

# Actions that today's EC2 has and Debian's botocore has not, and the filters
# that botocore 1.43 tells of them.
NEWER = {"DescribeLockedSnapshots": ["lock-state"]}

STRANGER = ("--account", "222222222222")
bad = 0

# What the store has more than a page of: the list and what tells its rows.
PAGED = {
    "DescribeImages": ("Images", "ImageId"),
    "DescribeSnapshots": ("Snapshots", "SnapshotId"),
    "DescribeVolumes": ("Volumes", "VolumeId"),
    "DescribeVolumeStatus": ("VolumeStatuses", "VolumeId"),
    "DescribeVolumesModifications": ("VolumesModifications", "VolumeId"),
    "DescribeTags": ("Tags", "ResourceId"),
    "DescribeSecurityGroups": ("SecurityGroups", "GroupId"),
    "DescribeSecurityGroupRules": ("SecurityGroupRules",
                                   "SecurityGroupRuleId"),
    "DescribeLaunchTemplates": ("LaunchTemplates", "LaunchTemplateId"),
    "DescribeInstanceTypes": ("InstanceTypes", "InstanceType"),
    "DescribeInstanceTypeOfferings": ("InstanceTypeOfferings",
                                      "InstanceType"),
}


class Member:
    """As botocore would have it."""
    metadata = {}

    def __init__(self, documentation):
        self.documentation = documentation


def members_of(action):
    if action not in NEWER:
        return MODEL.operation_model(action).input_shape.members
    said = Member("".join(f"<li> <p> <code>{name}</code>"
                          for name in NEWER[action]))
    return {shared: said for shared in
            ("Filters", "MaxResults", "NextToken", "DryRun")}


# What a question must say to be one.
ASKED = {"DescribeLaunchTemplateVersions": ("--versions", "$Latest")}


def qami(action, *options, who=()):
    """The answer as an object, or the error's code."""
    argv = ["qami", *who, xform_name(action, "-"), *ASKED.get(action, ())]
    ran = subprocess.run(argv + list(options), capture_output=True, text=True,
                         check=False)
    if ran.returncode == 0:
        return json.loads(ran.stdout or "{}")
    code = re.search(r"\((\S+)\) when calling", ran.stderr)
    return code[1] if code else ran.stderr


def check(what, wanted, got):
    global bad
    if isinstance(got, dict):
        got = "success"
    if wanted != got:
        bad += 1
        print(f"{what}: {got}, not {wanted}")


def rows_of(answer):
    return next((value for value in answer.values()
                 if isinstance(value, list)), [])


def ranges(action, members):
    limits = members["MaxResults"].metadata
    least = limits.get("min", 5)
    most = limits.get("max", 1000)
    # what says "from 0" to the client is checked by the service
    least = max(least, 5)
    for number in (least - 1, most + 1, 0, -1):
        check(f"{action} MaxResults {number}", "InvalidParameterValue",
              qami(action, "--max-results", str(number)))
    for number in (least, most):
        check(f"{action} MaxResults {number}", "success",
              qami(action, "--max-results", str(number)))
    check(f"{action} NextToken", "InvalidNextToken",
          qami(action, "--next-token", "bm8gdG9rZW4="))


def pages(action, tokens):
    """All rows come once, five at a time; a token is its question's alone."""
    name, key = PAGED[action]
    whole = [row[key] for row in qami(action)[name]]
    if len(whole) <= 5:
        check(f"{action} has more than a page", "more", len(whole))
        return
    seen, token = [], None
    while token or not seen:
        more = ("--next-token", token) if token else ()
        answer = qami(action, "--max-results", "5", *more)
        if not isinstance(answer, dict):
            check(f"{action} page", "success", answer)
            return
        seen += [row[key] for row in answer[name]]
        last, token = token, answer.get("NextToken")
        if last is None:
            tokens[action] = token
    check(f"{action} pages", whole, seen)
    first = tokens[action]
    filters = ("--filters", "Name=tag-key,Values=x") \
        if "Type" not in action \
        else ("--filters", "Name=instance-type,Values=t*")
    check(f"{action} token of another question", "InvalidNextToken",
          qami(action, "--next-token", first, *filters))
    if "Type" not in action:
        check(f"{action} token of another account", "InvalidNextToken",
              qami(action, "--next-token", first, who=STRANGER))
    for other, theirs in tokens.items():
        if other != action:
            check(f"{action} token of {other}", "InvalidNextToken",
                  qami(action, "--next-token", theirs))


def filters(action, members):
    def ask(*what):
        return qami(action, "--filters", json.dumps(list(what)))

    check(f"{action} unknown filter", "InvalidParameterValue",
          ask({"Name": "colour", "Values": ["red"]}))
    # the command line finds that by itself
    check(f"{action} filter without a name", True, 'parameter in Filters[0]: '
          '"Name"' in str(ask({"Values": ["red"]})))
    names = {re.sub("^tag:.*|^tag$", "tag:x", name) for name in re.findall(
        r"<li> <p> ?<code>([^< ]+)(?: |</code>)",
        members["Filters"].documentation.replace("&lt;", "("))}
    each = [{"Name": name, "Values": ["zz"]} for name in sorted(names)]
    if isinstance(ask(*each), str):
        for one in each:
            check(f"{action} filter {one['Name']}", "success", ask(one))
    one = each[0]["Name"] if each else "task-state"
    check(f"{action} 201 values", "InvalidParameterValue",
          ask({"Name": one, "Values": [str(i) for i in range(201)]}))
    check(f"{action} 200 values", "success",
          ask({"Name": one, "Values": [str(i) for i in range(200)]}))
    answer = ask({"Name": one})
    check(f"{action} filter without values", "success", answer)
    if isinstance(answer, dict) and rows_of(answer):
        check(f"{action} filter without values", [], rows_of(answer))


def ids(action, param, paged):
    """One that is not there is an error whatever else is asked for."""
    option = "--" + xform_name(param, "-")
    kind = {"ImageIds": "ami", "SnapshotIds": "snap", "VolumeIds": "vol",
            "InstanceIds": "i", "VpcIds": "vpc", "SubnetIds": "subnet",
            "GroupIds": "sg", "SecurityGroupRuleIds": "sgr",
            "KeyPairIds": "key", "NetworkInterfaceIds": "eni",
            "BundleIds": "bun", "LaunchTemplateIds": "lt", "ReplaceRootVolumeTaskIds": "replacevol", "AllocationIds": "eipalloc",
            "AssociationIds": "iip-assoc"}.get(param)
    if not kind:
        return
    absent = kind + "-0fedcba9876543210"
    have = [row[param[:-1]] for row in rows_of(qami(action))
            if param[:-1] in row][:1]
    got = qami(action, option, *have, absent)
    check(f"{action} {param} absent", "NotFound", str(got).split(".")[-1])
    if paged:
        check(f"{action} {param} with MaxResults",
              "InvalidParameterCombination",
              qami(action, option, absent, "--max-results", "5"))


with open(sys.argv[1], encoding="utf-8") as file:
    table = json.load(file)
tokens = {}
count = 0
for row in table:
    action = row["name"]
    if row["service"] != "ec2" or not action.startswith("Describe"):
        continue
    members = members_of(action)
    have = {param["name"] for param in row["params"]}
    count += 1
    for shared in ("Filters", "MaxResults", "NextToken", "DryRun"):
        if shared in members and shared not in have:
            check(f"{action} has {shared}", True, False)
    paged = "MaxResults" in have and "MaxResults" in members
    if paged:
        ranges(action, members)
    if action in PAGED:
        pages(action, tokens)
    if "Filters" in have:
        filters(action, members)
    required = any(param["required"] for param in row["params"])
    for param in row["params"]:
        if param["list"] and param["name"].endswith("Ids"):
            ids(action, param["name"], paged)
    if "DryRun" in have and not required:
        check(f"{action} dry run", "DryRunOperation",
              qami(action, "--dry-run"))
print(f"{count} actions, {bad} wrong")
sys.exit(bad > 0 or count < 20)
