#!/bin/sh
# create-restore-image-task - an image of several disks comes back whole in a
# store that shares nothing with its own; what is cut short, altered or somebody
# else's does not come back at all
. tests/lib.sh
. tests/snapshot.sh
. tests/stored.sh

# an image with all that one can have
truncate -s 20M "$TMPDIR/root.raw"
head -c 3000000 /dev/urandom |
	dd of="$TMPDIR/root.raw" bs=1M seek=4 conv=notrunc status=none
printf '\125\252' | dd of="$TMPDIR/root.raw" bs=1 seek=510 conv=notrunc \
	status=none
root=$(snapshot_of "$(qami import "$TMPDIR/root.raw" --name root)")
data=$(snapshot_of "$(image data)")
qami create-tags --resources "$data" --tags Key=of,Value=data
ami=$(qami register-image --name web --description 'for people' \
	--root-device-name /dev/xvda --boot-mode uefi --ena-support \
	--imds-support v2.0 --architecture x86_64 --block-device-mappings "[
	{\"DeviceName\": \"/dev/xvda\", \"Ebs\": {\"SnapshotId\": \"$root\",
	 \"VolumeType\": \"gp3\", \"VolumeSize\": 9, \"Iops\": 4000,
	 \"Throughput\": 200, \"DeleteOnTermination\": false}},
	{\"DeviceName\": \"/dev/sdf\", \"Ebs\": {\"SnapshotId\": \"$data\"}},
	{\"DeviceName\": \"/dev/sdg\", \"Ebs\": {\"VolumeSize\": 3}},
	{\"DeviceName\": \"/dev/sdh\", \"VirtualName\": \"ephemeral0\"},
	{\"DeviceName\": \"/dev/sdi\", \"NoDevice\": \"\"}]" | get ImageId)
qami create-tags --resources "$ami" --tags Key=a,Value=b Key=c,Value=d
qami create-store-image-task --image-id "$ami" --bucket images >"$TMPDIR/out"
stored_is "$ami" Completed
key=$ami.bin
object=$QAMI_STORE/buckets/images/$key
was=$(shown "$ami") was_data=$(shown "$ami" 1)

# about IMAGE - all that an image is but for ids, times and whose it is
about()
{
	qami describe-images --image-ids "$1" | python3 -c '
import json, sys
image = json.load(sys.stdin)["Images"][0]
for name in ("ImageId", "CreationDate", "OwnerId", "ImageLocation",
             "SourceImageId", "SourceImageRegion"):
    image.pop(name, None)
for mapping in image["BlockDeviceMappings"]:
    mapping.get("Ebs", {}).pop("SnapshotId", None)
json.dump(image, sys.stdout, indent=1, sort_keys=True)'
}
about "$ami" >"$TMPDIR/before"

# another store, of another region and account
export QAMI_STORE="$TMPDIR/second" QAMI_ACCOUNT=444444444444
QAMI_REGION=eu-west-1 qami images
restore='create-restore-image-task'
fails NoSuchBucket qami $restore --bucket images --object-key "$key"
image=$(image other)
qami create-store-image-task --image-id "$image" --bucket images \
	>"$TMPDIR/out"
stored_is "$image" Completed
fails NoSuchKey qami $restore --bucket images --object-key "$key"
cp "$object" "$QAMI_STORE/buckets/images/$key"
dry qami $restore --bucket images --object-key "$key"
new=$(qami $restore --bucket images --object-key "$key" | get ImageId)
[ "$new" != "$ami" ]
restored_is "$new" available
about "$new" >"$TMPDIR/after"
diff "$TMPDIR/before" "$TMPDIR/after"
same "$was" "$(shown "$new")"
same "$was_data" "$(shown "$new" 1)"
snap=$(snapshot_of "$new" 1)
[ "$snap" != "$data" ]
same data "$(qami describe-snapshots --snapshot-ids "$snap" |
	get Snapshots.0.Tags.0.Value)"
same "$ami" "$(qami describe-images --image-ids "$new" |
	get Images.0.SourceImageId)"
same us-east-1 "$(qami describe-images --image-ids "$new" |
	get Images.0.SourceImageRegion)"

# a name is its account's only once; other tags go over the stored ones
fails InvalidAMIName.Duplicate qami $restore --bucket images --object-key "$key"
qami quota set --snapshots $(($(sql 'SELECT count(*) FROM snapshot') + 1))
fails SnapshotLimitExceeded qami $restore --bucket images --name again \
	--object-key "$key"
qami quota set --snapshots none
fails InvalidAMIName.Malformed qami $restore --bucket images \
	--object-key "$key" --name x
fails NoSuchBucket as 222222222222 $restore --bucket images --object-key "$key"
fails NoSuchKey qami $restore --bucket images --object-key none.bin
fails InvalidParameterValue qami $restore --bucket images --object-key ../x
fails InvalidParameterValue qami $restore --bucket images/a --object-key x
fails TagLimitExceeded qami $restore --bucket images --name many \
	--object-key "$key" --tag-specifications \
	"ResourceType=image,Tags=[$(seq -s , -f '{Key=%g,Value=x}' 51)]"
fails MissingParameter qami $restore --cli-input-json '{}'
new=$(qami $restore --bucket images --object-key "$key" --name again \
	--tag-specifications 'ResourceType=image,Tags=[{Key=a,Value=z}]' \
	'ResourceType=snapshot,Tags=[{Key=s,Value=t}]' | get ImageId)
# while it is pending it is nothing to launch or to enable
case $(qami describe-images --image-ids "$new" | get Images.0.State) in
pending)
	fails InvalidAMIID.Unavailable qami enable-image --image-id "$new" ||
		[ "$(qami describe-images --image-ids "$new" |
			get Images.0.State)" = available ]
	;;
esac
restored_is "$new" available
same z "$(qami describe-tags --filters Name=resource-id,Values="$new" \
	Name=key,Values=a | get Tags.0.Value)"
same t "$(qami describe-tags --filters Name=key,Values=s \
	Name=resource-id,Values="$(snapshot_of "$new")" | get Tags.0.Value)"

# hostile WORDS - an image of the object comes to nothing, and says why: at once,
# or when its disks are read; nothing is left
bucket=$QAMI_STORE/buckets/images
hostile()
{
	local layers bad

	layers=$(ls "$QAMI_STORE/layers")
	if qami $restore --bucket images --object-key bad.bin --name bad \
		>"$TMPDIR/out" 2>"$TMPDIR/err"; then
		bad=$(get ImageId <"$TMPDIR/out")
		restored_is "$bad" failed
		fails InvalidAMIID.Unavailable qami run-instances --image-id \
			"$bad"
		fails InvalidAMIID.Unavailable qami enable-image --image-id \
			"$bad"
		qami describe-images --image-ids "$bad" >"$TMPDIR/err"
		same InvalidParameterValue "$(get Images.0.StateReason.Code \
			<"$TMPDIR/err")"
		finds 1 describe-images \
			state-reason-code=InvalidParameterValue \
			'state-reason-message=?*'
		qami deregister-image --image-id "$bad" \
			--delete-associated-snapshots >"$TMPDIR/out"
		settled
	fi
	has "$1" "$TMPDIR/err"
	same "$layers" "$(ls "$QAMI_STORE/layers")"
	same '' "$(ls "$QAMI_STORE/tasks")"
}
size=$(stat -c %s "$object")
head -c $((size - 1)) "$object" >"$bucket/bad.bin"
hostile 'cut short'
head -c 100 "$object" >"$bucket/bad.bin"
hostile 'cut short'
: >"$bucket/bad.bin"
hostile 'no stored image'
head -c 3000000 /dev/zero >"$bucket/bad.bin"
hostile 'no stored image'
{ cat "$object" && echo; } >"$bucket/bad.bin"
hostile 'behind its end'
# alter OFFSET - one byte of it
alter()
{
	cp "$object" "$bucket/bad.bin"
	python3 - "$bucket/bad.bin" "$1" <<'END'
import sys
with open(sys.argv[1], "r+b") as file:
    file.seek(int(sys.argv[2]))
    byte = file.read(1)[0]
    file.seek(int(sys.argv[2]))
    file.write(bytes([byte ^ 1]))
END
}
alter 80
hostile 'metadata were altered'
alter $((size / 2))
hostile 'was altered'
alter $((size - 80))
hostile 'has a disk of'
alter $((size - 100))
hostile 'index is too short'
# the digest of all says which object it is; each byte of a disk has its own
alter $((size - 1))
new=$(qami $restore --bucket images --object-key bad.bin --name bad |
	get ImageId)
restored_is "$new" available
same "$was" "$(shown "$new")"
same "$was_data" "$(shown "$new" 1)"
qami deregister-image --image-id "$new" --delete-associated-snapshots \
	>"$TMPDIR/out"
settled

# forged WORDS EXPRESSION - metadata that somebody else has written, with all
# digests right
forged()
{
	python3 - "$object" "$bucket/bad.bin" "$2" <<'END'
import hashlib, json, struct, sys
data = open(sys.argv[1], "rb").read()
size = struct.unpack(">I", data[20:24])[0]
m = json.loads(data[64:64 + size])
exec(sys.argv[3])
text = json.dumps(m).encode()
index, total, blocks = struct.unpack(">QQQ", data[-56:-32])
shift = len(text) - size
entries, out, at = data[index:-64], b"", 0
for at in range(0, len(entries), 16):
    one, two = struct.unpack(">QQ", entries[at:at + 16])
    # a disk's last entry is its size and count
    if one < 1 << 18 and two >= 64:
        two += shift
    out += struct.pack(">QQ", one, two)
new = data[:20] + struct.pack(">I", len(text)) + data[24:32] + \
    hashlib.sha256(text).digest() + text + data[64 + size:index] + out + \
    b"qamiend\n" + struct.pack(">QQQ", index + shift, total + shift, blocks)
open(sys.argv[2], "wb").write(new + hashlib.sha256(new).digest())
END
	[ -z "$1" ] || hostile "$1"
}
forged '' 'm["image"]["name"] = "renamed"'
new=$(qami $restore --bucket images --object-key bad.bin | get ImageId)
restored_is "$new" available
same "$was" "$(shown "$new")"
forged "no image's: name" 'm["image"]["name"] = "a\nb"'
forged "no image's: description" 'm["image"]["description"] = "x" * 300'
forged "no image's: architecture" 'm["image"]["architecture"] = "vax"'
forged "no image's: boot-mode" 'm["image"]["boot-mode"] = 7'
forged "no image's: device" 'm["mappings"][0]["device"] = "/etc/passwd"'
forged 'mapped twice' 'm["mappings"][1]["device"] = "xvda"'
forged "no image's: disk" 'm["mappings"][0]["disk"] = 2'
forged "no image's: disks" 'm["disks"].append(m["disks"][0])'
forged 'root device has no disk' 'del m["mappings"][0]["disk"]'
forged 'smaller than its snapshot' 'm["mappings"][1]["size"] = 0'
forged 'is too large' 'm["mappings"][2]["size"] = 20000'
forged 'ratio of' 'm["mappings"][0]["iops"] = 80000'
forged "no image's: tags" 'm["tags"] = {str(i): "" for i in range(51)}'
forged "no image's: mappings" 'm["mappings"] = m["mappings"] * 30'
forged 'no object of JSON' 'm = []'

# one that a qami has begun which did not yet note the digest of all of it
sql "CREATE TRIGGER stop BEFORE INSERT ON snapshot
	BEGIN SELECT RAISE(ABORT, 'not now'); END"
new=$(qami $restore --bucket images --object-key "$key" --name older |
	get ImageId)
restored_is "$new" failed
sql "DROP TRIGGER stop; UPDATE image SET state = 'pending' WHERE id = '$new';
UPDATE image_task SET state = 'active', code = NULL, message = NULL,
	request = json_remove(request, '\$.version') WHERE image = '$new';
UPDATE op SET state = 'intent', step = 0, owner = '', slow = 1
	WHERE payload LIKE '%' || (SELECT id FROM image_task
		WHERE image = '$new') || '%'"
sql "SELECT request FROM image_task WHERE image = '$new'" >"$TMPDIR/request"
has metadata "$TMPDIR/request"
! grep version "$TMPDIR/request"
qami run-jobs >"$TMPDIR/out"
restored_is "$new" available
same "$was" "$(shown "$new")"
tests/audit --jobs
