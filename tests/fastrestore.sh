# fastrestore.sh - what the tests of fast snapshot restore share; read after
# tests/snapshot.sh

zone=us-east-1a

# fast VERB SNAPSHOT… - enables or disables them in the zone
fast()
{
	local verb

	verb=$1
	shift
	qami "$verb-fast-snapshot-restores" --availability-zones $zone \
		--source-snapshot-ids "$@"
}

# fast_state SNAPSHOT - as it is listed
fast_state()
{
	qami describe-fast-snapshot-restores --output text --filters \
		Name=snapshot-id,Values="$1" \
		--query 'FastSnapshotRestores[].State'
}

# fast_is SNAPSHOT STATE - waits until it is
fast_is()
{
	local tries=0

	until [ "$(fast_state "$1")" = "$2" ]; do
		tries=$((tries + 1))
		[ $tries -lt 600 ] || {
			echo "$1 is $(fast_state "$1"), not $2" >&2
			return 1
		}
		sleep 0.1
	done
}

# built SNAPSHOT - waits until its layer is there
built()
{
	local tries=0

	until [ -n "$(sql "SELECT built FROM fast_layer
		WHERE snapshot = '$1' AND built")" ]; do
		tries=$((tries + 1))
		[ $tries -lt 600 ] || {
			echo "the layer of $1 is not built" >&2
			return 1
		}
		sleep 0.1
	done
}

# later SECONDS - that much later, by the store's clock
later()
{
	qami clock forward "${1}s" >"$TMPDIR/out"
}

# below VOLUME - how many layers a volume stands on
below()
{
	sql "WITH RECURSIVE chain (at) AS (SELECT parent FROM layer
		WHERE name = (SELECT layer FROM volume WHERE id = '$1')
		UNION ALL SELECT parent FROM layer JOIN chain ON name = at)
		SELECT count(at) FROM chain"
}

# restored SNAPSHOT - makes a volume of it, and says whether that was fast, and
# what is below it
restored()
{
	local fast id

	id=$(qami create-volume --availability-zone $zone --snapshot-id "$1" \
		--output text --query '[VolumeId,FastRestored]')
	fast=${id##*	}
	id=${id%%	*}
	echo "$fast $(below "$id")"
	qami delete-volume --volume-id "$id"
}
