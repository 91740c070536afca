#!/bin/sh
# describe-images - who sees which images: ids, owners, filters and pages
. tests/lib.sh

a=$(image alpha --description 'a [b] *')
b=$(image beta --boot-mode uefi)
snap=$(qami describe-images --image-ids "$a" |
	get Images.0.BlockDeviceMappings.0.Ebs.SnapshotId)
qami describe-images --image-ids "$a" >"$TMPDIR/a"
for pair in Name=alpha State=available OwnerId=123456789012 Public=False \
	Architecture=x86_64 ImageType=machine RootDeviceType=ebs \
	RootDeviceName=/dev/sda1 VirtualizationType=hvm \
	ImageLocation=123456789012/alpha EnaSupport=True \
	BlockDeviceMappings.0.DeviceName=/dev/sda1 \
	BlockDeviceMappings.0.Ebs.VolumeSize=1 \
	BlockDeviceMappings.0.Ebs.VolumeType=gp2 \
	BlockDeviceMappings.0.Ebs.DeleteOnTermination=True \
	BlockDeviceMappings.0.Ebs.Encrypted=False; do
	same "$pair" "${pair%%=*}=$(get "Images.0.${pair%%=*}" <"$TMPDIR/a")"
done
get Images.0.CreationDate <"$TMPDIR/a" |
	grep -qE '^20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-9:]{8}\.[0-9]{3}Z$'
same uefi "$(qami describe-images --image-ids "$b" | get Images.0.BootMode)"

# the other formats
same "$a $b" "$(qami describe-images --output text \
	--query 'Images[].ImageId' | tr '\t' ' ')"
qami describe-images --output text | grep -q "^IMAGES	x86_64	"
qami describe-images --output table | grep -q '|  *DescribeImages  *|'

# ids
fails InvalidAMIID.NotFound qami describe-images --image-ids "$a" \
	ami-0fedcba9876543210
fails InvalidAMIID.Malformed qami describe-images --image-ids "$a" ami-xyz
fails InvalidAMIID.Malformed qami describe-images --image-ids i-12345678

# filters: every name there is
finds 2 describe-images architecture=x86_64 is-public=false state=available \
	block-device-mapping.device-name=/dev/sda1 image-type=machine \
	block-device-mapping.volume-size=1 name='*' 'name=alpha,beta' \
	block-device-mapping.volume-type=gp2 owner-id=123456789012 \
	block-device-mapping.delete-on-termination=true ena-support=true \
	block-device-mapping.encrypted=false root-device-name=/dev/sda1 \
	root-device-type=ebs virtualization-type=hvm 'name=*a' tag-key=Name \
	'tag:Name=*' 'creation-date=20*'
finds 1 describe-images name=alpha 'name=?lpha' 'name=a*' "image-id=$a" \
	"block-device-mapping.snapshot-id=$snap" tag:Name=beta \
	'manifest-location=*/beta' 'description=a*' \
	'description=?*' tag-value=alpha
finds 0 describe-images name=Alpha 'name=\\*' state=pending is-public=true \
	kernel-id=aki-1 ramdisk-id=ari-1 hypervisor=x owner-alias=amazon \
	platform=windows product-code=1 state-reason-code=1 \
	state-reason-message=1 sriov-net-support=simple tag:name=alpha \
	'tag:Name=alp' architecture=arm64
same 0 "$(qami describe-images --query 'length(Images)' --filters \
	Name=name,Values=alpha Name=image-id,Values="$b")"
# brackets mean nothing in a filter, and \\ takes the meaning of * and ?
for pattern in 'a [[]b] ?' 'a [b] ' 'a [b] \?' 'a \[b] x'; do
	same 0 "$(qami describe-images --query 'length(Images)' --filters \
		'[{"Name": "description", "Values": ["'"$(echo "$pattern" |
		sed 's/\\/&&/g')"'"]}]')"
done
for pattern in 'a [b] \*' 'a [b] ?' '*[b]*'; do
	same 1 "$(qami describe-images --query 'length(Images)' --filters \
		'[{"Name": "description", "Values": ["'"$(echo "$pattern" |
		sed 's/\\/&&/g')"'"]}]')"
