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

# sql STATEMENT - on the registry, beside the jobs that work there
sql()
{
	sqlite3 -cmd '.timeout 10000' "$QAMI_STORE/qami.db" "$1"
}

# of TABLE ID - the file of a volume or snapshot
of()
{
	echo "$QAMI_STORE/layers/$(sql "SELECT layer FROM $1 WHERE id = '$2'")"
}

# put VOLUME BYTE MIB - fills a megabyte of an idle volume
put()
{
	qemu-io -f qcow2 -c "write -P $2 $3M 1M" "$(of volume "$1")" \
		>"$TMPDIR/io" || { cat "$TMPDIR/io" >&2; return 1; }
}

# is FILE BYTE MIB - a megabyte is full of that
is()
{
	case $1 in *.raw) set -- "$@" raw ;; *) set -- "$@" qcow2 ;; esac
	qemu-io -r -f "$4" -c "read -P $2 $3M 1M" "$1" >"$TMPDIR/io" &&
		! grep -q 'verification failed' "$TMPDIR/io" && return 0
	echo "$1 is not full of $2 at $3 MiB" >&2
	cat "$TMPDIR/io" >&2
	return 1
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

# settled - waits until the jobs in the background are done; the store is sound
settled()
{
	local end

	end=$(($(date +%s) + 60))
	while [ "$(sql "SELECT count(*) FROM op
		WHERE state IN ('intent', 'fired')")" -gt 0 ]; do
		if [ "$(date +%s)" -ge "$end" ]; then
			echo "jobs are not done after 60 s" >&2
			return 1
		fi
		sleep 0.2
	done
	tests/audit
}
