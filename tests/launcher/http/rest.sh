#!/bin/sh
# EBS direct's own clients: botocore, and the AWS CLI where it has `aws ebs`
. tests/lib.sh
served
eval "$(qami env --endpoint-url "$AWS_ENDPOINT_URL")"

cat >"$TMPDIR/client.py" <<'EOF'
import base64
import hashlib
import os
import sys

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

SIZE = 524288
TOKEN = str(os.getpid())
ebs = botocore.session.get_session().create_client(
    'ebs', endpoint_url=os.environ['AWS_ENDPOINT_URL'],
    config=Config(retries={'max_attempts': 0}))


def digest(data):
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def put(snapshot, index, data, **kw):
    return ebs.put_snapshot_block(**{**dict(
        SnapshotId=snapshot, BlockIndex=index, BlockData=data,
        DataLength=len(data), Progress=50, Checksum=digest(data),
        ChecksumAlgorithm='SHA256'), **kw})


def fails(code, status, reason, call, *args, **kw):
    try:
        call(*args, **kw)
    except ClientError as error:
        said = error.response
        got = (said['Error']['Code'],
               said['ResponseMetadata']['HTTPStatusCode'],
               said.get('Reason') or said['Error'].get('Reason'))
        assert got == (code, status, reason), (got, said)
        assert said['Error']['Message'], said
    else:
        raise AssertionError('it succeeded: ' + code)


def snapshot(blocks, **kw):
    """A snapshot with these blocks, and nothing else that its parent lacks"""
    begun = ebs.start_snapshot(VolumeSize=1, Timeout=60, **kw)
    assert begun['ResponseMetadata']['HTTPStatusCode'] == 201
    assert begun['Status'] == 'pending' and begun['BlockSize'] == SIZE
    assert begun['StartTime'].year >= 2024, begun
    name = begun['SnapshotId']
    for index, data in blocks.items():
        answer = put(name, index, data)
        assert answer['Checksum'] == digest(data)
        assert answer['ResponseMetadata']['HTTPStatusCode'] == 201
    whole = hashlib.sha256(b''.join(
        hashlib.sha256(blocks[i]).digest() for i in sorted(blocks))).digest()
    fails('ValidationException', 400, 'INVALID_PARAMETER_VALUE',
          ebs.complete_snapshot, SnapshotId=name,
          ChangedBlocksCount=len(blocks) + 1)
    done = ebs.complete_snapshot(
        SnapshotId=name, ChangedBlocksCount=len(blocks),
        Checksum=base64.b64encode(whole).decode(), ChecksumAlgorithm='SHA256',
        ChecksumAggregationMethod='LINEAR')
    assert done['ResponseMetadata']['HTTPStatusCode'] == 202
    assert done['Status'] == 'completed'
    return name


def listed(call, member, **kw):
    """All pages of a listing, 100 blocks each"""
    pages, token = [], {}
    while True:
        page = getattr(ebs, call)(MaxResults=100, **kw, **token)
        assert page['VolumeSize'] == 1 and page['BlockSize'] == SIZE
        assert len(page[member]) <= 100
        pages += page[member]
        if 'NextToken' not in page:
            return pages
        token = {'NextToken': page['NextToken']}


first = {i: bytes([i % 250 + 1]) * SIZE for i in [0, *range(500, 604), 2047]}
one = snapshot(first, Description='d\u00e9j\u00e0 & <vu>', ClientToken=TOKEN,
               Tags=[{'Key': 'k', 'Value': ''}])
assert ebs.start_snapshot(
    VolumeSize=1, Timeout=60, Description='d\u00e9j\u00e0 & <vu>',
    ClientToken=TOKEN, Tags=[{'Key': 'k', 'Value': ''}])['SnapshotId'] == one
fails('ConflictException', 409, None, ebs.start_snapshot, VolumeSize=2,
      ClientToken=TOKEN)
blocks = listed('list_snapshot_blocks', 'Blocks', SnapshotId=one)
assert [b['BlockIndex'] for b in blocks] == sorted(first)
for block in blocks[::40]:
    got = ebs.get_snapshot_block(SnapshotId=one, **block)
    data = got['BlockData'].read()
    assert data == first[block['BlockIndex']]
    assert got['DataLength'] == SIZE and got['Checksum'] == digest(data)

