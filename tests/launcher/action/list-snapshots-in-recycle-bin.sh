#!/bin/sh
# list-snapshots-in-recycle-bin - what is there is nowhere else, and of no use
. tests/lib.sh
. tests/snapshot.sh
. tests/rbin.sh

rule EBS_SNAPSHOT 7 >"$TMPDIR/id"
vol=$(volume --size 1)
snap=$(snap "$vol" --description nightly)
qami create-tags --resources "$snap" --tags Key=Name,Value=n
qami modify-snapshot-attribute --snapshot-id "$snap" --user-ids 222222222222
dry qami delete-snapshot --snapshot-id "$snap"
same '' "$(binned snapshots)"
qami delete-snapshot --snapshot-id "$snap"
qami list-snapshots-in-recycle-bin >"$TMPDIR/all"
for pair in SnapshotId="$snap" Description=nightly VolumeId="$vol"; do
	same "$pair" \
		"${pair%%=*}=$(get "Snapshots.0.${pair%%=*}" <"$TMPDIR/all")"
done
same "$(get Snapshots.0.RecycleBinExitTime <"$TMPDIR/all")" "$(date -u -d \
	"$(get Snapshots.0.RecycleBinEnterTime <"$TMPDIR/all") + 7 days" \
	+%FT%T.%6N+00:00)"

# it is marked, and hidden from everything else
same 'aws:recycle-bin:resource-in-bin=true Name=n' "$(qami describe-tags \
	--filters Name=resource-id,Values="$snap" --output text \
	--query 'Tags[].[join(`=`, [Key, Value])] | []' | tr '\t' ' ' |
	awk '{ print ($1 ~ /^aws/) ? $1 " " $2 : $2 " " $1 }')"
for who in 123456789012 222222222222; do
	same '[]' "$(as $who describe-snapshots --query Snapshots)"
	same '' "$(as $who snaps -q)"
	fails InvalidSnapshot.NotFound as $who describe-snapshots \
		--snapshot-ids "$snap"
	for verb in "create-volume --availability-zone us-east-1a" \
		delete-snapshot "modify-snapshot-attribute --user-ids \
		333333333333" "lock-snapshot --lock-mode governance \
		--lock-duration 1" "describe-snapshot-attribute \
		--attribute createVolumePermission" reset-snapshot-attribute \
		"copy-snapshot --source-region us-east-1 \
		--source-snapshot-id $snap"; do
		case $verb in
		*source*) option= ;;
		*) option="--snapshot-id $snap" ;;
		esac
		[ "$verb" != reset-snapshot-attribute ] ||
			option="$option --attribute createVolumePermission"
		# shellcheck disable=SC2086
		fails InvalidSnapshot.NotFound as $who $verb $option
	done
done

# its tags alone may be changed, but for the one that says where it is
tags()
{
	qami describe-tags --output text --filters \
		"Name=resource-id,Values=$snap" --query 'Tags[].Key' |
		tr '\t' ' '
}
qami create-tags --resources "$snap" --tags Key=a,Value=b
same 'Name a aws:recycle-bin:resource-in-bin' "$(tags)"
fails InvalidParameterValue qami delete-tags --resources "$snap" \
	--tags Key=aws:recycle-bin:resource-in-bin
qami delete-tags --resources "$snap"
same aws:recycle-bin:resource-in-bin "$(tags)"
qami create-tags --resources "$snap" --tags \
	$(for n in $(seq 50); do printf 'Key=k%d,Value=1 ' "$n"; done)
qami delete-tags --resources "$snap"
hidden "$snap" create-tags --resources "$snap" --tags Key=a,Value=b
fails InvalidSnapshot.NotFound qami register-image --name other \
	--block-device-mappings "DeviceName=/dev/sda1,Ebs={SnapshotId=$snap}"
fails ResourceNotFoundException qami ebs list-snapshot-blocks \
	--snapshot-id "$snap"

# strangers, ids, pages
fails InvalidSnapshot.NotFound qami list-snapshots-in-recycle-bin \
	--snapshot-ids snap-0fedcba9876543210
hidden "$snap" list-snapshots-in-recycle-bin --snapshot-ids "$snap"
same '[]' "$(as 222222222222 list-snapshots-in-recycle-bin --query Snapshots)"
fails InvalidSnapshot.NotFound qami list-snapshots-in-recycle-bin \
	--snapshot-ids "$(snap "$vol")"
for n in 1 2 3 4 5; do
	last=$(snap "$vol")
	qami delete-snapshot --snapshot-id "$last"
done
token=$(qami list-snapshots-in-recycle-bin --max-results 5 | get NextToken)
same "$last" "$(qami list-snapshots-in-recycle-bin --max-results 5 \
	--next-token "$token" | get Snapshots.0.SnapshotId)"
fails InvalidNextToken as 222222222222 list-snapshots-in-recycle-bin \
	--max-results 5 --next-token "$token"
fails InvalidParameterValue qami list-snapshots-in-recycle-bin --max-results 4
dry qami list-snapshots-in-recycle-bin

# one that is pending is kept when it completes, one in error is not
snap=$(snap "$vol")
sql "UPDATE snapshot SET state = 'error' WHERE id = '$snap'"
qami delete-snapshot --snapshot-id "$snap"
same 0 "$(sql "SELECT count(*) FROM snapshot WHERE id = '$snap'")"
snap=$(qami ebs start-snapshot --volume-size 1 --output text \
	--query SnapshotId)
qami delete-snapshot --snapshot-id "$snap"
fails InvalidSnapshot.NotFound qami list-snapshots-in-recycle-bin \
	--snapshot-ids "$snap"
qami ebs complete-snapshot --snapshot-id "$snap" --changed-blocks-count 0 \
	>"$TMPDIR/answer"
for try in $(seq 600); do
	! qami list-snapshots-in-recycle-bin --snapshot-ids "$snap" \
		>"$TMPDIR/out" 2>&1 || break
	sleep 0.1
done
same "$snap" "$(get Snapshots.0.SnapshotId <"$TMPDIR/out")"
