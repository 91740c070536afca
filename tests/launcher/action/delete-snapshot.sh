#!/bin/sh
# delete-snapshot - in any order, and every survivor still holds its bytes; not
# while an image stands on it; by its owner alone
. tests/lib.sh
. tests/snapshot.sh

# five snapshots with changes between them; the first, the third, then others
vol=$(volume --size 1)
for n in 1 2 3 4 5; do
	put "$vol" "0x1$n" "$n"
	put "$vol" "0x2$n" 0
	eval "s$n=$(snap "$vol")"
done
put "$vol" 0x99 0

# survive NUMBER… - these still hold what was there at their call
survive()
{
	local n m

	for n do
		eval "id=\$s$n"
		holds "$id" "0x2$n" 0
		for m in 1 2 3 4 5; do
			[ "$m" -le "$n" ] && holds "$id" "0x1$m" "$m" ||
				holds "$id" 0 "$m"
		done
	done
	look "$vol" 0x99 0
	look "$vol" 0x13 3
}

qami delete-snapshot --snapshot-id "$s1"
fails InvalidSnapshot.NotFound qami describe-snapshots --snapshot-ids "$s1"
fails InvalidSnapshot.NotFound qami delete-snapshot --snapshot-id "$s1"
survive 2 3 4 5
qami delete-snapshot --snapshot-id "$s3"
survive 2 4 5
settled
survive 2 4 5
qami delete-snapshot --snapshot-id "$s5"
qami delete-snapshot --snapshot-id "$s2"
survive 4
settled
survive 4

# its volume is gone, and a volume made of it outlives it
twin=$(volume --snapshot-id "$s4")
qami delete-volume --volume-id "$vol"
holds "$s4" 0x24 0
qami delete-snapshot --snapshot-id "$s4"
look "$twin" 0x24 0
look "$twin" 0x14 4
settled
look "$twin" 0x24 0
qami delete-volume --volume-id "$twin"
settled
same '' "$(ls "$QAMI_STORE/layers")"

# an image stands on it, whoever registered that
ami=$(image alpha)
snap=$(qami describe-images |
	get Images.0.BlockDeviceMappings.0.Ebs.SnapshotId)
fails InvalidSnapshot.InUse qami delete-snapshot --snapshot-id "$snap"
has "The snapshot $snap is currently in use by $ami" "$TMPDIR/err"
fails InvalidSnapshot.InUse qami delete-snapshot --dry-run \
	--snapshot-id "$snap"
qami modify-snapshot-attribute --snapshot-id "$snap" --user-ids 222222222222
fails AuthFailure as 222222222222 delete-snapshot --snapshot-id "$snap"
other=$(as 222222222222 register-image --name other --output text \
	--block-device-mappings \
	"DeviceName=/dev/sda1,Ebs={SnapshotId=$snap}")
qami deregister-image --image-id "$ami"
fails InvalidSnapshot.InUse qami delete-snapshot --snapshot-id "$snap"
same 0 "$(grep -c "$other" "$TMPDIR/err" || :)"
as 222222222222 deregister-image --image-id "$other" >/dev/null
dry qami delete-snapshot --snapshot-id "$snap"
qami modify-snapshot-attribute --snapshot-id "$snap" --operation-type remove \
	--user-ids 222222222222
hidden "$snap" delete-snapshot --snapshot-id "$snap"
qami create-tags --resources "$snap" --tags Key=a,Value=b
qami delete-snapshot --snapshot-id "$snap"
same '[]' "$(qami describe-tags --query Tags)"
fails InvalidSnapshotID.Malformed qami delete-snapshot --snapshot-id snap-1
fails InvalidSnapshot.NotFound qami delete-snapshot \
	--snapshot-id snap-0fedcba9876543210
settled
same '' "$(ls "$QAMI_STORE/layers")"

# a locked one stays
vol=$(volume --size 1)
snap=$(snap "$vol")
qami lock-snapshot --snapshot-id "$snap" --lock-mode governance \
	--lock-duration 1 >"$TMPDIR/answer"
fails OperationNotPermitted qami delete-snapshot --snapshot-id "$snap"
qami unlock-snapshot --snapshot-id "$snap" >"$TMPDIR/answer"
qami delete-snapshot --snapshot-id "$snap"

# a pending one is deleted when it completes
snap=$(snap "$vol")
sql "UPDATE snapshot SET state = 'pending' WHERE id = '$snap'"
qami delete-snapshot --snapshot-id "$snap"
same pending "$(qami describe-snapshots --snapshot-ids "$snap" |
	get Snapshots.0.State)"
fails IncorrectState qami create-volume --availability-zone us-east-1a \
	--snapshot-id "$snap"
fails IncorrectState qami register-image --name early \
	--block-device-mappings "DeviceName=/dev/sda1,Ebs={SnapshotId=$snap}"
