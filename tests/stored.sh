# stored.sh - what the tests of stored images share; read after tests/lib.sh

# task_over VERB PATH WORD… - waits until what a Describe says is one of these
task_over()
{
	local end now word verb path

	verb=$1
	path=$2
	shift 2
	end=$(($(date +%s) + 60))
	while :; do
		now=$(qami $verb | get "$path")
		for word do
			[ "$now" != "$word" ] || { echo "$now"; return 0; }
		done
		[ "$(date +%s)" -lt $end ] || {
			echo "$verb: still $now" >&2
			return 1
		}
		sleep 0.1
	done
}

# stored_is IMAGE STATE - the last task about an image ends so
stored_is()
{
	same "$2" "$(task_over "describe-store-image-tasks --image-ids $1" \
		StoreImageTaskResults.-1.StoreTaskState Completed Failed)"
}

# restored_is IMAGE STATE - an image that is being restored becomes that
restored_is()
{
	same "$2" "$(task_over "describe-images --image-ids $1" \
		Images.0.State available failed)"
}

# snapshot_of IMAGE [NUMBER] - the snapshot of an entry of its mapping
snapshot_of()
{
	qami describe-images --image-ids "$1" |
		get "Images.0.BlockDeviceMappings.${2:-0}.Ebs.SnapshotId"
}

# shown IMAGE [NUMBER] - the digest of what a volume of it would show
shown()
{
	local layer

	layer=$(sql "SELECT layer || ' ' || format FROM snapshot
		JOIN layer ON layer.name = layer
		WHERE id = '$(snapshot_of "$@")'")
	rm -f "$TMPDIR/shown"
	qemu-img convert -f "${layer#* }" -O raw \
		"$QAMI_STORE/layers/${layer% *}" "$TMPDIR/shown"
	sha256sum <"$TMPDIR/shown"
}
