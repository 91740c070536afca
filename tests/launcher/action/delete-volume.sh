#!/bin/sh
# delete-volume - row and file go, in any order with snapshots; what is attached
# stays (machines run, but nothing boots in them: no need to be alone)
. tests/lib.sh
. tests/snapshot.sh

guests_here
ami=$(image alpha)
snap=$(qami describe-images |
	get Images.0.BlockDeviceMappings.0.Ebs.SnapshotId)

# files - how many layers there are, and how many files
files()
{
	echo "$(sql 'SELECT count(*) FROM layer')" \
		"$(find "$QAMI_STORE/layers" -type f | wc -l)"
}

same '1 1' "$(files)"
empty=$(volume --size 1 \
	--tag-specifications 'ResourceType=volume,Tags=[{Key=a,Value=b}]')
copy=$(volume --snapshot-id "$snap")
same '3 3' "$(files)"
dry qami delete-volume --volume-id "$empty"
same '3 3' "$(files)"
hidden "$empty" delete-volume --volume-id "$empty"
same '' "$(qami delete-volume --volume-id "$empty")"
same '2 2' "$(files)"
fails InvalidVolume.NotFound qami delete-volume --volume-id "$empty"
fails InvalidVolume.NotFound qami describe-volumes --volume-ids "$empty"
same '[]' "$(qami describe-tags --query 'Tags[?Key==`a`]')"
fails InvalidVolumeID.Malformed qami delete-volume --volume-id vol-

# the snapshot that it came from stays
qami delete-volume --volume-id "$copy"
same '1 1' "$(files)"
qami delete-volume --volume-id "$(volume --snapshot-id "$snap")"

# attached to an instance, running or stopped, it stays
i=$(launch "$ami")
root=$(qami describe-volumes | get Volumes.0.VolumeId)
fails VolumeInUse qami delete-volume --volume-id "$root"
fails VolumeInUse qami delete-volume --volume-id "$root" --dry-run
qami stop-instances --force --instance-ids "$i" >/dev/null
fails VolumeInUse qami delete-volume --volume-id "$root"
qami terminate-instances --instance-ids "$i" >/dev/null
fails InvalidVolume.NotFound qami delete-volume --volume-id "$root"

# one that is being made is not to be deleted
late=$(volume --size 1)
sql "UPDATE volume SET state = 'creating'"
fails IncorrectState qami delete-volume --volume-id "$late"
sql "UPDATE volume SET state = 'error'"
qami delete-volume --volume-id "$late"
same '1 1' "$(files)"
