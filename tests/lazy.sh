# lazy.sh - what the tests of copies that are used while they are on their way
# share; read after tests/lib.sh, tests/snapshot.sh and tests/region.sh
. tests/filling.sh

# asked SNAPSHOT [OPTION…] - begins a copy from $region or far-1 that no job
# works on until let_go; its id is in $copy
asked()
{
	held
	copy=$(qami copy-snapshot --source-region "${region:-far-1}" \
		--output text --query SnapshotId --source-snapshot-id "$@")
}
# stood_on - makes a volume of $copy, whose layer is in $layer then
stood_on()
{
	volume=$(volume --snapshot-id "$copy" "$@")
	layer=$(sql "SELECT layer FROM snapshot WHERE id = '$copy'")
	[ -n "$layer" ]
	# who fills it looks at what there is to do, and says so
	until_more 0 sql "SELECT blocks FROM filling WHERE layer = '$layer'"
}
# until_more NUMBER COMMAND… - waits until that prints a larger one
until_more()
{
	local least

	least=$1
	shift
	for try in $(seq 1200); do
		[ "$("$@")" -le "$least" ] || return 0
		sleep 0.1
	done
	echo "still $("$@"), not more than $least" >&2
	return 1
}
# state - of the copy
state()
{
	sql "SELECT state FROM snapshot WHERE id = '$copy'"
}
# filled - how many of the blocks are here for good
filled()
{
	sql "SELECT filled FROM filling WHERE layer = '$layer'"
}
# again FILE BLOCK - the same when somebody else is just beginning to fill it
again()
{
	for try in $(seq 100); do
		! reads "$@" || return 0
		sleep 0.1
	done
	reads "$@"
}
# fast - the rest of $copy comes at once, and is what the other store has
fast()
{
	volume --snapshot-id "$copy" --volume-initialization-rate 300 \
		>"$TMPDIR/out"
	arrived "$copy"
	same "$(far told "$1")" "$(told "$copy")"
}
# snapshot_of IMAGE - its snapshot in the other store
snapshot_of()
{
	far qami describe-images --image-ids "$1" --output text \
		--query 'Images[0].BlockDeviceMappings[0].Ebs.SnapshotId'
}
