#!/bin/sh
# deregister-image - the image goes, its snapshot stays, its name is free
. tests/lib.sh
. tests/snapshot.sh

ami=$(image alpha)
snap=$(qami describe-images |
	get Images.0.BlockDeviceMappings.0.Ebs.SnapshotId)
dry qami deregister-image --image-id "$ami"
hidden "$ami" deregister-image --image-id "$ami"
qami modify-image-attribute --image-id "$ami" --user-ids 222222222222
fails AuthFailure as 222222222222 deregister-image --image-id "$ami"
same 1 "$(qami describe-images --query 'length(Images)')"

qami deregister-image --image-id "$ami" >"$TMPDIR/answer"
same '[]' "$(qami describe-images --query Images)"
same '[]' "$(qami describe-images --image-ids "$ami" --query Images)"
same '[]' "$(as 222222222222 describe-images --query Images)"
same completed "$(qami describe-snapshots --snapshot-ids "$snap" |
	get Snapshots.0.State)"
same '[]' "$(qami describe-tags --query Tags --filters \
	Name=resource-id,Values="$ami")"
fails InvalidAMIID.Unavailable qami deregister-image --image-id "$ami"
fails InvalidAMIID.NotFound qami deregister-image \
	--image-id ami-0fedcba9876543210
fails InvalidAMIID.Malformed qami deregister-image --image-id ami-12345
# a stranger cannot tell an image that is gone from one that never was
hidden "$ami" deregister-image --image-id "$ami"
hidden "$ami" describe-images --image-ids "$ami"

image alpha >/dev/null

# a protected one stays
ami=$(image guarded)
qami enable-image-deregistration-protection --image-id "$ami" >"$TMPDIR/answer"
fails OperationNotPermitted qami deregister-image --image-id "$ami"

# kernels go the same way
aki=$(image kernel --kind kernel)
qami deregister-image --image-id "$aki"
fails InvalidAMIID.Unavailable qami deregister-image --image-id "$aki"

# with its snapshots: one's own that no other image needs
vol=$(volume --size 1)
mine=$(snap "$vol")
shared=$(snap "$vol")
lent=$(as 222222222222 create-snapshot --output text --query SnapshotId \
	--volume-id "$(as 222222222222 create-volume --size 1 --output text \
	--availability-zone us-east-1a --query VolumeId)")
as 222222222222 modify-snapshot-attribute --snapshot-id "$lent" \
	--user-ids 123456789012
other=$(qami register-image --name other --output text \
	--block-device-mappings "DeviceName=/dev/sda1,Ebs={SnapshotId=$shared}")
ami=$(qami register-image --name three --output text --block-device-mappings \
	"DeviceName=/dev/sda1,Ebs={SnapshotId=$mine}" \
	"DeviceName=/dev/sdf,Ebs={SnapshotId=$shared}" \
	"DeviceName=/dev/sdg,Ebs={SnapshotId=$lent}" \
	"DeviceName=/dev/sdh,Ebs={SnapshotId=$mine}" \
	DeviceName=/dev/sdb,VirtualName=ephemeral0)
dry qami deregister-image --image-id "$ami" --delete-associated-snapshots
qami deregister-image --image-id "$ami" --delete-associated-snapshots \
	>"$TMPDIR/answer"
same True "$(get Return <"$TMPDIR/answer")"
same '[{"SnapshotId": "'"$mine"'", "ReturnCode": "success"}, '\
'{"SnapshotId": "'"$shared"'", "ReturnCode": "skipped"}, '\
'{"SnapshotId": "'"$lent"'", "ReturnCode": "missing-permissions"}]' \
	"$(get DeleteSnapshotResults <"$TMPDIR/answer")"
fails InvalidSnapshot.NotFound qami describe-snapshots --snapshot-ids "$mine"
same 2 "$(qami describe-snapshots --snapshot-ids "$shared" "$lent" \
	--query 'length(Snapshots)')"
qami deregister-image --image-id "$other" --delete-associated-snapshots \
	>"$TMPDIR/answer"
same success "$(get DeleteSnapshotResults.0.ReturnCode <"$TMPDIR/answer")"
qami deregister-image --image-id "$(image plain)" >"$TMPDIR/answer"
same '{"Return": true}' "$(python3 -c 'import json, sys
print(json.dumps(json.load(sys.stdin)))' <"$TMPDIR/answer")"
settled
