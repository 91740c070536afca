# stored.sh - what the tests of stored images share; read after tests/lib.sh

# task_over VERB PATH WORD… - waits until what a Describe says is one of these
task_over()
{
	local end now word verb path

	verb=$1
	path=$2
	shift 2
	end=$(($(date +%s) + 300))
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

# exported TASK STATUS - an export ends so
exported()
{
	same "$2" "$(task_over "describe-export-image-tasks \
		--export-image-task-ids $1" ExportImageTasks.0.Status \
		completed deleted)"
}

# imported TASK STATUS - an import ends so
imported()
{
	same "$2" "$(task_over "describe-import-image-tasks \
		--import-task-ids $1" ImportImageTasks.0.Status \
		completed deleted)"
}

# noise_disk PATH - a disk of 12 MiB with data, holes, and an end of its own
noise_disk()
{
	truncate -s 12M "$1"
	head -c 1500000 /dev/urandom |
		dd of="$1" bs=1M seek=3 conv=notrunc status=none
	printf '\125\252' | dd of="$1" bs=1 seek=510 conv=notrunc status=none
	printf end | dd of="$1" bs=1 seek=12582909 conv=notrunc status=none
}

# begun COMMAND… - begins slow jobs that nobody works on yet; what it says
begun()
(
	unworked
	# not in the shell's own place, which has to keep the descriptor
	"$@" 9>&- || exit
)
