#!/bin/sh
# remote - through the server a command says what it says without one
set -eu
. tests/lib.sh
sock=$QAMI_STORE/run/qami.sock
commands=0

# said COMMAND… - what came of it, without what is new each time
said()
{
	local code

	code=0
	"$@" >"$TMPDIR/out" 2>"$TMPDIR/err" </dev/null || code=$?
	{
		echo "exit $code"
		cat "$TMPDIR/out"
		echo "--- stderr"
		cat "$TMPDIR/err"
	} | sed -E '
		s/\b(ami|snap|vol|i|r|key|sg|sgr|eni)-[0-9a-f]{17}\b/\1-X/g
		s/(BlockToken": ")[^"]*/\1X/
		s/20[0-9-]{8}T[0-9:.]+(Z|\+00:00)/TIME/g
		s/"[0-9]+s"/"AGE"/; s/\b[0-9]+s$/AGE/; s/\b[0-9]+s\t/AGE\t/'
}

# both COMMAND… - the same with and without the server
both()
{
	commands=$((commands + 1))
	said "$@" >"$TMPDIR/with"
	mv "$sock" "$sock.away"
	said "$@" >"$TMPDIR/without"
	mv "$sock.away" "$sock"
	cmp -s "$TMPDIR/with" "$TMPDIR/without" && return 0
	echo "differs with a server: $*" >&2
	diff "$TMPDIR/without" "$TMPDIR/with" >&2
}

# asked - how many requests the server has had
asked()
{
	grep -c '"path": *"/qami/' "$TMPDIR/served.log" || :
}

one=$(image one)
two=$(image two)
snap=$(qami describe-images --image-ids "$one" --output text \
	--query 'Images[0].BlockDeviceMappings[0].Ebs.SnapshotId')
vol=$(qami create-volume --availability-zone us-east-1a --snapshot-id "$snap" \
	--query VolumeId --output text)
qami create-tags --resources "$vol" \
	--tags 'Key=Name,Value=disk' 'Key=odd,Value="a\b'"$(printf '\tc\001')"'"'
ssh-keygen -q -t ed25519 -N '' -f "$TMPDIR/key"
served

both qami images
both qami images -q
both qami images -o json
both qami images --output yaml
both qami snaps
both qami snaps --tree
both qami vols
both qami ps -a
both qami groups
both qami port nosuch
both qami rm nosuch
both qami wait nosuch --for running
both qami start i-0123456789abcdef0
both qami run nosuch
both qami run one --rm
both qami describe-images
both qami describe-images --output text
both qami describe-images --output table --color on
both qami describe-images --output yaml-stream
both qami describe-images --image-ids "$two" --query 'Images[].CreationDate'
both qami describe-images --query 'Images[?Public].[Name, EnaSupport]'
both qami describe-images --query 'abs(Images)'
both qami describe-images --image-ids ami-1
both qami describe-images --image-ids ami-0123456789abcdef0
both qami describe-images --max-results 1
both qami describe-images --dry-run
both qami describe-snapshots --snapshot-ids "$snap" --output text
both qami describe-volumes --filters Name=tag:Name,Values=d*
both qami describe-tags
both qami describe-instances
both qami describe-instance-types --instance-types t3.micro
both qami describe-regions
both qami describe-security-groups
both qami describe-volumes --volume-ids disk
both qami --account 222222222222 describe-images
both qami --account 222222222222 describe-images --image-ids "$one"
both qami --region us-east-1 describe-availability-zones
both qami --region eu-west-1 describe-availability-zones
both qami create-snapshot --volume-id disk --description 'Zwölf'
both qami create-volume --availability-zone us-east-1a --size 1
both qami create-volume --availability-zone us-east-1b --size 1
both qami create-tags --resources "$vol" --tags Key=k,Value=v
both qami delete-tags --resources "$vol" --tags Key=k
both qami modify-image-attribute --image-id "$one" \
	--launch-permission Add=[{Group=all}]
both qami describe-image-attribute --image-id "$one" \
	--attribute launchPermission
both qami import-key-pair --key-name k --public-key-material \
	"fileb://$TMPDIR/key.pub" --dry-run
both qami ebs list-snapshot-blocks --snapshot-id "$snap"
both qami ebs get-snapshot-block --snapshot-id "$snap" --block-index 0 \
	--block-token AAAA "$TMPDIR/block"
both qami help
both qami fsck
both env QAMI_LOG=debug qami images -q
echo "$commands commands agree"

# all of them were asked there but those that stay at home (a session, help,
# fsck, what needs no store); another region was refused
same "$((commands - 4))" "$(asked)"
same 1 "$(grep -c 'qami.Refused' "$TMPDIR/served.log")"

# the block's bytes come along
token=$(qami ebs list-snapshot-blocks --snapshot-id "$snap" --output text \
	--query 'Blocks[0].BlockToken')
both qami ebs get-snapshot-block --snapshot-id "$snap" --block-index 0 \
	--block-token "$token" "$TMPDIR/block"
cmp -n 524288 "$TMPDIR/block" "$TMPDIR/disk.raw"

# another's settings, and another program, are for another process
before=$(asked)
both env QAMI_CACHE_SIZE=1G qami images
same "$((before + 1))" "$(asked)"
grep -q '"code": *"qami.Refused"' "$TMPDIR/served.log"
QAMI_CACHE_SIZE=1G qami --debug images 2>&1 |
	grep -q 'the server runs with QAMI_CACHE_SIZE=: without it'
# each that the rooms below the doors read is such a setting, but for those that
# a call carries or that say where and how much is written
grep -rhoE '"QAMI_[A-Z0-9_]+"' --include='*.c' images launcher/domain \
	launcher/instance | tr -d '"' | sort -u |
	grep -vxE 'QAMI_(ACCOUNT|REGION|STORE|LOG)' >"$TMPDIR/settings"
[ "$(wc -l <"$TMPDIR/settings")" -gt 12 ]
while read -r name; do
	env "$name=other" qami --debug images >"$TMPDIR/out" 2>&1 || :
	has "the server runs with $name=" "$TMPDIR/out"
done <"$TMPDIR/settings"

# a socket at which nobody listens is none
kill -9 "$SERVED"
wait "$SERVED" || :
SERVED=
[ -e "$sock" ]
same "$one" "$(qami images -q | grep "$one")"
