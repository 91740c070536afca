#!/bin/sh
# 2-ebs-advanced.sh - five features of EBS snapshots through boto3, walked
#
# 2-ebs-advanced.sh [DISK-IMAGE]: a machine writes to two disks at once, and
# the program beside this one, which knows boto3 and no qami, does the rest at
# the endpoint. Wants python3-boto3.
set -eu
cd "$(dirname "$0")/../.."
. examples/seeds/walk.sh
disk=${1:-$(tests/guest/build tiny)}

qami import "$disk" --name linux >/dev/null
qami run linux --name db -t t2.nano \
	--block-device-mappings '[
		{"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 1}},
		{"DeviceName": "/dev/sdg", "Ebs": {"VolumeSize": 1}}]' \
	--user-data '#!/bin/sh
n=0
while :; do
	n=$((n + 1))
	echo "first $n" | dd of=/dev/vdb conv=sync,fsync,notrunc 2>/dev/null
	echo "second $n" | dd of=/dev/vdc conv=sync,fsync,notrunc 2>/dev/null
	[ $n != 3 ] || echo "the database writes" >/dev/console
	sleep 0.2
done' >/dev/null
head -c 16M /dev/urandom >"$walk/data.raw"
cold=$(qami import-snapshot --disk-container \
	"File=$walk/data.raw,Format=raw" --output text \
	--query SnapshotTaskDetail.SnapshotId)
QAMI_ARCHIVE_DELAY=48 QAMI_FILL_RATE=4 serve
until_it_says 'the database writes' qami logs db
python3 examples/seeds/2-ebs-advanced.py "$(qami ps -q)" "$cold"
