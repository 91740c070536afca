# ebs.sh - what the tests of EBS direct share; read after tests/lib.sh

# begin [OPTION…] - starts a snapshot and prints its id
begin()
{
	case " $* " in
	*' --volume-size '*) ;;
	*) set -- --volume-size 1 "$@" ;;
	esac
	qami ebs start-snapshot --output text --query SnapshotId "$@"
}

# block NAME - makes a file of 512 KiB that no other one is like
block()
{
	head -c 524288 /dev/urandom >"$TMPDIR/$1"
}

# sum FILE - SHA-256 in base64
sum()
{
	openssl dgst -sha256 -binary "$1" | base64
}

# put SNAPSHOT BLOCK NAME [OPTION…] - writes such a file
put()
{
	local snap index file

	snap=$1
	index=$2
	file=$TMPDIR/$3
	shift 3
	qami ebs put-snapshot-block --snapshot-id "$snap" --block-index \
		"$index" --block-data "fileb://$file" --data-length 524288 \
		--checksum "$(sum "$file")" --checksum-algorithm SHA256 "$@"
}

# complete SNAPSHOT COUNT [OPTION…]
complete()
{
	local snap count

	snap=$1
	count=$2
	shift 2
	qami ebs complete-snapshot --snapshot-id "$snap" \
		--changed-blocks-count "$count" "$@"
}

# made BLOCK=NAME… - a completed snapshot of these blocks; options of
# start-snapshot in $with
made()
{
	local snap pair

	snap=$(begin ${with:-})
	for pair do
		put "$snap" "${pair%%=*}" "${pair#*=}" >/dev/null
	done
	complete "$snap" $# >/dev/null
	echo "$snap"
}

# blocks SNAPSHOT - the numbers of those that it holds, with blanks between
blocks()
{
	local list

	list=$(qami ebs list-snapshot-blocks --snapshot-id "$1" \
		--output text --query 'Blocks[].BlockIndex') || return
	echo $list
}

# changed FIRST SECOND - the numbers of those in which they differ, and on
# stderr the note
changed()
{
	local list

	list=$(qami ebs list-changed-blocks --first-snapshot-id "$1" \
		--second-snapshot-id "$2" --output text \
		--query 'ChangedBlocks[].BlockIndex') || return
	echo $list
}

# token SNAPSHOT BLOCK [OPTION…]
token()
{
	local snap index

	snap=$1
	index=$2
	shift 2
	qami "$@" ebs list-snapshot-blocks --snapshot-id "$snap" --output text \
		--query "Blocks[?BlockIndex==\`$index\`].BlockToken"
}

# fetch SNAPSHOT BLOCK NAME - reads a block into a file
fetch()
{
	qami ebs get-snapshot-block --snapshot-id "$1" --block-index "$2" \
		--block-token "$(token "$1" "$2")" "$TMPDIR/$3"
}

# digested - waits until every frozen layer has its digest list
digested()
{
	local end layer

	end=$(($(date +%s) + 120))
	sql "SELECT name FROM layer WHERE state = 'frozen'" >"$TMPDIR/frozen"
	while read -r layer; do
		while [ ! -e "$QAMI_STORE/digests/$layer" ]; do
			if [ "$(date +%s)" -ge "$end" ]; then
				echo "$layer has no digests after 60 s" >&2
				return 1
			fi
			sleep 0.1
		done
	done <"$TMPDIR/frozen"
}

# content VOLUME FILE - all that a volume reads as
content()
{
	qemu-img convert -O raw "$QAMI_STORE/layers/$(sql \
		"SELECT layer FROM volume WHERE id = '$1'")" "$2"
}

# volume SNAPSHOT - makes one of it and prints its id
volume()
{
	qami create-volume --availability-zone us-east-1a --output text \
		--query VolumeId --snapshot-id "$1"
}

# lend SNAPSHOT WHOM - an account, or all, may make volumes of it
lend()
{
	local whom

	whom="--user-ids $2"
	[ "$2" != all ] || whom='--group-names all --force'
	qami modify-snapshot-attribute --snapshot-id "$1" --attribute \
		createVolumePermission --operation-type add $whom
}

