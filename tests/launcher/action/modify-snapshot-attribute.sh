#!/bin/sh
# modify-snapshot-attribute - lending in both of its forms, and what whoever has
# it may do
. tests/lib.sh
. tests/snapshot.sh

vol=$(volume --size 1)
put "$vol" 0x77 3
snap=$(snap "$vol" --tag-specifications \
	'ResourceType=snapshot,Tags=[{Key=secret,Value=mine}]')

# may NUMBER… - exactly these (and the owner) have the permission
may()
{
	same "$*" "$(qami describe-snapshot-attribute --snapshot-id "$snap" \
		--attribute createVolumePermission \
		--query 'CreateVolumePermissions[].[UserId||Group]' \
		--output text | tr '\n' ' ' | sed 's/ $//')"
}

change()
{
	qami modify-snapshot-attribute --snapshot-id "$snap" "$@"
}

# sees ACCOUNT COUNT [OPTION…] - so many snapshots are listed for it
sees()
{
	local account wanted

	account=$1
	wanted=$2
	shift 2
	same "$wanted of $*" "$(as "$account" describe-snapshots "$@" \
		--query 'length(Snapshots)') of $*"
}

# the structure, and what it opens
sees 222222222222 0
hidden "$snap" create-volume --snapshot-id "$snap" \
	--availability-zone us-east-1a
change --create-volume-permission \
	'Add=[{UserId=222222222222},{UserId=333333333333}]'
change --create-volume-permission 'Add=[{UserId=222222222222}]'
may 222222222222 333333333333
for who in 222222222222 333333333333; do
	sees $who 1
	sees $who 1 --restorable-by-user-ids self
	sees $who 1 --owner-ids 123456789012
	sees $who 0 --owner-ids self
	sees $who 0 --restorable-by-user-ids all
	sees $who 1 --snapshot-ids "$snap"
done
sees 444444444444 0
sees 123456789012 1 --restorable-by-user-ids 222222222222
sees 123456789012 0 --restorable-by-user-ids 444444444444
# tags are their owner's alone
same 0 "$(as 222222222222 describe-snapshots | grep -c mine || :)"
sees 222222222222 0 --filters Name=tag:secret,Values=mine
twin=$(as 222222222222 create-volume --availability-zone us-east-1a \
	--snapshot-id "$snap" --output text --query VolumeId)
look "$twin" 0x77 3
as 222222222222 register-image --name lent --block-device-mappings \
	"DeviceName=/dev/sda1,Ebs={SnapshotId=$snap}" >/dev/null

# who may use it may not change it
for verb in 'modify-snapshot-attribute --user-ids 444444444444' \
	'reset-snapshot-attribute --attribute createVolumePermission' \
	'describe-snapshot-attribute --attribute createVolumePermission' \
	delete-snapshot; do
	fails AuthFailure as 222222222222 $verb --snapshot-id "$snap"
done
may 222222222222 333333333333

# for all
rules=$(awk '/define DISK_SCAN_RULES/ { print $3 }' launcher/domain/domain.h)
sql "INSERT INTO scan SELECT layer, $rules, 1, '{\"Findings\":[{\"Partition\":
	\"/dev/sda\",\"Kind\":\"unread:no-file-system\",\"Path\":\"\"}],
	\"More\":0}' FROM snapshot WHERE id = '$snap'"
fails OperationNotPermitted change --group-names all
has 'not made public: 1 finding on its disk, the first unread:' "$TMPDIR/err"
has "See: qami scan-snapshot $snap" "$TMPDIR/err"
fails OperationNotPermitted change --group-names all --dry-run
may 222222222222 333333333333
change --attribute ' CreateVolumePermission ' --operation-type add \
	--group-names all --force
change --group-names all
change --create-volume-permission 'Remove=[{UserId=333333333333}]'
may 222222222222 all
sees 444444444444 1 --restorable-by-user-ids all
sees 123456789012 1 --restorable-by-user-ids all
change --attribute createVolumePermission --operation-type remove \
	--group-names all
may 222222222222
sees 444444444444 0
change --operation-type add --user-ids 333333333333 \
	--create-volume-permission 'Add=[{UserId=333333333333}]'
may 222222222222 333333333333

# what is wrong changes nothing
fails InvalidAMIAttributeItemValue change --create-volume-permission \
	'Add=[{UserId=444444444444},{UserId=12}]'
fails InvalidAMIAttributeItemValue change --create-volume-permission \
	'Add=[{Group=everyone}]'
fails InvalidAMIAttributeItemValue change --group-names self
fails InvalidAMIAttributeItemValue change --create-volume-permission 'Add=[{}]'
fails InvalidParameterCombination change
fails InvalidParameterCombination change --create-volume-permission \
	'Add=[{Group=all}],Remove=[{UserId=222222222222}]'
fails UnsupportedOperation change --attribute productCodes --user-ids \
	444444444444
fails InvalidParameterValue change --user-ids $(seq 100000000001 100000000501)
change --user-ids $(seq 100000000001 100000000500)
same 502 "$(qami describe-snapshot-attribute --snapshot-id "$snap" \
	--attribute createVolumePermission \
	--query 'length(CreateVolumePermissions)')"
change --operation-type remove --user-ids $(seq 100000000001 100000000500)
fails InvalidSnapshot.NotFound qami modify-snapshot-attribute \
	--snapshot-id snap-0fedcba9876543210 --group-names all
fails InvalidSnapshotID.Malformed qami modify-snapshot-attribute \
	--snapshot-id snap-1 --group-names all
dry change --group-names all --force
fails InvalidAMIAttributeItemValue change --user-ids 12 --dry-run
may 222222222222 333333333333

# blocked, it becomes public to nobody
qami enable-snapshot-block-public-access --state block-new-sharing >/dev/null
fails OperationNotPermitted change --group-names all --force
may 222222222222 333333333333
qami disable-snapshot-block-public-access >/dev/null

# taken back, a volume that was made stays, and the snapshot is as if never seen
change --operation-type remove --user-ids 222222222222
hidden "$snap" modify-snapshot-attribute --snapshot-id "$snap" \
	--group-names all
hidden "$snap" describe-snapshots --snapshot-ids "$snap"
hidden "$snap" create-volume --snapshot-id "$snap" \
	--availability-zone us-east-1a
look "$twin" 0x77 3

# what is encrypted is never public, and under the default key nobody else's
vol=$(qami create-volume --size 1 --availability-zone us-east-1a --encrypted |
	get VolumeId)
snap=$(qami create-snapshot --volume-id "$vol" | get SnapshotId)
for whom in --group-names=all --user-ids=222222222222; do
	fails OperationNotPermitted qami modify-snapshot-attribute \
		--snapshot-id "$snap" --attribute createVolumePermission \
		--operation-type add "${whom%=*}" "${whom#*=}"
done
