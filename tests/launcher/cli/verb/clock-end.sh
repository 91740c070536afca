#!/bin/sh
# clock set to the last days that have a date - what would be later than the year
# 9999 is refused where it is asked for, and its end where it is worked out
. tests/lib.sh
. tests/snapshot.sh
. tests/stored.sh
. tests/tier.sh

# last VERB… - the date that a query gives is the last one
last()
{
	case $(qami "$@" --output text) in
	9999-12-31T23:59:59*) ;;
	*)
		echo "not the end of the year 9999: qami $*" >&2
		qami "$@" --output text >&2
		return 1
		;;
	esac
}

qami clock freeze >"$TMPDIR/out"
qami clock set 9999-12-20T00:00:00Z >"$TMPDIR/out"
ami=$(image last)
vol=$(volume --size 1)
put "$vol" 1 0
one=$(snap "$vol")
two=$(snap "$vol")

# a lock, by its days and by its date
for days in 12 36500; do
	fails InvalidParameterValue qami lock-snapshot --snapshot-id "$one" \
		--lock-mode governance --lock-duration $days
	has 'would outlast the year 9999' "$TMPDIR/err"
done
fails InvalidParameterValue qami lock-snapshot --snapshot-id "$one" \
	--lock-mode governance --expiration-date 10000-01-01T00:00:00Z
qami lock-snapshot --snapshot-id "$one" --lock-mode compliance \
	--lock-duration 11 --cool-off-period 72 >"$TMPDIR/out"
same '9999-12-31T00:00:00+00:00 9999-12-23T00:00:00+00:00' "$(qami \
	describe-locked-snapshots --output text --query \
	'Snapshots[0].[LockExpiresOn,CoolOffPeriodExpiresOn]' | tr '\t' ' ')"
qami unlock-snapshot --snapshot-id "$one" >"$TMPDIR/out"
last lock-snapshot --snapshot-id "$one" --lock-mode compliance \
	--cool-off-period 1 --expiration-date 9999-12-31T23:59:59Z \
	--query LockExpiresOn
qami unlock-snapshot --snapshot-id "$one" >"$TMPDIR/out"

# an image's deprecation is rounded, and a public one's is two years away
fails InvalidParameterValue qami enable-image-deprecation --image-id "$ami" \
	--deprecate-at 10000-01-01T00:00:00Z
qami enable-image-deprecation --image-id "$ami" \
	--deprecate-at 9999-12-31T23:59:59Z >"$TMPDIR/out"
deprecated="--image-ids $ami --query Images[0].DeprecationTime"
same 9999-12-31T23:59:00.000Z "$(qami describe-images $deprecated \
	--output text)"
qami disable-image-deprecation --image-id "$ami" >"$TMPDIR/out"
qami modify-image-attribute --image-id "$ami" --user-groups all --force
last describe-images $deprecated

# a restore's days, the recycle bin's, a key's
archive "$two"
unarchive "$two" 180
last describe-snapshot-tier-status \
	--query "SnapshotTierStatuses[?SnapshotId=='$two'] | [0].RestoreExpiryTime"
qami rbin create-rule --resource-type EBS_SNAPSHOT --retention-period \
	RetentionPeriodValue=365,RetentionPeriodUnit=DAYS >"$TMPDIR/out"
qami delete-snapshot --snapshot-id "$one"
last list-snapshots-in-recycle-bin --query 'Snapshots[0].RecycleBinExitTime'
key=$(qami kms create-key --query KeyMetadata.KeyId --output text)
last kms schedule-key-deletion --key-id "$key" --pending-window-in-days 30 \
	--query DeletionDate
