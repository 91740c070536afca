#!/bin/sh
# waiter - the AWS CLI's waiters: what they wait for, and how they fail
set -eu
. tests/lib.sh

# code WANTED TEXT COMMAND… - the exit code, and all that was said
code()
{
	wanted=$1
	text=$2
	shift 2
	got=0
	"$@" >"$TMPDIR/out" 2>"$TMPDIR/err" || got=$?
	same "$wanted" "$got"
	same "$text" "$(cat "$TMPDIR/err")"
	same '' "$(cat "$TMPDIR/out")"
}

all()
{
	one=$(image one)
	vol=$(qami create-volume --availability-zone us-east-1a --size 1 \
		--query VolumeId --output text)
	code 0 '' qami ec2 wait image-available --image-ids "$one"
	code 0 '' qami wait image-exists --filters Name=name,Values=one
	code 0 '' qami wait volume-available --volume-ids "$vol" --output yaml
	code 0 '' qami wait snapshot-completed
	code 0 '' qami wait vpc-available
	code 0 '' qami wait volume-deleted --volume-ids vol-0123456789abcdef0

	# an error that is none of its business, and one that is
	code 255 "
Waiter VolumeAvailable failed: An error occurred (InvalidVolume.NotFound): The volume 'vol-0123456789abcdef0' does not exist." \
		qami wait volume-available --volume-ids vol-0123456789abcdef0
	code 255 "
Waiter ImageAvailable failed: An error occurred (InvalidAMIID.Malformed): Invalid id: \"ami-1\" (expecting \"ami-...\")" \
		qami wait image-available --image-ids ami-1

	# a state from which there is no way
	sql "UPDATE image SET state = 'failed' WHERE id = '$one'"
	code 255 "
Waiter ImageAvailable failed: Waiter encountered a terminal failure state: For expression \"Images[].State\" we matched expected path: \"failed\" at least once" \
		qami wait image-available --image-ids "$one"

	# it looks until what it waits for has come
	timeout 2 qami wait volume-in-use --volume-ids "$vol" && exit 1
	qami wait volume-in-use --volume-ids "$vol" &
	waiting=$!
	sleep 1
	sql "UPDATE volume SET state = 'in-use' WHERE id = '$vol'"
	wait "$waiting"
	timeout 2 qami wait image-exists --image-ids ami-0123456789abcdef0 &&
		exit 1
	sql "DELETE FROM image; UPDATE volume SET state = 'available'"
}

all
served
all
grep -q '"action":"DescribeVolumes"' "$TMPDIR/served.log"

qami wait volume-available --nope 2>"$TMPDIR/err" && exit 1
same 252 $?
has 'Unknown options: --nope' "$TMPDIR/err"
fails InvalidInstanceID.NotFound qami wait nosuch
