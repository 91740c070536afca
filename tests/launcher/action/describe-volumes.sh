#!/bin/sh
# describe-volumes - one's own volumes: attachments, every filter, pages
# (machines run, but nothing boots in them: no need to be alone)
. tests/lib.sh

guests_here
ami=$(image alpha)
snap=$(qami describe-images |
	get Images.0.BlockDeviceMappings.0.Ebs.SnapshotId)
i=$(launch "$ami" --tag-specifications \
	'ResourceType=volume,Tags=[{Key=for,Value=test}]' \
	--block-device-mappings \
	'DeviceName=/dev/sdf,Ebs={VolumeSize=7,VolumeType=gp3,Iops=3500,Throughput=200}')
qami describe-volumes --filters Name=attachment.device,Values=/dev/sdf \
	>"$TMPDIR/f"
f=$(get Volumes.0.VolumeId <"$TMPDIR/f")
for pair in Size=7 VolumeType=gp3 Iops=3500 Throughput=200 State=in-use \
	Encrypted=False MultiAttachEnabled=False SnapshotId= \
	AvailabilityZone=us-east-1a Tags.0.Key=for \
	Attachments.0.InstanceId="$i" Attachments.0.State=attached \
	Attachments.0.Device=/dev/sdf Attachments.0.VolumeId="$f" \
	Attachments.0.DeleteOnTermination=False; do
	same "$pair" "${pair%%=*}=$(get "Volumes.0.${pair%%=*}" <"$TMPDIR/f")"
done
finds 2 describe-volumes 'attachment.attach-time=20*' \
	"attachment.instance-id=$i" attachment.status=attached \
	availability-zone=us-east-1a 'create-time=20*' encrypted=false \
	fast-restored=false multi-attach-enabled=false size=1,7 \
	status=in-use volume-type=gp2,gp3 tag:for=test tag-key=for
finds 1 describe-volumes attachment.delete-on-termination=true \
	attachment.device=/dev/sda1 size=7 "snapshot-id=$snap" \
	"volume-id=$f" volume-type=gp3
finds 0 describe-volumes status=available encrypted=true tag:for=no
fails InvalidParameterValue qami describe-volumes \
	--filters Name=colour,Values=x
qami describe-volumes --output text | grep -q '^ATTACHMENTS	'
qami describe-volumes --output table | grep -q DescribeVolumes

hidden "$f" describe-volumes --volume-ids "$f"
same '[]' "$(as 222222222222 describe-volumes --query Volumes)"
fails InvalidVolume.NotFound qami describe-volumes \
	--volume-ids "$f" vol-0fedcba9876543210
fails InvalidVolumeID.Malformed qami describe-volumes --volume-ids vol-
dry qami describe-volumes
fails InvalidVolume.NotFound qami describe-volumes --dry-run \
	--volume-ids vol-0fedcba9876543210
fails InvalidParameterValue qami describe-volumes --max-results 1
fails InvalidParameterCombination qami describe-volumes --max-results 5 \
	--volume-ids "$f"
fails InvalidNextToken qami describe-volumes --next-token x

# what does not go with the instance stays
qami terminate-instances --instance-ids "$i" >/dev/null
same "$f available" "$(qami describe-volumes --output text \
	--query 'Volumes[].[VolumeId,State]' | tr '\t' ' ')"
same '[]' "$(qami describe-volumes --query 'Volumes[0].Attachments')"
