#!/bin/sh
# copies between stores: what arrives, what is carried, and for whom
. tests/lib.sh
. tests/snapshot.sh
. tests/region.sh
region_setup

# a lineage of three in the other store
vol=$(far volume --size 1)
far put "$vol" 0x11 3
far put "$vol" 0x12 5
one=$(far snap "$vol" --description first)
far put "$vol" 0x21 5
two=$(far snap "$vol")
far put "$vol" 0 3
three=$(far snap "$vol")

copy()
{
	qami copy-snapshot --source-region far-1 --output text \
		--query SnapshotId --source-snapshot-id "$@"
}

dry qami copy-snapshot --source-region far-1 --source-snapshot-id "$one"
fails InvalidParameterValue qami copy-snapshot --source-region far-2 \
	--source-snapshot-id "$one"
fails InvalidSnapshot.NotFound copy snap-0fedcba9876543210
fails InvalidSnapshot.NotFound as 222222222222 copy-snapshot \
	--source-region far-1 --source-snapshot-id "$one"
same 0 "$(qami describe-snapshots --query 'length(Snapshots)')"

# the first is carried whole, the others by their difference
first=$(copy "$one" --description here --tag-specifications \
	'ResourceType=snapshot,Tags=[{Key=a,Value=b}]')
arrived "$first"
same "here 100% 1 vol-ffffffff b" "$(qami describe-snapshots \
	--snapshot-ids "$first" --output text --query \
	'Snapshots[0].[Description,Progress,VolumeSize,VolumeId,Tags[0].Value]' |
	tr '\t' ' ')"
same "$(far told "$one")" "$(told "$first")"
same 4 "$(own "$first")"
second=$(copy "$two")
arrived "$second"
same "$(far told "$two")" "$(told "$second")"
same 2 "$(own "$second")"
third=$(copy "$three")
arrived "$third"
same "$(far told "$three")" "$(told "$third")"
same 2 "$(own "$third")"
# what is here already is not carried at all
again=$(copy "$three")
arrived "$again"
same 0 "$(own "$again")"
same "$(far told "$three")" "$(told "$again")"

# each stands for itself, whatever becomes of the others and of the source
qami delete-snapshot --snapshot-id "$first"
qami delete-snapshot --snapshot-id "$second"
holds "$third" 0x21 5
holds "$third" 0 3

# an image, with its own tags, pending until its disks are there; who may
# launch and read it there may have it here
disk "$TMPDIR/disk.raw" 3M
ami=$(far qami import "$TMPDIR/disk.raw" --name alpha)
far qami create-tags --resources "$ami" --tags Key=k,Value=v
snap=$(far qami describe-images --image-ids "$ami" --output text --query \
	'Images[0].BlockDeviceMappings[0].Ebs.SnapshotId')
copy=$(qami copy-image --source-region far-1 --source-image-id "$ami" \
	--name beta --copy-image-tags --client-token once | get ImageId)
same "$copy" "$(qami copy-image --source-region far-1 --source-image-id \
	"$ami" --name beta --copy-image-tags --client-token once | get ImageId)"
qami wait image-available --image-ids "$copy"
same "beta far-1 $ami v" "$(qami describe-images --image-ids "$copy" \
	--output text --query \
	"Images[0].[Name,SourceImageRegion,SourceImageId,
	Tags[?Key=='k'].Value|[0]]" |
	tr '\t' ' ')"
mine=$(qami describe-images --image-ids "$copy" --output text --query \
	'Images[0].BlockDeviceMappings[0].Ebs.SnapshotId')
same "$(far told "$snap")" "$(told "$mine")"
fails InvalidAMIID.NotFound as 222222222222 copy-image --source-region far-1 \
	--source-image-id "$ami" --name gamma
far qami modify-image-attribute --image-id "$ami" --user-ids 222222222222
fails InvalidRequest as 222222222222 copy-image --source-region far-1 \
	--source-image-id "$ami" --name gamma
far qami modify-snapshot-attribute --snapshot-id "$snap" \
	--user-ids 222222222222
theirs=$(as 222222222222 copy-image --source-region far-1 \
	--source-image-id "$ami" --name gamma --copy-image-tags | get ImageId)
as 222222222222 wait image-available --image-ids "$theirs"
same '[]' "$(as 222222222222 describe-images --image-ids "$theirs" --query \
	'Images[0].Tags||`[]`')"

# while the other store is away a copy waits, and goes on when it is back
mv "$TMPDIR/far" "$TMPDIR/away"
fails InternalError copy "$one"
mv "$TMPDIR/away" "$TMPDIR/far"
held
late=$(copy "$one")
same pending "$(qami describe-snapshots --snapshot-ids "$late" |
	get Snapshots.0.State)"
fails IncorrectState qami region remove far-1
mv "$TMPDIR/far" "$TMPDIR/away"
fails IncorrectState qami create-volume --availability-zone us-east-1a \
	--snapshot-id "$late"
mv "$TMPDIR/away" "$TMPDIR/far"
let_go
arrived "$late"
same "$(far told "$one")" "$(told "$late")"

# what was damaged there does not arrive, plain or not, and it is said why; in
# between somebody might have mended it
damaged()
{
	far settled
	begun "$1"
	python3 - "$(far of snapshot "$1")" <<-END
		import os, sys
		os.chmod(sys.argv[1], 0o600)
		with open(sys.argv[1], "r+b") as file:
		    file.seek(-1000, os.SEEK_END)
		    byte = file.read(1)
		    file.seek(-1, os.SEEK_CUR)
		    file.write(bytes([byte[0] ^ 1]))
		os.chmod(sys.argv[1], 0o400)
	END
}
for how in --no-encrypted --encrypted; do
	hurt=$(far sent - $how <<-SENT
		7 seven
		8 eight
	SENT
	)
	damaged "$hurt"
	same 'error block 8 of the source is not what it was when it was frozen' \
		"$(ended "$copy")"
	qami delete-snapshot --snapshot-id "$copy"
	damaged "$hurt"
	arrived "$copy"
done

# the other store gone, all that was copied is here
rm -r "$TMPDIR/far"
qami region remove far-1
qami gc >/dev/null
qami fsck --deep | grep -q ' 0 faults'
holds "$third" 0x21 5
holds "$late" 0x11 3
