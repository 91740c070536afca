#!/bin/sh
# Why work that went on after an answer failed is told to accounts without the
# host's paths, and whole to who owns the store: of snapshots and their tiers,
# volumes, images, tasks of all kinds, and groups.
. tests/clients/lib.sh
. tests/snapshot.sh
. tests/stored.sh
. tests/tier.sh

# shows - what each kind says, by the store's owner
shows()
{
	qami describe-snapshots --snapshot-ids "$one" --query \
		'Snapshots[].StateMessage' --output text
	qami describe-volumes-modifications --output text \
		--query 'VolumesModifications[].StatusMessage'
	qami describe-images --image-ids "$ami" --output text \
		--query 'Images[].StateReason.Message'
	qami describe-export-image-tasks --output text \
		--query 'ExportImageTasks[].StatusMessage'
	qami describe-store-image-tasks --output text \
		--query 'StoreImageTaskResults[].StoreTaskFailureReason'
	qami describe-bundle-tasks --output text \
		--query 'BundleTasks[].BundleTaskError.Message'
	qami autoscaling describe-scaling-activities --output text \
		--include-deleted-groups --query 'Activities[].StatusMessage'
}

ami=$(image restored)
vol=$(volume --size 1)
put "$vol" 1 0
one=$(snap "$vol")
put "$vol" 2 1
two=$(snap "$vol")
qami modify-volume --volume-id "$vol" --size 2 >"$TMPDIR/out"
settled
why='cannot open /srv/hidden/layers/layer-0123456789abcdef0.qcow2: no'
sql "UPDATE snapshot SET state = 'error', message = '$why' WHERE id = '$one';
UPDATE modification SET state = 'failed', message = '$why';
UPDATE image SET state = 'failed' WHERE id = '$ami';
INSERT INTO image_task (id, kind, owner, image, bucket, key, request, state,
	code, message, started, updated)
SELECT kind || '-ami-0123456789abcdef0', kind, '123456789012', '$ami', 'b',
	'k', '{}', 'failed', 'InternalError', '$why', 1, unixepoch() * 1000000
FROM (SELECT 'store' AS kind UNION SELECT 'restore' UNION SELECT 'export');
INSERT INTO bundle_task (id, owner, instance, bucket, prefix, state,
	error_code, error_message, started, updated)
VALUES ('bun-1', '123456789012', 'i-0123456789abcdef0', 'b', 'p', 'failed',
	'Server.InternalError', '$why', 1, unixepoch() * 1000000);
INSERT INTO scaling_activity (id, owner, scaling_group, group_name, kind,
	cause, state, message, started, ended)
VALUES ('a', '123456789012', 'g', 'g', 'launch', 'c', 'Failed', '$why', 1,
	unixepoch() * 1000000)"
# one that fails of itself
archive "$two"
file=$(object_of "$two")
mv "$file" "$TMPDIR/object"
ln -s "$TMPDIR/object" "$file"
qami restore-snapshot-tier --snapshot-id "$two" --permanent-restore \
	>"$TMPDIR/out"
tiered "$two" permanent-restore-failed
tier_says "$two" LastTieringOperationStatusDetail >"$TMPDIR/tier"
has "$file" "$TMPDIR/tier"

# and a call that is refused at once
put "$vol" 3 0
third=$(snap "$vol")
QAMI_ARCHIVE=$TMPDIR/away
export QAMI_ARCHIVE
fails Unavailable qami modify-snapshot-tier --snapshot-id "$third"
has "$QAMI_ARCHIVE" "$TMPDIR/err"

shows >"$TMPDIR/whole"
same "7 of $why" "$(grep -cF "$why" "$TMPDIR/whole") of $why"
endpoint_here
# by the server, too
shows | cmp "$TMPDIR/whole"
! AWS_MAX_ATTEMPTS=1 aws ec2 modify-snapshot-tier --snapshot-id "$third" \
	--storage-tier archive >"$TMPDIR/out" 2>"$TMPDIR/refused"
has 'QAMI_ARCHIVE' "$TMPDIR/refused"
has '(a file of the host)' "$TMPDIR/refused"
! grep -F "$QAMI_ARCHIVE" "$TMPDIR/refused"
/usr/bin/python3 - "$one" "$two" "$ami" "$QAMI_STORE" <<'PYTHON'
import os
import sys

import boto3

one, two, ami, store = sys.argv[1:]
url = os.environ['AWS_ENDPOINT_URL']
ec2 = boto3.client('ec2', endpoint_url=url)
groups = boto3.client('autoscaling', endpoint_url=url)
said = [
    ec2.describe_snapshots(SnapshotIds=[one])['Snapshots'][0]['StateMessage'],
    ec2.describe_volumes_modifications()['VolumesModifications'][0][
        'StatusMessage'],
    ec2.describe_images(ImageIds=[ami])['Images'][0]['StateReason']['Message'],
    ec2.describe_export_image_tasks()['ExportImageTasks'][0]['StatusMessage'],
    ec2.describe_store_image_tasks()['StoreImageTaskResults'][0][
        'StoreTaskFailureReason'],
    ec2.describe_bundle_tasks()['BundleTasks'][0]['BundleTaskError'][
        'Message'],
    groups.describe_scaling_activities(IncludeDeletedGroups=True)[
        'Activities'][0]['StatusMessage'],
]
for text in said:
    assert 'cannot open layer-0123456789abcdef0.qcow2: no' in text, text
    assert '/' not in text, text
tier, = [tier for tier in ec2.describe_snapshot_tier_status()[
    'SnapshotTierStatuses'] if tier['SnapshotId'] == two]
text = tier['LastTieringOperationStatusDetail']
assert 'object arc-' in text and store not in text, text
PYTHON
