#!/bin/sh
# get-launch-template-data - what comes out of an instance makes one like it
# boots guests
. tests/lib.sh

guests_here
ami=$(image alpha)
qami create-key-pair --key-name web --key-type ed25519 >"$TMPDIR/key"
one=$(launch "$ami" --instance-type t2.nano --key-name web --user-data hello \
	--instance-initiated-shutdown-behavior terminate --disable-api-stop \
	--credit-specification CpuCredits=unlimited \
	--metadata-options HttpTokens=required --block-device-mappings \
	'DeviceName=/dev/sda1,Ebs={VolumeSize=2}' \
	'DeviceName=/dev/sdf,Ebs={VolumeSize=7,VolumeType=gp3,Iops=3100}' \
	--tag-specifications 'ResourceType=instance,Tags=[{Key=a,Value=b}]')
data() { qami get-launch-template-data --instance-id "$1"; }
fails InvalidInstanceID.NotFound data i-0fedcba9876543210
fails InvalidInstanceID.Malformed data i-1
hidden "$one" get-launch-template-data --instance-id "$one"
dry qami get-launch-template-data --instance-id "$one"

data "$one" | get LaunchTemplateData >"$TMPDIR/data"
qami create-launch-template --launch-template-name again \
	--launch-template-data "file://$TMPDIR/data" >"$TMPDIR/made"
two=$(qami run-instances --launch-template LaunchTemplateName=again \
	--output text --query 'Instances[0].InstanceId')

# shape ID - an instance without what is its own alone
shape()
{
	sql "SELECT image, type, key_name, user_data, shutdown_behavior,
		disable_stop, disable_termination, http_tokens, credits,
		(SELECT group_concat(device || size || volume.type ||
			volume.iops || delete_on_termination) FROM attachment
			JOIN volume ON volume.id = volume
			WHERE instance = instance.id),
		(SELECT group_concat(key || value) FROM tag WHERE
			resource = instance.id AND key NOT LIKE 'aws:%')
		FROM instance WHERE id = '$1'"
}
[ -n "$(shape "$one")" ]
same "$(shape "$one")" "$(shape "$two")"
# and says the same of itself
data "$two" | get LaunchTemplateData | cmp - "$TMPDIR/data"