done
same 0 "$(qami describe-images --filters Name=name --query 'length(Images)')"
fails InvalidParameterValue qami describe-images --filters \
	Name=colour,Values=red
grep -qF "The filter 'colour' is invalid" "$TMPDIR/err"
fails InvalidParameterValue qami describe-images --filters \
	"Name=name,Values=$(seq -s , 201)"

# owners, and who may launch
same 2 "$(qami describe-images --owners self --query 'length(Images)')"
same 0 "$(qami describe-images --owners amazon --query 'length(Images)')"
same 0 "$(qami describe-images --owners 222222222222 --query 'length(Images)')"
same 2 "$(qami describe-images --executable-users self \
	--query 'length(Images)')"
same 0 "$(qami describe-images --executable-users all \
	--query 'length(Images)')"
fails InvalidUserID.Malformed qami describe-images --owners nobody
fails InvalidUserID.Malformed qami describe-images --executable-users 12

# strangers
hidden "$a" describe-images --image-ids "$a"
same 0 "$(as 222222222222 describe-images --query 'length(Images)')"
same 0 "$(as 222222222222 describe-images --query 'length(Images)' --filters \
	Name=image-id,Values="$a")"
qami modify-image-attribute --image-id "$a" \
	--launch-permission 'Add=[{UserId=222222222222}]'
as 222222222222 describe-images --image-ids "$a" >"$TMPDIR/shared"
same alpha "$(get Images.0.Name <"$TMPDIR/shared")"
same 123456789012 "$(get Images.0.OwnerId <"$TMPDIR/shared")"
# tags are their owner's alone
if grep -q '"Tags"' "$TMPDIR/shared"; then
	echo "a stranger sees the owner's tags" >&2
	exit 1
fi
same 0 "$(as 222222222222 describe-images --query 'length(Images)' --filters \
	Name=tag:Name,Values=alpha)"
same 0 "$(as 222222222222 describe-images --query 'length(Images)' --filters \
	Name=tag-key,Values=Name)"
same 1 "$(as 222222222222 describe-images --query 'length(Images)' \
	--executable-users self)"
same 0 "$(as 333333333333 describe-images --query 'length(Images)')"

# a deregistered image that is asked for is left out, one that never was fails
qami deregister-image --image-id "$b"
same '[]' "$(qami describe-images --image-ids "$b" --query Images)"
fails InvalidAMIID.NotFound qami describe-images --image-ids "$b" \
	ami-0fedcba9876543210

# pages
for i in 1 2 3 4 5 6; do image "page$i" >/dev/null; done
one=$(qami describe-images --max-results 5)
same 5 "$(echo "$one" | python3 -c '
import json, sys; print(len(json.load(sys.stdin)["Images"]))')"
token=$(echo "$one" | get NextToken)
qami describe-images --max-results 5 --next-token "$token" >"$TMPDIR/two"
same page5 "$(get Images.0.Name <"$TMPDIR/two")"
same 7 "$(qami describe-images --max-results 7 --query 'length(Images)')"
if qami describe-images --max-results 7 | grep -q NextToken; then
	echo "a last page has a token" >&2
	exit 1
fi
fails InvalidNextToken qami describe-images --max-results 5 \
	--next-token "$token" --owners self
fails InvalidNextToken as 222222222222 describe-images --max-results 5 \
	--next-token "$token"
fails InvalidNextToken qami describe-images --next-token nonsense
fails InvalidNextToken qami describe-images --next-token MS5hYmM=
fails InvalidParameterValue qami describe-images --max-results 4
fails InvalidParameterValue qami describe-images --max-results 0
fails InvalidParameterValue qami describe-images --max-results 1001
fails InvalidParameterCombination qami describe-images --max-results 5 \
	--image-ids "$a"

# accepted, and making no difference
same 7 "$(qami describe-images --include-deprecated --include-disabled \
	--query 'length(Images)')"

# a dry run comes after everything that could be wrong
dry qami describe-images
fails InvalidAMIID.NotFound qami describe-images --dry-run \
	--image-ids ami-0fedcba9876543210
fails InvalidParameterValue qami describe-images --dry-run \
	--filters Name=colour,Values=red
