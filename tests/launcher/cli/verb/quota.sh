#!/bin/sh
# quota set, quota list - what an account may have: nothing of it is exceeded,
# however many ask at once; which calls ask, their own tests tell
# (machines run, but nothing boots in them: no need to be alone)
. tests/lib.sh
. tests/snapshot.sh
guests_here

# stands NAME USED LIMIT [OPTION…]
stands()
{
	local name used most

	name=$1
	used=$2
	most=$3
	shift 3
	same "$name $used $most" "$(qami quota list "$@" -o json | python3 -c '
import json, sys
for row in json.load(sys.stdin)["Quotas"]:
    if row["Quota"] == sys.argv[1]:
        print(row["Quota"], row["Used"], row["Limit"])' "$name")"
}

# what can be said
fails MissingParameter qami quota set
for value in many -1 1.5 1234567890123; do
	fails InvalidParameterValue qami quota set --instances="$value"
done
for name in instances vcpus memory storage snapshots; do
	stands $name 0 none
done
qami account create bob >/dev/null
qami quota set --account bob --instances 3 --memory 512
stands instances 0 3 --account bob
stands memory 0 512 --account bob
stands instances 0 none
qami quota set --account bob --instances none
stands instances 0 none --account bob
stands memory 0 512 --account bob
same 10 "$(qami quota list --all | wc -l)"
same 'bob	memory	0	512' "$(qami quota list -a | grep '^bob	memory')"
qami quota set --account bob --memory none

# one account's is not another's, and what grew is counted as it is
qami quota set --storage 5
small=$(volume --size 2)
large=$(volume --size 3)
stands storage 5 5
fails VolumeLimitExceeded volume --size 1
as bob create-volume --size 9 --availability-zone us-east-1a >/dev/null
stands storage 9 none --account bob
qami quota set --storage 6
qami modify-volume --volume-id "$large" --size 4 >/dev/null
stands storage 6 6
fails VolumeLimitExceeded qami modify-volume --volume-id "$small" --size 3

# a limit below what there is takes nothing away
qami quota set --storage 1
stands storage 6 1
qami delete-volume --volume-id "$large"
stands storage 2 1
fails VolumeLimitExceeded volume --size 1
qami delete-volume --volume-id "$small"
volume --size 1 >/dev/null
qami quota set --storage none

# what makes snapshots by other ways
image=$(image one)
qami quota set --snapshots 1
stands snapshots 1 1
fails SnapshotLimitExceeded qami import "$TMPDIR/disk.raw" --name three
fails ServiceQuotaExceededException qami ebs start-snapshot --volume-size 1
stands snapshots 1 1
same 0 "$(sql "SELECT count(*) FROM op WHERE state IN ('intent', 'fired')
	AND kind <> 'tend'")"
qami quota set --snapshots none

# machines: those that are not stopped
qami quota set --instances 1
same 1 "$(qami describe-account-attributes --attribute-names max-instances \
	--output text \
	--query 'AccountAttributes[0].AttributeValues[0].AttributeValue')"
one=$(launch "$image" --instance-type t3.nano)
stands instances 1 1
stands vcpus 2 none
stands memory 512 none
fails InstanceLimitExceeded qami run "$image"
qami stop -f "$one"
stands instances 0 1
stands vcpus 0 none
stands memory 0 none
two=$(launch "$image" --instance-type t3.nano)
fails InstanceLimitExceeded qami start "$one"

# many at once: as many as there is room for, and no more
qami rm "$two" >/dev/null
bob=$(as bob sts get-caller-identity --query Account --output text)
qami modify-image-attribute --image-id "$image" \
	--launch-permission "Add=[{UserId=$bob}]"
qami quota set --account bob --storage 12 --snapshots 2 --instances 1
served
vol=$(as bob describe-volumes | get Volumes.0.VolumeId)
pids=
for n in 1 2 3 4 5 6; do
	as bob create-volume --size 1 --availability-zone us-east-1a \
		>"$TMPDIR/volume.$n" 2>&1 &
	pids="$pids $!"
	as bob create-snapshot --volume-id "$vol" >"$TMPDIR/snap.$n" 2>&1 &
	pids="$pids $!"
done
for pid in $pids; do
	wait "$pid" || :
done
stands storage 12 12 --account bob
stands snapshots 2 2 --account bob
same 3 "$(grep -l VolumeId "$TMPDIR"/volume.? | wc -l)"
same 3 "$(grep -l VolumeLimitExceeded "$TMPDIR"/volume.? | wc -l)"
same 2 "$(grep -l SnapshotId "$TMPDIR"/snap.? | wc -l)"
same 4 "$(grep -l SnapshotLimitExceeded "$TMPDIR"/snap.? | wc -l)"
qami quota set --account bob --storage none
pids=
for n in 1 2 3; do
	as bob run-instances --image-id "$image" --instance-type t3.nano \
		>"$TMPDIR/run.$n" 2>&1 &
	pids="$pids $!"
done
for pid in $pids; do
	wait "$pid" || :
done
stands instances 1 1 --account bob
same 1 "$(grep -l ReservationId "$TMPDIR"/run.? | wc -l)"
same 2 "$(grep -l InstanceLimitExceeded "$TMPDIR"/run.? | wc -l)"
as bob rm "$(as bob ps -q)" >/dev/null
