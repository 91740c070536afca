#!/bin/sh
# a store of version 1 goes on with all that it had
. tests/lib.sh

store=$QAMI_STORE
mkdir -m 711 "$store" "$store/layers" "$store/run" "$store/scratch" \
	"$store/instances"
layer=layer-00000000000000001.raw
truncate -s 1M "$store/layers/$layer"
printf x | dd of="$store/layers/$layer" conv=notrunc status=none
chmod 400 "$store/layers/$layer"
{
	awk '/^-- version 2/ { exit } { print }' images/registry/schema.sql
	cat <<END
PRAGMA user_version = 1;
INSERT INTO setting VALUES ('region', 'eu-west-9');
INSERT INTO account VALUES ('123456789012', 1);
INSERT INTO layer VALUES ('$layer', 'raw', NULL, 1048576, 'frozen', 1);
INSERT INTO snapshot VALUES (7, 'snap-00000000000000001', '123456789012',
	'$layer', 'vol-ffffffff', 1, 'old', 'completed', 1);
INSERT INTO image (id, owner, name, description, kind, architecture, state,
	location, root_device_name, root_device_type, ena, created)
	VALUES ('ami-00000000000000001', '123456789012', 'alpha', '', 'machine',
	'x86_64', 'available', '', '/dev/sda1', 'ebs', 1, 1);
INSERT INTO image_mapping (image, position, device, snapshot, size)
	VALUES ('ami-00000000000000001', 0, '/dev/sda1',
	'snap-00000000000000001', 1);
END
} | sqlite3 "$store/qami.db"

qami describe-snapshots >"$TMPDIR/answer"
same old "$(get Snapshots.0.Description <"$TMPDIR/answer")"
same completed "$(get Snapshots.0.State <"$TMPDIR/answer")"
same '1 disabled' "$(sql "SELECT completed || ' ' || protection
	FROM snapshot, image")"
same snap-00000000000000001 "$(qami describe-images |
	get Images.0.BlockDeviceMappings.0.Ebs.SnapshotId)"
qami fsck | grep -q ' 0 faults'
same ok "$(sqlite3 "$store/qami.db" 'PRAGMA integrity_check;
	PRAGMA foreign_key_check')"

# what only the new version knows works on the old rows
same 0 "$(qami ebs list-snapshot-blocks --snapshot-id snap-00000000000000001 |
	get Blocks.0.BlockIndex)"
volume=$(qami create-volume --availability-zone eu-west-9a \
	--snapshot-id snap-00000000000000001 | get VolumeId)
snap=$(qami create-snapshot --volume-id "$volume" | get SnapshotId)
qami delete-volume --volume-id "$volume"
qami delete-snapshot --snapshot-id "$snap"
fails InvalidSnapshot.InUse qami delete-snapshot \
	--snapshot-id snap-00000000000000001
qami deregister-image --image-id ami-00000000000000001
qami delete-snapshot --snapshot-id snap-00000000000000001
qami gc >/dev/null
same '' "$(ls "$store/layers")"

# a store of version 3: its accounts take names, users and keys
rm -r "$store"
mkdir -m 711 "$store" "$store/layers" "$store/run"
{
	awk '/^-- version 4/ { exit } { print }' images/registry/schema.sql
	cat <<END
PRAGMA user_version = 3;
INSERT INTO setting VALUES ('region', 'eu-west-9');
INSERT INTO account VALUES ('123456789012', 1000000), ('222222222222', 0);
END
} | sqlite3 "$store/qami.db"
same '123456789012	-	-	1970-01-01T00:00:01+00:00
222222222222	-	-	1970-01-01T00:00:00+00:00' "$(qami account list)"
same 6 "$(sql 'PRAGMA user_version')"
qami account create bob --id 222222222222 --user 4321
qami access-key create --account bob >"$TMPDIR/key"
same 1 "$(qami access-key list -q --account 222222222222 | wc -l)"
same 'bob|4321|1' "$(sql "SELECT name, user, active FROM account, access_key
	WHERE account.id = '222222222222' AND access_key.account = account.id")"
same ok "$(sql 'PRAGMA integrity_check; PRAGMA foreign_key_check')"

# a store of version 5: its snapshots can be locked, and restored fast
rm -r "$store"
mkdir -m 711 "$store" "$store/layers" "$store/run"
truncate -s 1M "$store/layers/$layer"
chmod 400 "$store/layers/$layer"
{
	awk '/^-- version 6/ { exit } { print }' images/registry/schema.sql
	cat <<END
PRAGMA user_version = 5;
INSERT INTO setting VALUES ('region', 'eu-west-9');
INSERT INTO account (id, created) VALUES ('123456789012', 1);
INSERT INTO layer (name, format, size, state, created)
	VALUES ('$layer', 'raw', 1048576, 'frozen', 1);
INSERT INTO snapshot (id, owner, layer, volume, size, description, state,
	created, completed) VALUES ('snap-00000000000000001', '123456789012',
	'$layer', 'vol-ffffffff', 1, 'old', 'completed', 1, 1);
END
} | sqlite3 "$store/qami.db"
same governance "$(qami lock-snapshot --lock-mode governance \
	--snapshot-id snap-00000000000000001 --lock-duration 1 | get LockState)"
same 6 "$(sql 'PRAGMA user_version')"
fails OperationNotPermitted qami delete-snapshot \
	--snapshot-id snap-00000000000000001
same enabling "$(qami enable-fast-snapshot-restores --availability-zones \
	eu-west-9a --source-snapshot-ids snap-00000000000000001 |
	get Successful.0.State)"
same ok "$(sql 'PRAGMA integrity_check; PRAGMA foreign_key_check')"

# … and archived, locked as they are
. tests/stored.sh
. tests/tier.sh
archive snap-00000000000000001
same archive "$(tier_says snap-00000000000000001 StorageTier)"
fails OperationNotPermitted qami delete-snapshot \
	--snapshot-id snap-00000000000000001
unarchive snap-00000000000000001
same ok "$(sql 'PRAGMA integrity_check; PRAGMA foreign_key_check')"
