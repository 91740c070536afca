#!/bin/sh
# awscli - Debian's AWS CLI works with the store as the command line does
# (machines run, but nothing boots in them: no need to be alone)
. tests/clients/lib.sh

endpoint_here
ami=$(image alpha)
qami import "$TMPDIR/disk.raw" --name beta >/dev/null

i=$(aws ec2 run-instances --image-id "$ami" --instance-type t3.micro \
	--tag-specifications 'ResourceType=instance,Tags=[{Key=Name,Value=a b}]' \
	--block-device-mappings 'DeviceName=/dev/sdf,Ebs={VolumeSize=1}' \
	--user-data 'hello' | get Instances.0.InstanceId)
aws ec2 wait instance-running --instance-ids "$i"
beside describe-instances --instance-ids "$i"

copy=$(aws ec2 create-image --instance-id "$i" --name copy --no-reboot |
	get ImageId)
aws ec2 wait image-available --image-ids "$copy"
beside describe-images --filters 'Name=name,Values=co*,beta' \
	'Name=root-device-type,Values=ebs'
same 2 "$(get Images <"$TMPDIR/theirs" | grep -o ami- | wc -l)"

aws ec2 create-snapshots --instance-specification "InstanceId=$i" \
	--description both --copy-tags-from-source volume >"$TMPDIR/snapshots"
same 2 "$(grep -c SnapshotId "$TMPDIR/snapshots")"
beside describe-snapshots --filters Name=description,Values=both

aws ec2 modify-image-attribute --image-id "$copy" \
	--launch-permission 'Add=[{UserId=222222222222}]'
beside describe-image-attribute --image-id "$copy" \
	--attribute launchPermission
same "$copy" "$(as 222222222222 describe-images --output text \
	--query 'Images[].ImageId')"

# errors are EC2's, with the AWS CLI's exit code
if aws ec2 describe-images --image-ids ami-0fedcba9876543210 \
	2>"$TMPDIR/err"; then
	exit 1
fi
has '(InvalidAMIID.NotFound) when calling the DescribeImages operation' \
	"$TMPDIR/err"

# the example, on the machine's own image
examples/with-aws-cli beta 222222222222 >"$TMPDIR/example"
has 'golden	available	ebs' "$TMPDIR/example"
finds 1 describe-images name=golden
same golden "$(as 222222222222 describe-images --output text \
	--query 'Images[].Name' --filters Name=name,Values=golden)"
