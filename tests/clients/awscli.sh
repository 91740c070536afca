#!/bin/sh
# awscli - every listing, asked by Debian's awscli, by @aws-sdk/client-ec2 and by
# the command line: the answers are the same
# (machines run, but nothing boots in them: no need to be alone)
. tests/clients/lib.sh

NODE_PATH=$(tests/clients/npm)
# nobody in there hears that it is to power off
QAMI_STOP_TIMEOUT=0
export NODE_PATH QAMI_STOP_TIMEOUT
endpoint_here

# some of everything
ami=$(image alpha --description 'the first')
qami import "$TMPDIR/disk.raw" --name beta >/dev/null
key=$(aws ec2 create-key-pair --key-name web --key-type rsa | get KeyPairId)
vpc=$(aws ec2 describe-vpcs | get Vpcs.0.VpcId)
subnet=$(aws ec2 describe-subnets | get Subnets.0.SubnetId)
zone=$(aws ec2 describe-availability-zones | get AvailabilityZones.0.ZoneName)
group=$(aws ec2 create-security-group --group-name web --description w \
	--vpc-id "$vpc" | get GroupId)
aws ec2 authorize-security-group-ingress --group-id "$group" \
	--protocol tcp --port 22 --cidr 10.0.0.0/8 >/dev/null
i=$(aws ec2 run-instances --image-id "$ami" --instance-type t3.micro \
	--key-name web --security-group-ids "$group" --subnet-id "$subnet" \
	--user-data hello --credit-specification CpuCredits=standard \
	--metadata-options HttpTokens=required \
	--block-device-mappings DeviceName=/dev/sdf,Ebs={VolumeSize=1} \
	--tag-specifications 'ResourceType=instance,Tags=[{Key=Name,Value=a}]' \
	'ResourceType=volume,Tags=[{Key=of,Value=a}]' |
	get Instances.0.InstanceId)
aws ec2 wait instance-running --instance-ids "$i"
vol=$(aws ec2 create-volume --availability-zone "$zone" --size 4 \
	--volume-type io1 --iops 100 | get VolumeId)
aws ec2 wait volume-available --volume-ids "$vol"
aws ec2 attach-volume --volume-id "$vol" --instance-id "$i" \
	--device /dev/sdg >/dev/null
aws ec2 wait volume-in-use --volume-ids "$vol"
aws ec2 modify-volume --volume-id "$vol" --size 5 >/dev/null
copy=$(aws ec2 create-image --instance-id "$i" --name copy --no-reboot \
	--description 'of a running one' | get ImageId)
aws ec2 wait image-available --image-ids "$copy"
aws ec2 create-snapshots --instance-specification "InstanceId=$i" \
	--description both --copy-tags-from-source volume >/dev/null
snap=$(aws ec2 describe-snapshots --owner-ids self \
	--filters Name=description,Values=both | get Snapshots.0.SnapshotId)
aws ec2 wait snapshot-completed --snapshot-ids "$snap"
aws ec2 modify-image-attribute --image-id "$copy" \
	--launch-permission 'Add=[{UserId=222222222222}]'
aws ec2 modify-snapshot-attribute --snapshot-id "$snap" \
	--attribute createVolumePermission --operation-type add \
	--user-ids 222222222222
qami import-snapshot --description imported \
	--disk-container "File=$TMPDIR/disk.raw" >/dev/null
aws ec2 create-replace-root-volume-task --instance-id "$i" >/dev/null
tries=0
until qami describe-replace-root-volume-tasks | grep -q '"succeeded"'; do
	tries=$((tries + 1))
	[ $tries -lt 300 ]
	sleep 0.2
done
aws ec2 create-tags --resources "$copy" "$snap" "$key" --tags Key=k,Value=

qami rbin create-rule --resource-type EBS_SNAPSHOT --retention-period \
	RetentionPeriodValue=7,RetentionPeriodUnit=DAYS >/dev/null
binned=$(aws ec2 create-snapshot --volume-id "$vol" --description gone |
	get SnapshotId)
aws ec2 delete-snapshot --snapshot-id "$binned"
qami lock-snapshot --snapshot-id "$snap" --lock-mode compliance \
	--lock-duration 3 --cool-off-period 2 >/dev/null

