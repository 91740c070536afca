#!/bin/sh
# encrypt - who may do what with encrypted snapshots: the owner, an account that
# they are shared with and a stranger, for each kind of key
. tests/lib.sh
. tests/snapshot.sh

owner=111111111111 grantee=222222222222 stranger=333333333333
key()
{
	as $owner kms create-key --description "$1" \
		--query KeyMetadata.KeyId --output text
}
# made NAME OPTION… - a volume of the owner's with something in it, a snapshot
# of it, and an image over that; sets snap_NAME and ami_NAME
made()
{
	local name vol new

	name=$1
	shift
	vol=$(as $owner create-volume --availability-zone us-east-1a --size 1 \
		--output text --query VolumeId "$@")
	new=$(as $owner create-snapshot --output text --query SnapshotId \
		--volume-id "$vol")
	eval "snap_$name=$new"
	eval "ami_$name=$(as $owner register-image --name "$name" \
		--root-device-name /dev/sda1 --output text --query ImageId \
		--block-device-mappings \
		"DeviceName=/dev/sda1,Ebs={SnapshotId=$new}")"
}
lend()
{
	as $owner modify-snapshot-attribute --snapshot-id "$1" \
		--create-volume-permission "Add=[{UserId=$grantee}]"
	as $owner modify-image-attribute --image-id "$2" \
		--launch-permission "Add=[{UserId=$grantee}]"
}
granted=$(key granted)
alone=$(key alone)
disabled=$(key disabled)
made plain
made default --encrypted
made granted --encrypted --kms-key-id "$granted"
made alone --encrypted --kms-key-id "$alone"
made disabled --encrypted --kms-key-id "$disabled"
for name in plain granted alone disabled; do
	eval "lend \$snap_$name \$ami_$name"
done
for k in "$granted" "$disabled"; do
	as $owner kms grant --key-id "$k" --grantee-principal $grantee \
		--operations Decrypt >/dev/null
done
as $owner kms disable --key-id "$disabled"

# says COMMAND… - the code that a call fails with, "ok" when it would succeed
says()
{
	if "$@" >"$TMPDIR/out" 2>"$TMPDIR/err"; then
		echo ok
	else
		sed -n 's/.*error occurred (\([^)]*\)).*/\1/
			s/DryRunOperation/ok/; /./p' "$TMPDIR/err"
	fi
}
describe()
{
	says as "$1" describe-snapshots --snapshot-ids "$2"
}
volume_of()
{
	says as "$1" create-volume --availability-zone us-east-1a \
		--snapshot-id "$2" --dry-run
}
copy()
{
	says as "$1" copy-snapshot --source-region us-east-1 \
		--source-snapshot-id "$2" --dry-run
}
launch_of()
{
	says as "$1" run-instances --image-id "$3" --dry-run
}
share()
{
	says as "$1" modify-snapshot-attribute --snapshot-id "$2" --dry-run \
		--create-volume-permission 'Add=[{UserId=444444444444}]'
}
publish()
{
	says as "$1" modify-snapshot-attribute --snapshot-id "$2" --dry-run \
		--force --create-volume-permission 'Add=[{Group=all}]'
}
none=InvalidSnapshot.NotFound image=InvalidAMIID.NotFound
state=InvalidKMSKey.InvalidState unkeyed=InvalidKMSKey.NotFound
never=OperationNotPermitted denied=AuthFailure
# row ACCOUNT WHAT PLAIN DEFAULT GRANTED ALONE DISABLED
row()
{
	local who what name

	who=$1 what=$2
	shift 2
	for name in plain default granted alone disabled; do
		eval "same '$who $what $name: $1' \
			\"$who $what $name: \$($what $who \
			\$snap_$name \$ami_$name)\""
		shift
	done
}
row $owner describe ok ok ok ok ok
row $owner volume_of ok ok ok ok $state
row $owner copy ok ok ok ok $state
row $owner launch_of ok ok ok ok $state
row $owner share ok $never ok ok ok
row $owner publish ok $never $never $never $never
row $grantee describe ok $none ok ok ok
row $grantee volume_of ok $none ok $unkeyed $state
row $grantee copy ok $none ok $unkeyed $state
row $grantee launch_of ok $image ok $unkeyed $state
row $grantee share $denied $none $denied $denied $denied
row $grantee publish $denied $none $denied $denied $denied
for what in describe volume_of copy share publish; do
	row $stranger $what $none $none $none $none $none
