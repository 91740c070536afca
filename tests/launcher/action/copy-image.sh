#!/bin/sh
# copy-image - the image and all of its snapshots, or nothing
. tests/lib.sh
. tests/snapshot.sh

copy()
{
	qami copy-image --source-region us-east-1 --source-image-id "$@"
}
count()
{
	sql "SELECT (SELECT count(*) FROM image) || ' ' ||
		(SELECT count(*) FROM snapshot)"
}
root=$(volume --size 1)
put "$root" 5 0
root=$(snap "$root")
data=$(snap "$(volume --size 2)")
ami=$(qami register-image --name alpha --description first --boot-mode uefi \
	--imds-support v2.0 --output text --block-device-mappings \
	"DeviceName=/dev/sda1,Ebs={SnapshotId=$root,VolumeSize=3}" \
	"DeviceName=/dev/sdf,Ebs={SnapshotId=$data,VolumeSize=8,VolumeType=gp3,Iops=4000}" \
	"DeviceName=/dev/sdg,Ebs={VolumeSize=4,DeleteOnTermination=true}" \
	DeviceName=/dev/sdb,VirtualName=ephemeral0)
qami create-tags --resources "$ami" --tags Key=a,Value=1 Key=b,Value=2
before=$(count)

dry qami copy-image --source-region us-east-1 --source-image-id "$ami" \
	--name beta
# all of its snapshots, or nothing
qami quota set --snapshots $(($(sql 'SELECT count(*) FROM snapshot') + 1))
fails SnapshotLimitExceeded copy "$ami" --name beta
same "$before" "$(count)"
qami quota set --snapshots none
hidden "$ami" copy-image --source-region us-east-1 --source-image-id "$ami" \
	--name beta
fails InvalidAMIID.NotFound copy ami-0fedcba9876543210 --name beta
fails InvalidAMIName.Duplicate copy "$ami" --name alpha
fails InvalidAMIName.Malformed copy "$ami" --name b
fails InvalidKMSKey.NotFound copy "$ami" --name beta --encrypted \
	--kms-key-id alias/x
fails InvalidParameterDependency copy "$ami" --name beta --kms-key-id k
fails InvalidParameterValue qami copy-image --source-region eu-west-1 \
	--source-image-id "$ami" --name beta
fails TagLimitExceeded copy "$ami" --name beta --copy-image-tags \
	--tag-specifications \
	"ResourceType=image,Tags=[$(seq -s , -f '{Key=%g,Value=x}' 49)]"
same "$before" "$(count)"

copy "$ami" --name beta --client-token once --tag-specifications \
	'ResourceType=image,Tags=[{Key=b,Value=3}]' \
	'ResourceType=snapshot,Tags=[{Key=s,Value=4}]' --copy-image-tags \
	>"$TMPDIR/answer"
tests/shape CopyImage "$TMPDIR/answer"
own=$(get ImageId <"$TMPDIR/answer")
same "$own" "$(copy "$ami" --name beta --client-token once \
	--tag-specifications 'ResourceType=image,Tags=[{Key=b,Value=3}]' \
	'ResourceType=snapshot,Tags=[{Key=s,Value=4}]' --copy-image-tags |
	get ImageId)"
fails IdempotentParameterMismatch copy "$ami" --name gamma --client-token once
same "2 4" "$(count)"
members='Images[0].[Architecture, BootMode, ImdsSupport, RootDeviceName,
	RootDeviceType, EnaSupport, BlockDeviceMappings[].[DeviceName,
	VirtualName, Ebs.[VolumeSize, VolumeType, Iops, DeleteOnTermination]]]'
same "$(qami describe-images --image-ids "$ami" --query "$members")" \
	"$(qami describe-images --image-ids "$own" --query "$members")"
qami describe-images --image-ids "$own" >"$TMPDIR/own"
tests/shape DescribeImages "$TMPDIR/own" SourceInstanceId \
	DeregistrationProtection LastLaunchedTime SourceImageId \
	SourceImageRegion
