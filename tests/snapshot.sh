# snapshot.sh - what the tests of volumes and snapshots share; read after
# tests/lib.sh

# volume OPTION… - a volume's id
volume()
{
	qami create-volume --availability-zone us-east-1a --output text \
		--query VolumeId "$@"
}

# snap VOLUME [OPTION…] - a snapshot's id
snap()
{
	qami create-snapshot --output text --query SnapshotId --volume-id "$@"
}

# of TABLE ID - the file of a volume or snapshot
of()
{
	echo "$QAMI_STORE/layers/$(sql "SELECT layer FROM $1 WHERE id = '$2'")"
}

# patient COMMAND… - one that opens layers, tried again while a job has them or
# has just put others in their places
patient()
{
	local tries

	tries=0
	until "$@" >"$TMPDIR/io" 2>&1; do
		tries=$((tries + 1))
		if [ $tries -gt 300 ] ||
			! grep -qE 'Failed to get|backing file' "$TMPDIR/io"
		then
			cat "$TMPDIR/io" >&2
			return 1
		fi
		sleep 0.2
	done
}

# still FILE COMMAND… - the same until the file is the one that it was before:
# what a job put in its place meanwhile was not seen, and not written
still()
{
	local file was

	file=$1
	was=
	shift
	while [ "$was" != "$(stat -c %i "$file")" ]; do
		was=$(stat -c %i "$file")
		patient "$@" || return 1
	done
}

# put VOLUME BYTE MIB - fills a megabyte of an idle volume
put()
{
	set -- "$(of volume "$1")" "$2" "$3"
	still "$1" qemu-io -f qcow2 -c "write -P $2 $3M 1M" "$1"
}

# is FILE BYTE MIB - a megabyte is full of that
is()
{
	case $1 in *.raw) set -- "$@" raw ;; *) set -- "$@" qcow2 ;; esac
	still "$1" qemu-io -r -f "$4" -c "read -P $2 $3M 1M" "$1" || return 1
	grep -q 'verification failed' "$TMPDIR/io" || return 0
	echo "$1 is not full of $2 at $3 MiB" >&2
	return 1
}

# first VOLUME - the number that its first 8 bytes spell
first()
{
	patient qemu-img dd -f qcow2 -O raw bs=512 count=1 \
		if="$(of volume "$1")" of="$TMPDIR/first"
	head -c 8 "$TMPDIR/first" | sed 's/^0*//'
}

# look VOLUME BYTE MIB - so does an idle volume say
look()
{
	is "$(of volume "$1")" "$2" "$3"
}

# holds SNAPSHOT BYTE MIB - so does a volume that is made of a snapshot
holds()
{
	local copy

	copy=$(volume --snapshot-id "$1")
	look "$copy" "$2" "$3"
	qami delete-volume --volume-id "$copy"
}

# sums SIZE - what each snapshot and volume shows in its first SIZE bytes
sums()
{
	sql "SELECT id || ' ' || layer FROM snapshot UNION ALL
		SELECT id || ' ' || layer FROM volume ORDER BY 1" |
		while read -r id layer; do
			rm -f "$TMPDIR/raw"
			qemu-img dd -U -f "${layer##*.}" -O raw bs="$1" count=1 \
				if="$QAMI_STORE/layers/$layer" \
				of="$TMPDIR/raw"
			echo "$id $(openssl dgst -r -sha256 <"$TMPDIR/raw")"
		done
}

# kill_filler LAYER - kills who fetches it, as soon as somebody does
kill_filler()
{
	local tries=0

	until pkill -9 -f "^qami --store $QAMI_STORE fill-layer --layer $1\$"; do
		tries=$((tries + 1))
		[ $tries -lt 600 ] || { echo "nobody fills $1" >&2; return 1; }
		sleep 0.1
	done
}

# settled - waits until the jobs in the background are done; the store is sound
settled()
{
	local end

	end=$(($(date +%s) + 300))
	while [ "$(sql "SELECT count(*) FROM op
		WHERE state IN ('intent', 'fired')")" -gt 0 ]; do
		if [ "$(date +%s)" -ge "$end" ]; then
			echo "jobs are not done after 300 s:" >&2
			sql "SELECT kind, state, step, owner, due, payload
				FROM op WHERE state IN ('intent', 'fired')" >&2
			return 1
		fi
		sleep 0.2
	done
	# libvirt cleans up after ended machines for a while
	until tests/audit >"$TMPDIR/audit"; do
		if [ "$(date +%s)" -ge "$end" ]; then
			cat "$TMPDIR/audit" >&2
			return 1
		fi
	done
}

# acknowledged WHAT - a snapshot or image whose id was printed before somebody
# was killed is there; needs tests/crash.sh
acknowledged()
{
	local id

	id=$(grep -oE '(snap|ami)-[0-9a-f]{17}' "$TMPDIR/out" | head -n 1)
	case $id in
	snap-*) [ -n "$(sql "SELECT id FROM snapshot WHERE id = '$id'")" ] ||
		wrong "$1: $id was acknowledged" ;;
	ami-*) [ -n "$(sql "SELECT id FROM image WHERE id = '$id'")" ] ||
		wrong "$1: $id was acknowledged" ;;
	esac
}

# drop - deletes all snapshots that no image needs
drop()
{
	for id in $(qami snaps -q); do
		qami delete-snapshot --snapshot-id "$id" 2>/dev/null || :
	done
}
