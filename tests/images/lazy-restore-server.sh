#!/bin/sh
# takes long
# An image is restored from an S3 server, this one another store's, and used at
# once: only the pieces that are needed are asked for, and nothing is kept of
# the object. While the server is away the rest waits; when another object lies
# there the image has failed, and what is missing is an error for ever.
. tests/lib.sh
. tests/snapshot.sh
. tests/stored.sh
. tests/region.sh
QAMI_FILL_RATE=0.25
export QAMI_FILL_RATE

. tests/filling.sh
. tests/between.sh

# fetched - how many bytes were asked for since the log was emptied
fetched()
{
	python3 - "$TMPDIR/between/log" <<'END'
import re, sys
pieces = re.findall(r" bytes=(\d+)-(\d+)\n", open(sys.argv[1]).read())
print(sum(int(last) - int(first) + 1 for first, last in pieces))
END
}

# restore NAME - sets new, snap, layer and volume
restore()
{
	new=$(qami create-restore-image-task --bucket s3://cold --name "$1" \
		--object-key "$ami.bin" | get ImageId)
	snap=$(snapshot_of "$new")
	layer=$(sql "SELECT layer FROM snapshot WHERE id = '$snap'")
	volume=$(volume --snapshot-id "$snap")
}

head -c 40M /dev/urandom >"$TMPDIR/raw"
ami=$(qami import "$TMPDIR/raw" --name web)
qami create-store-image-task --image-id "$ami" --bucket s3://cold >"$TMPDIR/out"
stored_is "$ami" Completed
rm "$TMPDIR/between/log"
restore again
until_is 80 sql "SELECT blocks FROM filling WHERE layer = '$layer'"
reads "$TMPDIR/raw" 79
reads "$TMPDIR/raw" 24
same pending "$(qami describe-images --image-ids "$new" | get Images.0.State)"
[ "$(fetched)" -lt $((30 << 20)) ]
same 0 "$(grep -c 'GET .* -$' "$TMPDIR/between/log" || :)"

# the server fails: what is missing is an error, what was fetched is not
plan 'always 503'
missing "$TMPDIR/raw" 78
until_is impaired filling
reads "$TMPDIR/raw" 24
plan pass
until_is filling filling
reads "$TMPDIR/raw" 78

# nor does what it refuses, or that nobody knows it, mean that the object is gone
plan 'always 418'
missing "$TMPDIR/raw" 77
until_is impaired filling
qami s3-server --remove
kill -9 "$(filler)"
why()
{
	sql "SELECT message LIKE '%no S3 server is set%' FROM filling
		WHERE layer = '$layer'"
}
until_is 1 why
sleep 0.5
known
plan pass
until_is filling filling
reads "$TMPDIR/raw" 77

# all of it, encrypted as well; of the object nothing lies here
qami enable-ebs-encryption-by-default >"$TMPDIR/out"
fast=$(volume --snapshot-id "$snap" --volume-initialization-rate 300)
restored_is "$new" available
patient qemu-img convert -O raw "$(of snapshot "$snap")" "$TMPDIR/got"
cmp -n $((40 << 20)) "$TMPDIR/raw" "$TMPDIR/got"
same 0 "$(grep -c 'GET .* -$' "$TMPDIR/between/log" || :)"
qami delete-volume --volume-id "$fast"
restore sealed
same True "$(qami describe-snapshots --snapshot-ids "$snap" |
	get Snapshots.0.Encrypted)"
until reads "$TMPDIR/raw" 11; do
	sleep 0.1
done
qami disable-ebs-encryption-by-default >"$TMPDIR/out"

# another object lies there: nothing of it is read, and that is the end of it
object=$(find "$TMPDIR/far/buckets/cold" -type f)
cp "$object" "$TMPDIR/object"
head -c "$(stat -c %s "$object")" /dev/urandom >"$object.new"
mv "$object.new" "$object"
until_is failed filling
qami describe-images --image-ids "$new" >"$TMPDIR/out"
same "failed InvalidParameterValue" \
	"$(get Images.0.State <"$TMPDIR/out") \
$(get Images.0.StateReason.Code <"$TMPDIR/out")"
has 'took the place' "$TMPDIR/out"
qami describe-snapshots --snapshot-ids "$snap" >"$TMPDIR/out"
same error "$(get Snapshots.0.State <"$TMPDIR/out")"
has 'took the place' "$TMPDIR/out"
same impaired "$(qami describe-volume-status --volume-ids "$volume" |
	get VolumeStatuses.0.VolumeStatus.Status)"
fails IncorrectState volume --snapshot-id "$snap"
fails InvalidAMIID.Unavailable qami run-instances --image-id "$new"
reads "$TMPDIR/raw" 11
missing "$TMPDIR/raw" 70
cp "$TMPDIR/object" "$object.new"
mv "$object.new" "$object"
missing "$TMPDIR/raw" 70
kill -9 "$(filler)"
until reads "$TMPDIR/raw" 11; do
	sleep 0.1
done
missing "$TMPDIR/raw" 70
qami delete-volume --volume-id "$volume"
qami deregister-image --image-id "$new" --delete-associated-snapshots \
	>"$TMPDIR/out"

# it is not there any more, nor is who asks for it
rm "$object"
fails NoSuchKey qami create-restore-image-task --bucket s3://cold \
	--name gone --object-key "$ami.bin"
settled
same '' "$(ls "$QAMI_STORE/fill")"
qami fsck --deep