# each line a question
cat >"$TMPDIR/questions" <<END
DescribeAvailabilityZones {} describe-availability-zones
DescribeBundleTasks {} describe-bundle-tasks
DescribeExportImageTasks {} describe-export-image-tasks
DescribeImportImageTasks {} describe-import-image-tasks
DescribeImageAttribute {"ImageId":"$copy","Attribute":"launchPermission"} describe-image-attribute --image-id $copy --attribute launchPermission
DescribeImageAttribute {"ImageId":"$copy","Attribute":"description"} describe-image-attribute --image-id $copy --attribute description
DescribeImageAttribute {"ImageId":"$copy","Attribute":"blockDeviceMapping"} describe-image-attribute --image-id $copy --attribute blockDeviceMapping
DescribeImages {} describe-images
DescribeImages {"Owners":["self"],"Filters":[{"Name":"name","Values":["c*"]}]} describe-images --owners self --filters Name=name,Values=c*
DescribeImportSnapshotTasks {} describe-import-snapshot-tasks
DescribeInstanceAttribute {"InstanceId":"$i","Attribute":"userData"} describe-instance-attribute --instance-id $i --attribute userData
DescribeInstanceAttribute {"InstanceId":"$i","Attribute":"instanceType"} describe-instance-attribute --instance-id $i --attribute instanceType
DescribeInstanceAttribute {"InstanceId":"$i","Attribute":"blockDeviceMapping"} describe-instance-attribute --instance-id $i --attribute blockDeviceMapping
DescribeInstanceAttribute {"InstanceId":"$i","Attribute":"groupSet"} describe-instance-attribute --instance-id $i --attribute groupSet
DescribeInstanceAttribute {"InstanceId":"$i","Attribute":"disableApiTermination"} describe-instance-attribute --instance-id $i --attribute disableApiTermination
DescribeInstanceStatus {"IncludeAllInstances":true} describe-instance-status --include-all-instances
DescribeInstanceTypeOfferings {} describe-instance-type-offerings
DescribeInstanceTypes {"InstanceTypes":["t3.micro","m3.large"]} describe-instance-types --instance-types t3.micro m3.large
DescribeInstances {} describe-instances
DescribeKeyPairs {} describe-key-pairs
DescribeLaunchTemplateVersions {"Versions":["\$Latest"]} describe-launch-template-versions --versions \$Latest
DescribeLaunchTemplates {} describe-launch-templates
DescribeLockedSnapshots {} describe-locked-snapshots
DescribeNetworkInterfaces {} describe-network-interfaces
DescribeRegions {} describe-regions
DescribeReplaceRootVolumeTasks {} describe-replace-root-volume-tasks
DescribeSecurityGroupRules {} describe-security-group-rules
DescribeSecurityGroups {} describe-security-groups
DescribeSnapshotAttribute {"SnapshotId":"$snap","Attribute":"createVolumePermission"} describe-snapshot-attribute --snapshot-id $snap --attribute createVolumePermission
DescribeSnapshots {"OwnerIds":["self"]} describe-snapshots --owner-ids self
DescribeSnapshotTierStatus {} describe-snapshot-tier-status
DescribeStoreImageTasks {} describe-store-image-tasks
DescribeSubnets {} describe-subnets
DescribeTags {} describe-tags
DescribeVolumeAttribute {"VolumeId":"$vol","Attribute":"autoEnableIO"} describe-volume-attribute --volume-id $vol --attribute autoEnableIO
DescribeVolumeStatus {} describe-volume-status
DescribeVolumes {} describe-volumes
DescribeVolumesModifications {} describe-volumes-modifications
DescribeVpcs {} describe-vpcs
DescribeInstanceCreditSpecifications {"InstanceIds":["$i"]} describe-instance-credit-specifications --instance-ids $i
DescribeAccountAttributes {} describe-account-attributes
DescribeAddresses {} describe-addresses
DescribeIamInstanceProfileAssociations {} describe-iam-instance-profile-associations
ListImagesInRecycleBin {} list-images-in-recycle-bin
ListSnapshotsInRecycleBin {} list-snapshots-in-recycle-bin
END
cut -d ' ' -f 3- "$TMPDIR/questions" | while read -r words; do
	set -f
	# shellcheck disable=SC2086
	case $words in
	# of these there are none
	describe-bundle-tasks | describe-*-image-tasks | \
		describe-addresses | *-associations | *-launch-template* | \
		list-images-in-recycle-bin)
		aws ec2 $words >/dev/null ;;
	# Debian's does not know it
	describe-locked-snapshots) ;;
	*) beside $words ;;
	esac
	set +f
done
node --no-warnings tests/clients/sdk.cjs "$TMPDIR/questions"

# no listing is left out
for file in launcher/action/describe-*.c; do
	grep -q '^const struct action action_' "$file" || continue
	grep -qE " $(basename "$file" .c)( |$)" "$TMPDIR/questions" || {
		echo "$(basename "$file" .c) is not compared" >&2
		exit 1
	}
done
no_faults
