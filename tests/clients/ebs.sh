#!/bin/sh
# ebs - a disk goes in through EBS direct and boots; what differs between two
# snapshots is what was written: @aws-sdk/client-ebs, and Debian's boto3
# boots guests
. tests/clients/lib.sh

NODE_PATH=$(tests/clients/npm)
export NODE_PATH
endpoint_here
ebs()
{
	node --no-warnings tests/clients/ebs.cjs "$@"
}

cp --sparse=always "$(tests/guest/build tiny)" "$TMPDIR/disk"
chmod u+w "$TMPDIR/disk"
first=$(ebs put "$TMPDIR/disk")
aws ec2 wait snapshot-completed --snapshot-ids "$first"
ami=$(aws ec2 register-image --name uploaded --root-device-name /dev/sda1 \
	--virtualization-type hvm --block-device-mappings \
	"DeviceName=/dev/sda1,Ebs={SnapshotId=$first}" | get ImageId)
i=$(aws ec2 run-instances --image-id "$ami" \
	--user-data '#!/bin/sh
echo "booted from blocks"' | get Instances.0.InstanceId)
says 240 "$i" 'booted from blocks'
aws ec2 terminate-instances --instance-ids "$i" >/dev/null

# blocks 3, 17 and 40 are written over, and only they are said to differ
cp "$TMPDIR/disk" "$TMPDIR/second"
for block in 3 17 40; do
	head -c 100 /dev/urandom | dd of="$TMPDIR/second" bs=1 \
		seek=$((block * 524288 + 1000)) conv=notrunc status=none
done
second=$(ebs put "$TMPDIR/second" "$first" "$TMPDIR/disk")
same '3 17 40' "$(ebs changed "$first" "$second")"
ebs get "$second" "$TMPDIR/back"
truncate -s "$(stat -c %s "$TMPDIR/second")" "$TMPDIR/back"
cmp "$TMPDIR/second" "$TMPDIR/back"

/usr/bin/python3 - "$first" "$second" "$TMPDIR/second" <<'END'
import base64, hashlib, os, sys
import boto3
first, second, disk = sys.argv[1:]
ebs = boto3.client('ebs', endpoint_url=os.environ['AWS_ENDPOINT_URL'])
changed = ebs.list_changed_blocks(FirstSnapshotId=first,
                                  SecondSnapshotId=second)
assert [b['BlockIndex'] for b in changed['ChangedBlocks']] == [3, 17, 40]
data = open(disk, 'rb').read()
for b in changed['ChangedBlocks']:
    got = ebs.get_snapshot_block(SnapshotId=second, BlockIndex=b['BlockIndex'],
                                 BlockToken=b['SecondBlockToken'])
    block = got['BlockData'].read()
    assert block == data[b['BlockIndex'] * 524288:][:524288]
    assert base64.b64decode(got['Checksum']) == hashlib.sha256(block).digest()
try:
    ebs.list_changed_blocks(FirstSnapshotId=first,
                            SecondSnapshotId='snap-0fedcba9876543210')
    sys.exit('of nothing')
except ebs.exceptions.ResourceNotFoundException as e:
    assert e.response['Reason'] == 'SNAPSHOT_NOT_FOUND', e.response
new = ebs.start_snapshot(VolumeSize=1, ClientToken='mine')['SnapshotId']
assert ebs.start_snapshot(VolumeSize=1,
                          ClientToken='mine')['SnapshotId'] == new
ebs.complete_snapshot(SnapshotId=new, ChangedBlocksCount=0)
END
no_faults
