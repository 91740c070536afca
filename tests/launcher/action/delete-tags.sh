#!/bin/sh
# delete-tags - by key, by key and value, or all of a resource's
. tests/lib.sh

ami=$(image alpha)
snap=$(qami describe-images |
	get Images.0.BlockDeviceMappings.0.Ebs.SnapshotId)

# keys RESOURCE - the keys that it has
keys()
{
	qami describe-tags --filters "Name=resource-id,Values=$1" \
		--query 'Tags[].Key' --output text | tr '\t' ' '
}

qami create-tags --resources "$ami" "$snap" --tags Key=a,Value=1 \
	Key=b,Value=2 Key=c,Value= Key=d,Value=4
dry qami delete-tags --resources "$ami"
same 'Name a b c d' "$(keys "$ami")"
qami delete-tags --resources "$ami" --tags Key=a Key=b,Value=3
same 'Name b c d' "$(keys "$ami")"
qami delete-tags --resources "$ami" --tags Key=b,Value=2 Key=missing
same 'Name c d' "$(keys "$ami")"
# an empty value is a value
qami delete-tags --resources "$ami" --tags Key=d,Value= Key=c,Value=
same 'Name d' "$(keys "$ami")"

fails InvalidKeyPair.NotFound qami delete-tags --tags Key=d \
	--resources key-0fedcba9876543210
fails InvalidSnapshot.NotFound qami delete-tags --tags Key=d \
	--resources "$ami" snap-0fedcba9876543210
same 'Name d' "$(keys "$ami")"
same 'a b c d' "$(keys "$snap")"
qami delete-tags --resources "$ami" "$snap"
same '' "$(qami describe-tags --query 'Tags[].Key' --output text)"

fails InvalidID qami delete-tags --resources nonsense
fails InvalidAMIID.NotFound qami delete-tags --resources ami-0fedcba9876543210
fails InvalidInstanceID.NotFound qami delete-tags \
	--resources i-0fedcba9876543210
fails InvalidVolume.NotFound qami delete-tags \
	--resources vol-0fedcba9876543210
hidden "$ami" delete-tags --resources "$ami"
qami modify-image-attribute --image-id "$ami" --user-groups all
fails AuthFailure as 222222222222 delete-tags --resources "$ami"
qami deregister-image --image-id "$ami"
fails InvalidAMIID.Unavailable qami delete-tags --resources "$ami"
