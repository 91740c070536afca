# region.sh - what the tests of copies between stores share; read after
# tests/lib.sh and tests/snapshot.sh

# far COMMAND… - a command on the other store
far()
{
	QAMI_STORE=$TMPDIR/far "$@"
}

# region_setup - the other store, under the name far-1
region_setup()
{
	far qami images
	qami region add far-1 --store "$TMPDIR/far"
}

# arrived SNAPSHOT - waits until a copy is complete
arrived()
{
	local tries

	tries=0
	while :; do
		# each command starts who does jobs, where nobody is at it
		case $(qami describe-snapshots --snapshot-ids "$1" --output text \
			--query 'Snapshots[0].State') in
		completed) return 0 ;;
		pending) ;;
		*) break ;;
		esac
		tries=$((tries + 1))
		[ $tries -lt 600 ] || break
		sleep 0.2
	done
	echo "$1 did not arrive: $(sql "SELECT state FROM snapshot
		WHERE id = '$1'"), $(sql "SELECT kind, state, owner, step
		FROM op WHERE state IN ('intent', 'fired')")" >&2
	return 1
}

# slow_says PATTERN - who does slow jobs says that, and is ended
slow_says()
{
	local runner tries=0

	timeout 300 qami run-jobs --slow 2>"$TMPDIR/slow.log" &
	runner=$!
	until grep -qE "$1" "$TMPDIR/slow.log"; do
		tries=$((tries + 1))
		[ $tries -lt 600 ] || {
			echo "nobody says '$1' but: $(cat "$TMPDIR/slow.log")" >&2
			return 1
		}
		sleep 0.1
	done
	kill $runner 2>/dev/null || : # a full disk may have ended it
	wait $runner || :
}

# told SNAPSHOT - how its disk reads, as one digest: of all that is not zeros
told()
{
	local file

	file=$(of snapshot "$1")
	case $file in
	*.raw) patient qemu-img convert -U -f raw -O raw "$file" "$TMPDIR/told" ;;
	*) patient qemu-img convert -U -f qcow2 -O raw "$file" "$TMPDIR/told" ;;
	esac
	python3 - "$TMPDIR/told" <<'END'
import hashlib, os, sys
digest = hashlib.sha256()
with open(sys.argv[1], "rb") as file:
    size = os.fstat(file.fileno()).st_size
    at = 0
    while at < size:
        try:
            at = os.lseek(file.fileno(), at, os.SEEK_DATA) >> 19 << 19
        except OSError:
            break
        file.seek(at)
        block = file.read(1 << 19)
        if block.strip(b"\0"):
            digest.update(b"%d " % at + block)
        at += 1 << 19
print(size, digest.hexdigest())
END
	rm "$TMPDIR/told"
}

# own SNAPSHOT - how many blocks of 512 KiB the snapshot's layer itself holds
own()
{
	qemu-img map -U -f qcow2 --output=json "$(of snapshot "$1")" |
		python3 -c '
import json, sys
blocks = set()
for one in json.load(sys.stdin):
    if one["depth"] == 0 and (one["data"] or one["zero"]) and \
            one.get("present", True):
        first, end = one["start"], one["start"] + one["length"]
        blocks.update(range(first >> 19, (end + 524287) >> 19))
print(len(blocks))'
}

# held - from now on nobody works on slow jobs, until let_go
held()
{
	: >"$TMPDIR/held"
	python3 - "$TMPDIR/held" <<'END' &
import fcntl, os, struct, sys, time
lock = open(os.environ["QAMI_STORE"] + "/run/slow.lock", "a")
fcntl.fcntl(lock, 38, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))
with open(sys.argv[1], "w", encoding="ascii") as file:
    file.write("held")
while os.path.exists(sys.argv[1]):
    time.sleep(0.05)
END
	holder=$!
	seen 60 held "$TMPDIR/held"
}
let_go()
{
	rm "$TMPDIR/held"
	wait "$holder"
}