done
row $stranger launch_of $image $image $image $image $image

# images are shared as far as their snapshots may be
fails OperationNotPermitted as $owner modify-image-attribute \
	--image-id "$ami_default" --launch-permission 'Add=[{UserId=222222222222}]'
fails OperationNotPermitted as $owner modify-image-attribute \
	--image-id "$ami_granted" --launch-permission 'Add=[{Group=all}]'
same True "$(as $owner describe-images --image-ids "$ami_granted" --output text \
	--query 'Images[0].BlockDeviceMappings[0].Ebs.Encrypted')"
same 4 "$(as $owner describe-images --filters Name=block-device-mapping.encrypted,Values=true \
	--output json --query 'length(Images)')"
fails UnsupportedOperation as $owner register-image --name other \
	--root-device-name /dev/sda1 --block-device-mappings \
	"DeviceName=/dev/sda1,Ebs={SnapshotId=$snap_plain,Encrypted=true}"

# a grant that is taken back, and a key that is enabled again, take effect
id=$(as $owner kms list-grants --key-id "$granted" \
	--query 'Grants[0].GrantId' --output text)
as $owner kms revoke --key-id "$granted" --grant-id "$id"
same $unkeyed "$(volume_of $grantee "$snap_granted")"
as $owner kms enable --key-id "$disabled"
same ok "$(volume_of $grantee "$snap_disabled")"

# what is made of an encrypted snapshot is encrypted: under its key for the
# owner, under the caller's default key for others, under any that is named
arn()
{
	as "$1" describe-volumes --volume-ids "$2" --output text \
		--query 'Volumes[0].KmsKeyId'
}
vol=$(as $owner create-volume --availability-zone us-east-1a --output text \
	--query VolumeId --snapshot-id "$snap_alone")
same "arn:aws:kms:us-east-1:$owner:key/$alone" "$(arn $owner "$vol")"
vol=$(as $owner create-volume --availability-zone us-east-1a --output text \
	--query VolumeId --snapshot-id "$snap_alone" --encrypted \
	--kms-key-id "$granted")
same "arn:aws:kms:us-east-1:$owner:key/$granted" "$(arn $owner "$vol")"
vol=$(as $grantee create-volume --availability-zone us-east-1a --output text \
	--query VolumeId --snapshot-id "$snap_disabled")
key=$(arn $grantee "$vol")
same "arn:aws:kms:us-east-1:$grantee:key" "${key%/*}"
fails InvalidParameterValue as $owner create-volume --no-encrypted \
	--availability-zone us-east-1a --snapshot-id "$snap_alone"
fails InvalidParameterDependency as $owner create-volume --size 1 \
	--availability-zone us-east-1a --kms-key-id "$alone"

# by default, too, where an account wants that
as $grantee enable-ebs-encryption-by-default >"$TMPDIR/out"
vol=$(as $grantee create-volume --availability-zone us-east-1a --size 1 \
	--output text --query VolumeId)
same "$key" "$(arn $grantee "$vol")"
# … what is written block by block as well
printf hello >"$TMPDIR/disk.raw"
new=$(QAMI_ACCOUNT=$grantee examples/upload-disk "$TMPDIR/disk.raw")
same "True $key" "$(as $grantee describe-snapshots --snapshot-ids "$new" \
	--output text --query 'Snapshots[0].[Encrypted,KmsKeyId]' | tr '\t' ' ')"
token=$(as $grantee ebs list-snapshot-blocks --snapshot-id "$new" \
	--output text --query 'Blocks[0].BlockToken')
as $grantee ebs get-snapshot-block --snapshot-id "$new" --block-index 0 \
	--block-token "$token" "$TMPDIR/block" >"$TMPDIR/out"
same hello "$(head -c 5 "$TMPDIR/block")"
same '' "$(grep -lraF hello "$QAMI_STORE/layers" || :)"
qami fsck