for pair in State=available Public=False SourceImageId="$ami" Name=beta \
	SourceImageRegion=us-east-1 \
	Description="[Copied $ami from us-east-1] alpha"; do
	same "$pair" "${pair%%=*}=$(get "Images.0.${pair%%=*}" <"$TMPDIR/own")"
done
finds 1 describe-images "source-image-id=$ami" source-image-region=us-east-1
same 'a=1 b=3' "$(qami describe-images --image-ids "$own" --output text \
	--query 'Images[0].Tags[].[Key, Value]' | sort | tr '\t\n' '= ' |
	sed 's/ $//')"
snap=$(get Images.0.BlockDeviceMappings.0.Ebs.SnapshotId <"$TMPDIR/own")
[ "$snap" != "$root" ]
qami describe-snapshots --snapshot-ids "$snap" >"$TMPDIR/snap"
same vol-ffffffff "$(get Snapshots.0.VolumeId <"$TMPDIR/snap")"
same s "$(get Snapshots.0.Tags.0.Key <"$TMPDIR/snap")"
get Snapshots.0.Description <"$TMPDIR/snap" | grep -qF \
	"Copied for DestinationAmi $own from SourceAmi $ami"

# of what is shared: both permissions are needed, and none of them is copied
qami modify-image-attribute --image-id "$ami" --user-ids 222222222222
beta()
{
	as 222222222222 copy-image --source-region us-east-1 \
		--source-image-id "$ami" --name beta --copy-image-tags "$@"
}
fails InvalidRequest beta
qami modify-snapshot-attribute --snapshot-id "$root" --user-ids 222222222222
fails InvalidRequest beta
fails InvalidRequest beta --dry-run
same "2 4" "$(count)"
qami modify-snapshot-attribute --snapshot-id "$data" --group-names all
theirs=$(beta --description x | get ImageId)
fails InvalidAMIID.NotFound qami describe-images --image-ids "$theirs"
same x "$(as 222222222222 describe-images --image-ids "$theirs" |
	get Images.0.Description)"
same '[]' "$(as 222222222222 describe-images --image-ids "$theirs" \
	--query 'Images[].Tags[]')"
same '[]' "$(as 222222222222 describe-image-attribute --image-id "$theirs" \
	--attribute launchPermission --query LaunchPermissions)"

# what goes takes nothing of a copy along
qami deregister-image --image-id "$ami" --delete-associated-snapshots \
	>"$TMPDIR/answer"
same 2 "$(grep -c success "$TMPDIR/answer")"
settled
snap=$(as 222222222222 describe-images --image-ids "$theirs" |
	get Images.0.BlockDeviceMappings.0.Ebs.SnapshotId)
is "$(of volume "$(as 222222222222 create-volume --output text \
	--query VolumeId --availability-zone us-east-1a --snapshot-id "$snap")")" \
	5 0
fails InvalidSnapshot.InUse as 222222222222 delete-snapshot \
	--snapshot-id "$snap"

fails InvalidAMIID.Unavailable copy "$ami" --name gamma
qami disable-image --image-id "$own" >"$TMPDIR/answer"
fails InvalidAMIID.Unavailable copy "$own" --name gamma
qami enable-image --image-id "$own" >"$TMPDIR/answer"
fails InvalidAMIID.Malformed copy "$(image kernel --kind kernel)" --name gamma
sql "UPDATE image SET root_device_type = 'instance-store' WHERE id = '$own'"
fails UnsupportedOperation copy "$own" --name gamma
sql "UPDATE image SET root_device_type = 'ebs' WHERE id = '$own';
	UPDATE snapshot SET state = 'error'"
fails IncorrectState copy "$own" --name gamma

# a key that is disabled encrypts nothing
key=$(qami kms create-key --query KeyMetadata.KeyId --output text)
qami kms disable --key-id "$key"
fails InvalidKMSKey.InvalidState qami copy-image --source-region us-east-1 \
	--source-image-id "$(image for-a-key)" --name sealed --encrypted \
	--kms-key-id "$key"
