#!/bin/sh
# share-encrypted.sh - an encrypted image goes to another account, for good:
# share-encrypted.sh [DISK-IMAGE]
#
# What is encrypted under an account's default key cannot be shared. A copy
# under a key of its own can, together with a grant on that key; and who has
# copied it under his own key needs neither any more. Uses the store that
# QAMI_STORE names, which keeps the two accounts' keys.
set -eu
cd "$(dirname "$0")/.."
PATH=$PWD/build:$PATH
disk=${1:-$(tests/guest/build tiny)}
alice='qami --account 111111111111'
bob='qami --account 222222222222'
box=
clean_up()
{
	[ -z "$box" ] || $bob rm "$box" || true
	$alice rmi clear mine lent 2>/dev/null || true
	$bob rmi own 2>/dev/null || true
}
trap 'status=$?; clean_up >/dev/null; exit $status' EXIT
trap 'exit 130' INT TERM

# copy WHO IMAGE NAME OPTION… - the id of an encrypted copy, once it is there
copy()
{
	who=$1 from=$2 name=$3
	shift 3
	new=$($who copy-image --source-image-id "$from" --name "$name" \
		--source-region "$region" --encrypted "$@" \
		--query ImageId --output text) || return 1
	$who wait image-available --image-ids "$new"
	echo "$new"
}
refused()
{
	if "$@"; then
		echo "this should have been refused: $*" >&2
		exit 1
	fi
}
region=$($alice describe-regions --query 'Regions[0].RegionName' --output text)
clear=$($alice import "$disk" --name clear)

echo "alice encrypts her image under her default key:"
mine=$(copy "$alice" "$clear" mine)
$alice describe-images --image-ids "$mine" --output text \
	--query 'Images[0].BlockDeviceMappings[0].Ebs.Encrypted'

echo "and may not share that:"
refused $alice modify-image-attribute --image-id "$mine" \
	--launch-permission 'Add=[{UserId=222222222222}]'

echo "so she copies it under a key of her own, which bob may use, too:"
key=$($alice kms create-key --description 'for images that are lent' \
	--query KeyMetadata.KeyId --output text)
lent=$(copy "$alice" "$mine" lent --kms-key-id "$key")
snap=$($alice describe-images --image-ids "$lent" --output text \
	--query 'Images[0].BlockDeviceMappings[0].Ebs.SnapshotId')
$alice modify-image-attribute --image-id "$lent" \
	--launch-permission 'Add=[{UserId=222222222222}]'
$alice modify-snapshot-attribute --snapshot-id "$snap" \
	--create-volume-permission 'Add=[{UserId=222222222222}]'
arn=$($alice kms describe-key --key-id "$key" --query KeyMetadata.Arn \
	--output text)
echo "without a grant it is of no use to bob:"
refused copy "$bob" "$lent" own
$alice kms grant --key-id "$key" --grantee-principal 222222222222 \
	--operations Decrypt DescribeKey >/dev/null
own=$(copy "$bob" "$lent" own)
echo "bob has $own, and alice deletes everything, $arn with it:"
for image in "$lent" "$mine" "$clear"; do
	$alice rmi "$image" >/dev/null
done
$alice kms schedule-deletion --key-id "$key" --pending-window-in-days 7 \
	--query KeyState --output text

echo "bob's copy starts all the same:"
box=$($bob run "$own" --name box)
$bob wait instance-running --instance-ids "$box"
end=$(($(date +%s) + 600))
until $bob logs "$box" 2>/dev/null | grep -q 'qami-guest: ready'; do
	[ "$(date +%s)" -lt "$end" ]
	sleep 0.5
done
$bob describe-volumes --output text --query \
	'Volumes[0].[Encrypted,KmsKeyId]'
