#!/bin/sh
# describe-volumes-modifications - the last one of each volume, every filter,
# pages
. tests/lib.sh
. tests/snapshot.sh

same '[]' "$(qami describe-volumes-modifications \
	--query VolumesModifications)"
one=$(volume --size 4 --volume-type io1 --iops 100)
two=$(volume --size 1)
never=$(volume --size 1)
qami modify-volume --volume-id "$one" --size 5 >/dev/null
qami modify-volume --volume-id "$two" --size 2 >/dev/null
qami modify-volume --volume-id "$one" --iops 200 >/dev/null
qami describe-volumes-modifications --volume-ids "$one" >"$TMPDIR/one"
for pair in VolumeId="$one" ModificationState=completed TargetSize=5 \
	OriginalSize=5 TargetIops=200 OriginalIops=100 \
	TargetVolumeType=io1 OriginalVolumeType=io1 Progress=100; do
	same "$pair" "${pair%%=*}=$(get \
		"VolumesModifications.0.${pair%%=*}" <"$TMPDIR/one")"
done
get VolumesModifications.0.StartTime <"$TMPDIR/one" | grep -q ^20
get VolumesModifications.0.EndTime <"$TMPDIR/one" | grep -q ^20
finds 2 describe-volumes-modifications modification-state=completed \
	'start-time=20*' originalMultiAttachEnabled=false \
	targetMultiAttachEnabled=false target-size=2,5
finds 1 describe-volumes-modifications target-size=2 original-size=1 \
	target-iops=200 target-volume-type=io1 original-volume-type=gp2 \
	"volume-id=$two"
finds 2 describe-volumes-modifications original-iops=100
finds 0 describe-volumes-modifications modification-state=failed target-size=4
fails InvalidParameterValue qami describe-volumes-modifications \
	--filters Name=colour,Values=x

# a page at a time
for i in 1 2 3 4; do
	qami modify-volume --volume-id "$(volume --size 1)" --size 2 >/dev/null
done
qami describe-volumes-modifications --max-results 5 >"$TMPDIR/page"
same 5 "$(get VolumesModifications <"$TMPDIR/page" | grep -o VolumeId |
	wc -l)"
same 1 "$(qami describe-volumes-modifications --max-results 5 --next-token \
	"$(get NextToken <"$TMPDIR/page")" \
	--query 'length(VolumesModifications)')"
fails InvalidNextToken qami describe-volumes-modifications --next-token x
fails InvalidParameterCombination qami describe-volumes-modifications \
	--max-results 5 --volume-ids "$one"

fails InvalidVolumeModification.NotFound qami describe-volumes-modifications \
	--volume-ids "$one" "$never"
fails InvalidVolume.NotFound qami describe-volumes-modifications \
	--volume-ids vol-0fedcba9876543210
hidden "$one" describe-volumes-modifications --volume-ids "$one"
same '[]' "$(as 222222222222 describe-volumes-modifications \
	--query VolumesModifications)"
dry qami describe-volumes-modifications
