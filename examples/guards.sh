#!/bin/sh
# guards.sh - what keeps an image and its snapshot from being lost: guards.sh
#
# Protection and a lock refuse to delete them; the recycle bin gives back what
# was deleted all the same, until its time is over. Days pass on the store's own
# clock. The store is a directory of the script's own, which it removes.
set -eu
cd "$(dirname "$0")/.."
PATH=$PWD/build:$PATH
work=$(mktemp -d "${TMPDIR:-/var/tmp}/qami-guards.XXXXXX")
export QAMI_STORE="$work/store"
trap 'until rm -rf "$work" 2>/dev/null; do sleep 0.2; done' EXIT
trap 'exit 130' INT TERM
qami clock freeze >/dev/null

# attempt WORD… - runs a command, and says how it went
attempt()
{
	if qami "$@" >"$work/out" 2>&1; then
		echo "$1: done"
	else
		sed -n "s/.*(\([A-Za-z.]*\)) when calling.*/$1: \1/p" "$work/out"
	fi
}

truncate -s 64M "$work/disk.raw"
image=$(qami import "$work/disk.raw" --name golden)
snap=$(qami describe-images --image-ids "$image" --output text \
	--query 'Images[0].BlockDeviceMappings[0].Ebs.SnapshotId')

echo '-- protected for a day longer than anybody wants'
attempt enable-image-deregistration-protection --image-id "$image" \
	--with-cooldown
attempt disable-image-deregistration-protection --image-id "$image"
attempt deregister-image --image-id "$image"
qami clock forward 24h >/dev/null

echo '-- deregistered with its snapshots, and back from the recycle bin'
for type in EC2_IMAGE EBS_SNAPSHOT; do
	qami rbin create-rule --resource-type $type --retention-period \
		RetentionPeriodValue=7,RetentionPeriodUnit=DAYS >/dev/null
done
attempt deregister-image --image-id "$image" --delete-associated-snapshots
attempt run-instances --image-id "$image"
qami clock forward 6d >/dev/null
attempt restore-image-from-recycle-bin --image-id "$image"
attempt restore-snapshot-from-recycle-bin --snapshot-id "$snap"
attempt restore-image-from-recycle-bin --image-id "$image"
qami images

echo '-- its snapshot is locked for a month'
attempt lock-snapshot --snapshot-id "$snap" --lock-mode compliance \
	--lock-duration 30 --cool-off-period 2
qami clock forward 2h >/dev/null
attempt unlock-snapshot --snapshot-id "$snap"
qami deregister-image --image-id "$image" --delete-associated-snapshots \
	--output text --query 'DeleteSnapshotResults[].ReturnCode'
attempt delete-snapshot --snapshot-id "$snap"
qami clock forward 30d >/dev/null

echo '-- gone for good when the lock and the retention are over'
attempt delete-snapshot --snapshot-id "$snap"
qami clock forward 7d >/dev/null
attempt restore-snapshot-from-recycle-bin --snapshot-id "$snap"
attempt restore-image-from-recycle-bin --image-id "$image"
qami gc >/dev/null
ls "$QAMI_STORE/layers"