second = {i: b'\xff' * SIZE for i in (1, 600, 1000)}
two = snapshot(second, ParentSnapshotId=one)
changed = listed('list_changed_blocks', 'ChangedBlocks', FirstSnapshotId=one,
                 SecondSnapshotId=two)
assert [b['BlockIndex'] for b in changed] == sorted(second), changed
for block in changed:
    index = block['BlockIndex']
    assert ('FirstBlockToken' in block) == (index in first)
    assert ebs.get_snapshot_block(
        SnapshotId=two, BlockIndex=index, BlockToken=block['SecondBlockToken']
    )['BlockData'].read() == second[index]

block = b'x' * SIZE
pending = ebs.start_snapshot(VolumeSize=1)['SnapshotId']
fails('ValidationException', 400, 'INVALID_BLOCK', put, pending, 1, block,
      Checksum=digest(b'y'))
fails('ValidationException', 400, 'INVALID_PARAMETER_VALUE', put, pending, 1,
      block[1:])
fails('ValidationException', 400, 'INVALID_BLOCK', put, pending, 2048, block)
fails('ResourceNotFoundException', 404, 'SNAPSHOT_NOT_FOUND', put,
      'snap-0fedcba9876543210', 1, block)
fails('ValidationException', 400, 'INVALID_SNAPSHOT_ID', put, 'snap-x', 1,
      block)
fails('ValidationException', 400, 'INVALID_SNAPSHOT_ID', put, one, 1, block)
fails('ValidationException', 400, 'INVALID_SNAPSHOT_ID',
      ebs.list_snapshot_blocks, SnapshotId=pending)
fails('ValidationException', 400, 'INVALID_BLOCK_TOKEN',
      ebs.get_snapshot_block, SnapshotId=two, BlockIndex=1, BlockToken='a+/=')
print(two)
EOF

versions=0
for python in /usr/bin/python3 python3; do
	"$python" -c 'import botocore' 2>/dev/null || continue
	"$python" -B "$TMPDIR/client.py" >"$TMPDIR/snap"
	versions=$((versions + 1))
done
[ $versions -gt 0 ] || skip "needs the package python3-botocore"
snap=$(cat "$TMPDIR/snap")

# what was written is there for whoever comes by another door
same completed "$(qami describe-snapshots --snapshot-ids "$snap" \
	--output text --query 'Snapshots[0].State')"
qami register-image --name written --root-device-name /dev/sda1 \
	--block-device-mappings \
	"DeviceName=/dev/sda1,Ebs={SnapshotId=$snap}" >/dev/null

# the AWS CLI's own command
head -c 524288 /dev/zero | tr '\0' a >"$TMPDIR/a"
ebs()
{
	aws --endpoint-url "$AWS_ENDPOINT_URL" ebs "$@"
}
id=$(ebs start-snapshot --volume-size 1 --output text --query SnapshotId)
ebs put-snapshot-block --snapshot-id "$id" --block-index 7 \
	--block-data "$TMPDIR/a" --data-length 524288 --checksum \
	"$(openssl dgst -sha256 -binary "$TMPDIR/a" | base64)" \
	--checksum-algorithm SHA256 >/dev/null
ebs complete-snapshot --snapshot-id "$id" --changed-blocks-count 1 >/dev/null
token=$(ebs list-snapshot-blocks --snapshot-id "$id" --output text \
	--query 'Blocks[0].BlockToken')
ebs get-snapshot-block --snapshot-id "$id" --block-index 7 \
	--block-token "$token" "$TMPDIR/back" >/dev/null
cmp "$TMPDIR/a" "$TMPDIR/back"
# and the stranger's: what is another's is not there
eval "$(as 222222222222 env --endpoint-url "$AWS_ENDPOINT_URL")"
fails ResourceNotFoundException ebs list-snapshot-blocks --snapshot-id "$id"
same '' "$(grep -v '^{' "$TMPDIR/served.log" || :)"
