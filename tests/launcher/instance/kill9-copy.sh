#!/bin/sh
# A copy of an image that is killed at any of its steps is there with all of
# its snapshots or not at all, and the same call with its client token then
# makes just one.
. tests/lib.sh
. tests/snapshot.sh
. tests/crash.sh
crash_setup
points=${KILL_POINTS:-6}

one=$(snap "$(volume --size 1)")
two=$(snap "$(volume --size 1)")
ami=$(qami register-image --name source --output text --block-device-mappings \
	"DeviceName=/dev/sda1,Ebs={SnapshotId=$one}" \
	"DeviceName=/dev/sdf,Ebs={SnapshotId=$two}")
copy()
{
	qami copy-image --source-region us-east-1 --source-image-id "$ami" \
		--name "$1" --client-token "$1" --output text --query ImageId
}
count()
{
	sql "SELECT (SELECT count(*) FROM image WHERE name = '$1') || ' ' ||
		(SELECT count(*) FROM snapshot WHERE volume = 'vol-ffffffff')"
}

points "$points" qami copy-image --source-region us-east-1 \
	--source-image-id "$ami" --name first >"$TMPDIR/points"
round=0
snaps=2
while read -r call number; do
	round=$((round + 1))
	killed "$call" "$number" qami copy-image --source-region us-east-1 \
		--source-image-id "$ami" --name "round $round" \
		--client-token "round $round"
	sound "copy $call $number"
	case $(count "round $round") in
	"0 $snaps" | "1 $((snaps + 2))") ;;
	*) wrong "$call $number: half a copy: $(count "round $round")" ;;
	esac
	made=$(copy "round $round") || wrong "$call $number: not again"
	same "$made" "$(copy "round $round")"
	snaps=$((snaps + 2))
	same "1 $snaps" "$(count "round $round")"
done <"$TMPDIR/points"
[ $round -ge 4 ]
crash_report