# begun SNAPSHOT [OPTION…] - begins a copy, from $region or far-1, that nobody
# works on yet; its id is in $copy
begun()
{
	held
	copy=$(qami copy-snapshot --source-region "${region:-far-1}" \
		--output text \
		--query SnapshotId --source-snapshot-id "$@")
	let_go
}

# sent PARENT|- [OPTION…] - a snapshot of 1 GiB, written block by block: each
# line of standard input is a block's number, and the text that it is full of
sent()
{
	local snapshot count

	[ "$1" = - ] || set -- "$@" --parent-snapshot-id "$1"
	shift
	snapshot=$(qami ebs start-snapshot --volume-size 1 --output text \
		--query SnapshotId "$@")
	count=0
	while read -r index text; do
		yes "$text" | head -c 524288 >"$TMPDIR/sent"
		qami ebs put-snapshot-block --snapshot-id "$snapshot" \
			--block-index "$index" --data-length 524288 \
			--block-data "fileb://$TMPDIR/sent" --checksum "$(
			openssl dgst -sha256 -binary "$TMPDIR/sent" |
				base64)" --checksum-algorithm SHA256 \
			>"$TMPDIR/answer"
		count=$((count + 1))
	done
	qami ebs complete-snapshot --snapshot-id "$snapshot" \
		--changed-blocks-count $count >"$TMPDIR/answer"
	arrived "$snapshot"
	echo "$snapshot"
}

# blocks SNAPSHOT - what a reader sees, by its blocks that are not zeros
blocks()
{
	qami ebs list-snapshot-blocks --snapshot-id "$1" --output text \
		--query 'Blocks[].[BlockIndex,BlockToken]' |
		while read -r index token; do
			qami ebs get-snapshot-block --snapshot-id "$1" \
				--block-index "$index" --block-token "$token" \
				"$TMPDIR/block" >"$TMPDIR/out"
			echo "$index $(openssl dgst -r -sha256 <"$TMPDIR/block")"
		done
}

# carried COUNT - what was held is done here and now, and takes so many blocks
carried()
{
	let_go
	QAMI_LOG=info qami run-jobs --slow 2>"$TMPDIR/carried"
	same "$1" "$(sed -n 's/.*: \([0-9]*\) of [0-9]* blocks carried .*/\1/p' \
		"$TMPDIR/carried")"
}

# bucket_setup BUCKET - a bucket, a directory's whole path, is the region far-1
# of both stores
bucket_setup()
{
	far qami images
	same "$TMPDIR/far/keys/region-far-1" \
		"$(far qami region add far-1 --bucket "$1")"
	qami region add far-1 --bucket "$1" --key "$TMPDIR/far/keys/region-far-1"
}

# pushed SENT/BLOCKS ID - the other store publishes something; so many of its
# blocks are sent. Its id there is in $there
pushed()
{
	far settled
	far qami region push far-1 "$2" --output json >"$TMPDIR/pushed"
	there=$(get Id <"$TMPDIR/pushed")
	same "$1" "$(get BlocksSent <"$TMPDIR/pushed")/$(
		get Blocks <"$TMPDIR/pushed")"
}

# objects DIRECTORY - how many there are in $bucket
objects()
{
	find "$bucket/$1" -type f | wc -l
}

# ended ID - waits until a copy is over, and says how
ended()
{
	until qami describe-snapshots --snapshot-ids "$1" --output text \
		--query 'Snapshots[0].[State,StateMessage]' >"$TMPDIR/ended" &&
		! grep -q pending "$TMPDIR/ended"; do
		sql "UPDATE op SET due = 1 WHERE kind = 'region-copy'"
		sleep 0.3
	done
	tr '\t' ' ' <"$TMPDIR/ended"
}

# ssh_stands_in - from here on `ssh` is a shell on this host, which runs what
# it is to run elsewhere
ssh_stands_in()
{
	mkdir -p "$TMPDIR/bin"
	cat >"$TMPDIR/bin/ssh" <<'END'
#!/bin/sh
while [ "$1" != -- ]; do
	shift
done
shift 2
exec sh -c "$*"
END
	chmod 755 "$TMPDIR/bin/ssh"
	PATH=$TMPDIR/bin:$PATH
}
