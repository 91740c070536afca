# fast-restore - a volume of a snapshot with fast restore against one without:
# from CreateVolume to its first 4 KiB and to its last byte
#
# The snapshot is the last of twelve, each with some of 256 MiB of noise; the one
# without is a copy of it, the same layers. Their files are thrown out of the
# host's cache before each round; the layer of the fast restore is where its job
# and the server's beginning leave it, in memory. Each round has a credit, by
# the store's clock.
export QAMI_CONNECT=embed
zone=us-east-1a
of()
{
	echo "$QAMI_STORE/layers/$(sqlite3 -cmd '.timeout 10000' \
		"$QAMI_STORE/qami.db" \
		"SELECT layer FROM $1 WHERE $2 = '$3'")"
}
volume=$(qami create-volume --availability-zone $zone --size 1 \
	--output text --query VolumeId)
for at in 0 1 2 3 4 5 6 7 8 9 10 11; do
	head -c 22M /dev/urandom >"$work/noise"
	qemu-io -f qcow2 -c "write -q -s $work/noise $((at * 21))M 22M" \
		"$(of volume id "$volume")"
	fast=$(qami create-snapshot --volume-id "$volume" --output text \
		--query SnapshotId)
done
plain=$(qami copy-snapshot --source-region us-east-1 --source-snapshot-id \
	"$fast" --output text --query SnapshotId)
qami enable-fast-snapshot-restores --availability-zones $zone \
	--source-snapshot-ids "$fast" >"$work/out"
until [ -n "$(sqlite3 -cmd '.timeout 10000' "$QAMI_STORE/qami.db" \
	'SELECT built FROM fast_layer WHERE built')" ]; do sleep 0.1; done
flat=$(of fast_layer snapshot "$fast")
qami clock forward 1d >"$work/out"
cat >"$work/made" <<'END'
set -eu
id=$(qami create-volume --availability-zone us-east-1a --snapshot-id "$1" \
	--output text --query '[VolumeId,FastRestored]')
[ "${id##*	}" = "$2" ]
layer=$(sqlite3 "$QAMI_STORE/qami.db" \
	"SELECT layer FROM volume WHERE id = '${id%%	*}'")
qemu-io -r -f qcow2 -c "read -q $3" "$QAMI_STORE/layers/$layer"
END
cat >"$work/cold" <<'END'
set -eu
qami vols -q | while read -r id; do
	[ "$id" = "$1" ] || qami delete-volume --volume-id "$id"
done
qami clock forward 1h >/dev/null
for layer in "$QAMI_STORE"/layers/*; do
	[ "$layer" = "$2" ] || dd if="$layer" iflag=nocache count=0 status=none
done
END
for part in '100M 4k|the first 4 KiB' '0 256M|all of 256 MiB'; do
	tests/bench/compare 7 - \
		"sh $work/made $fast True '${part%%|*}'" \
		"sh $work/made $plain None '${part%%|*}'" \
		"sh $work/cold $volume $flat" \
		"fast restore: ${part#*|}, a cold chain of 12"
done
