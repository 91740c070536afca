-- schema.sql - the registry's tables, version by version
--
-- Each section is applied once, in order, in one transaction, to a store whose
-- user_version is lower. A section that has been released is never edited.
-- Times are microseconds since 1970, sizes of volumes GiB, of layers bytes.

-- version 1

CREATE TABLE setting (
	key TEXT PRIMARY KEY,
	value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE account (
	id TEXT PRIMARY KEY CHECK (id NOT GLOB '*[^0-9]*' AND length(id) = 12),
	created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One qcow2 or raw file each. 'active' layers are written by one volume's
-- guest, 'frozen' ones never change, 'doomed' ones wait for their removal.
CREATE TABLE layer (
	name TEXT PRIMARY KEY,
	format TEXT NOT NULL CHECK (format IN ('qcow2', 'raw')),
	parent TEXT REFERENCES layer (name),
	size INTEGER NOT NULL CHECK (size > 0),
	state TEXT NOT NULL CHECK (state IN ('active', 'frozen', 'doomed')),
	created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX layer_parent ON layer (parent);
CREATE INDEX layer_doomed ON layer (state) WHERE state = 'doomed';

CREATE TABLE snapshot (
	seq INTEGER PRIMARY KEY,
	id TEXT NOT NULL UNIQUE,
	owner TEXT NOT NULL REFERENCES account (id),
	layer TEXT NOT NULL REFERENCES layer (name),
	volume TEXT NOT NULL,
	size INTEGER NOT NULL CHECK (size > 0),
	description TEXT NOT NULL,
	state TEXT NOT NULL,
	created INTEGER NOT NULL
) STRICT;
CREATE INDEX snapshot_owner ON snapshot (owner);
CREATE INDEX snapshot_layer ON snapshot (layer);
CREATE INDEX snapshot_volume ON snapshot (volume);

CREATE TABLE image (
	seq INTEGER PRIMARY KEY,
	id TEXT NOT NULL UNIQUE,
	owner TEXT NOT NULL REFERENCES account (id),
	name TEXT NOT NULL,
	description TEXT NOT NULL,
	kind TEXT NOT NULL CHECK (kind IN ('machine', 'kernel', 'ramdisk')),
	architecture TEXT NOT NULL,
	state TEXT NOT NULL,
	location TEXT NOT NULL,
	root_device_name TEXT,
	root_device_type TEXT NOT NULL,
	boot_mode TEXT,
	imds_support TEXT,
	kernel TEXT,
	ramdisk TEXT,
	ena INTEGER NOT NULL,
	layer TEXT REFERENCES layer (name), -- of a kernel or ramdisk
	cmdline TEXT,                       -- of a kernel
	created INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX image_name ON image (name, owner)
	WHERE state <> 'deregistered';
CREATE INDEX image_owner ON image (owner);
CREATE INDEX image_created ON image (created);

CREATE TABLE image_mapping (
	image TEXT NOT NULL REFERENCES image (id),
	position INTEGER NOT NULL,
	device TEXT NOT NULL,
	virtual_name TEXT,
	snapshot TEXT REFERENCES snapshot (id),
	size INTEGER,
	type TEXT,
	iops INTEGER,
	throughput INTEGER,
	delete_on_termination INTEGER,
	no_device INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (image, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX image_mapping_snapshot ON image_mapping (snapshot);

-- An account's number, or 'all' for a public image.
CREATE TABLE launch_permission (
	image TEXT NOT NULL REFERENCES image (id),
	grantee TEXT NOT NULL,
	PRIMARY KEY (image, grantee)
) STRICT, WITHOUT ROWID;
CREATE INDEX launch_permission_grantee ON launch_permission (grantee);

CREATE TABLE instance (
	seq INTEGER PRIMARY KEY,
	id TEXT NOT NULL UNIQUE,
	owner TEXT NOT NULL REFERENCES account (id),
	reservation TEXT NOT NULL,
	launch_index INTEGER NOT NULL,
	image TEXT NOT NULL,
	type TEXT NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('pending', 'running',
		'shutting-down', 'terminated', 'stopping', 'stopped')),
	architecture TEXT NOT NULL,
	zone TEXT NOT NULL,
	root_device_name TEXT NOT NULL,
	root_device_type TEXT NOT NULL,
	boot_mode TEXT NOT NULL,
	kernel TEXT,
	ramdisk TEXT,
	key_name TEXT,
	user_data BLOB,
	shutdown_behavior TEXT NOT NULL
		CHECK (shutdown_behavior IN ('stop', 'terminate')),
	disable_termination INTEGER NOT NULL DEFAULT 0,
	disable_stop INTEGER NOT NULL DEFAULT 0,
	ebs_optimized INTEGER NOT NULL DEFAULT 0,
	source_dest_check INTEGER NOT NULL DEFAULT 1,
	client_token TEXT,
	uuid TEXT NOT NULL UNIQUE,
	mac TEXT NOT NULL UNIQUE,
	address TEXT NOT NULL,
	uri TEXT NOT NULL,      -- libvirt's, fixed at the first start
	accel TEXT NOT NULL,
	pid INTEGER NOT NULL DEFAULT 0,
	boot_id TEXT NOT NULL,  -- the host's, when the machine was started
	launched INTEGER NOT NULL,
	reason TEXT NOT NULL DEFAULT '',
	reason_code TEXT,
	reason_message TEXT,
	changed INTEGER NOT NULL
) STRICT;
CREATE INDEX instance_owner ON instance (owner);
CREATE INDEX instance_reservation ON instance (reservation);
CREATE INDEX instance_image ON instance (image);
CREATE INDEX instance_state ON instance (state);

-- Instance-store disks: raw files that live as long as the machine runs.
CREATE TABLE scratch (
	instance TEXT NOT NULL REFERENCES instance (id),
	device TEXT NOT NULL,
	virtual_name TEXT NOT NULL,
	file TEXT NOT NULL,
	size INTEGER NOT NULL,
	PRIMARY KEY (instance, device)
) STRICT, WITHOUT ROWID;

CREATE TABLE volume (
	seq INTEGER PRIMARY KEY,
	id TEXT NOT NULL UNIQUE,
	owner TEXT NOT NULL REFERENCES account (id),
	layer TEXT NOT NULL UNIQUE REFERENCES layer (name),
	snapshot TEXT NOT NULL,
	size INTEGER NOT NULL CHECK (size > 0),
	type TEXT NOT NULL,
	iops INTEGER,
	throughput INTEGER,
	zone TEXT NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('creating', 'available', 'in-use',
		'deleting', 'error')),
	created INTEGER NOT NULL
) STRICT;
CREATE INDEX volume_owner ON volume (owner);
CREATE INDEX volume_snapshot ON volume (snapshot);

-- A volume is attached to one instance at a time.
CREATE TABLE attachment (
	volume TEXT PRIMARY KEY REFERENCES volume (id) ON DELETE CASCADE,
	instance TEXT NOT NULL REFERENCES instance (id),
	device TEXT NOT NULL,
	position INTEGER NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('attaching', 'attached',
		'detaching', 'busy')),
	delete_on_termination INTEGER NOT NULL,
	attached INTEGER NOT NULL,
	UNIQUE (instance, device)
) STRICT, WITHOUT ROWID;

CREATE TABLE tag (
	resource TEXT NOT NULL,
	key TEXT NOT NULL,
	value TEXT NOT NULL,
	type TEXT NOT NULL,
	owner TEXT NOT NULL REFERENCES account (id),
	PRIMARY KEY (resource, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX tag_key ON tag (key, value);
CREATE INDEX tag_owner ON tag (owner);

-- The journal: what is being done, by whom, and how far it is. `owner` names
-- a lock file that its process holds; '' means that a job waits for someone.
CREATE TABLE op (
	id TEXT PRIMARY KEY,
	kind TEXT NOT NULL,
	account TEXT NOT NULL,
	action TEXT NOT NULL,
	client_token TEXT,
	request TEXT NOT NULL,
	state TEXT NOT NULL
		CHECK (state IN ('intent', 'fired', 'done', 'aborted')),
	step INTEGER NOT NULL DEFAULT 0,
	payload TEXT NOT NULL,
	answer TEXT,
	owner TEXT NOT NULL,
	boot_id TEXT NOT NULL,
	due INTEGER NOT NULL DEFAULT 0,
	created INTEGER NOT NULL,
	updated INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX op_token ON op (account, action, client_token)
	WHERE client_token IS NOT NULL AND state <> 'aborted';
CREATE INDEX op_open ON op (state) WHERE state IN ('intent', 'fired');
CREATE INDEX op_over ON op (updated) WHERE state IN ('done', 'aborted');

-- version 2

-- A consolidated layer stands on the one that was consolidated before it, or
-- on a bottom, so that its chain is short however many snapshots there are.
ALTER TABLE layer ADD COLUMN consolidated INTEGER NOT NULL DEFAULT 0;
-- The bytes of all blocks that a frozen layer shows; NULL until they were
-- counted.
ALTER TABLE layer ADD COLUMN "full" INTEGER;

-- A snapshot that StartSnapshot began is pending, and its layer written, until
-- it is completed or has expired.
ALTER TABLE snapshot ADD COLUMN expires INTEGER;
-- How long each block that is written keeps it from expiring, in minutes; 0
-- when it is being completed.
ALTER TABLE snapshot ADD COLUMN timeout INTEGER;
-- What was written into it before it began: the snapshot it started from.
ALTER TABLE snapshot ADD COLUMN parent TEXT;
CREATE INDEX snapshot_expires ON snapshot (expires) WHERE state = 'pending';

-- One that expired has no layer any more.
ALTER TABLE snapshot ADD COLUMN held TEXT REFERENCES layer (name);
UPDATE snapshot SET held = layer;
DROP INDEX snapshot_layer;
ALTER TABLE snapshot DROP COLUMN layer;
ALTER TABLE snapshot RENAME COLUMN held TO layer;
CREATE INDEX snapshot_layer ON snapshot (layer);

-- The blocks of 512 KiB that were written into a pending snapshot, durably.
CREATE TABLE snapshot_block (
	snapshot TEXT NOT NULL REFERENCES snapshot (id) ON DELETE CASCADE,
	block INTEGER NOT NULL,
	digest BLOB NOT NULL, -- SHA-256
	PRIMARY KEY (snapshot, block)
) STRICT, WITHOUT ROWID;
-- Its owner has deleted it while it was pending: it goes when it completes.
ALTER TABLE snapshot ADD COLUMN deleting INTEGER NOT NULL DEFAULT 0;

-- Who may make volumes of a snapshot: an account's number, or 'all'.
CREATE TABLE snapshot_permission (
	snapshot TEXT NOT NULL REFERENCES snapshot (id) ON DELETE CASCADE,
	grantee TEXT NOT NULL,
	PRIMARY KEY (snapshot, grantee)
) STRICT, WITHOUT ROWID;
CREATE INDEX snapshot_permission_grantee ON snapshot_permission (grantee);

ALTER TABLE volume ADD COLUMN auto_enable_io INTEGER NOT NULL DEFAULT 0;
-- MiB/s that CreateVolume promised for the first reads from the snapshot.
ALTER TABLE volume ADD COLUMN initialization_rate INTEGER;

-- What ModifyVolume did to volumes: the last one is listed, the others count
-- against how many a day allows.
CREATE TABLE modification (
	seq INTEGER PRIMARY KEY,
	volume TEXT NOT NULL REFERENCES volume (id) ON DELETE CASCADE,
	state TEXT NOT NULL CHECK (state IN ('modifying', 'optimizing',
		'completed', 'failed')),
	message TEXT NOT NULL DEFAULT '',
	size INTEGER NOT NULL,              -- the target's …
	type TEXT NOT NULL,
	iops INTEGER,
	throughput INTEGER,
	original_size INTEGER NOT NULL,     -- … and what it was
	original_type TEXT NOT NULL,
	original_iops INTEGER,
	original_throughput INTEGER,
	started INTEGER NOT NULL,
	ended INTEGER
) STRICT;
CREATE INDEX modification_volume ON modification (volume);

-- libvirt's view of a running machine lags behind QEMU's since a snapshot was
-- cut short: nothing may be done to its disks until it is started anew.
ALTER TABLE instance ADD COLUMN stale INTEGER NOT NULL DEFAULT 0;

-- A job that may take minutes is run apart from those that have a deadline.
ALTER TABLE op ADD COLUMN slow INTEGER NOT NULL DEFAULT 0;

-- version 3

-- Directories of <store>/buckets: whose they are.
CREATE TABLE bucket (
	name TEXT PRIMARY KEY,
	owner TEXT NOT NULL REFERENCES account (id),
	created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX bucket_owner ON bucket (owner);

-- What the manifest of an instance-store image said when it was registered.
CREATE TABLE image_bundle (
	image TEXT PRIMARY KEY REFERENCES image (id),
	digest TEXT NOT NULL, -- names the unpacked image in the cache
	size INTEGER NOT NULL CHECK (size > 0) -- the image's, bytes
) STRICT, WITHOUT ROWID;

-- An instance-store root stands on an unpacked image of the cache …
ALTER TABLE scratch ADD COLUMN cache TEXT;
-- … and, while it is bundled, on the file that was its own until then.
ALTER TABLE scratch ADD COLUMN below TEXT;
CREATE INDEX scratch_cache ON scratch (cache) WHERE cache IS NOT NULL;

-- What BundleInstance was asked for, and how far it is.
CREATE TABLE bundle_task (
	seq INTEGER PRIMARY KEY,
	id TEXT NOT NULL UNIQUE,
	owner TEXT NOT NULL REFERENCES account (id),
	instance TEXT NOT NULL,
	bucket TEXT NOT NULL,   -- "s3://…" on a server
	prefix TEXT NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('pending', 'waiting-for-shutdown',
		'bundling', 'storing', 'cancelling', 'complete', 'failed')),
	progress INTEGER NOT NULL DEFAULT 0, -- percent
	error_code TEXT,
	error_message TEXT,
	started INTEGER NOT NULL,
	updated INTEGER NOT NULL
) STRICT;
CREATE INDEX bundle_task_owner ON bundle_task (owner);
CREATE INDEX bundle_task_instance ON bundle_task (instance);

-- Public keys, by their account's names for them.
CREATE TABLE key_pair (
	seq INTEGER PRIMARY KEY,
	id TEXT NOT NULL UNIQUE,
	owner TEXT NOT NULL REFERENCES account (id),
	name TEXT NOT NULL,
	type TEXT NOT NULL CHECK (type IN ('rsa', 'ed25519')),
	fingerprint TEXT NOT NULL,
	public_key TEXT NOT NULL, -- without a comment
	created INTEGER NOT NULL,
	UNIQUE (owner, name)
) STRICT;
-- An instance keeps the key that its pair had when it was launched.
ALTER TABLE instance ADD COLUMN public_key TEXT;

-- An account's default VPC, with its one subnet, as EC2 gives one to each. All
-- have the same ranges; addresses are given to one instance of the store only.
CREATE TABLE vpc (
	seq INTEGER PRIMARY KEY,
	id TEXT NOT NULL UNIQUE,
	owner TEXT NOT NULL UNIQUE REFERENCES account (id),
	subnet TEXT NOT NULL UNIQUE,
	zone TEXT NOT NULL, -- the subnet's
	created INTEGER NOT NULL
) STRICT;

CREATE TABLE security_group (
	seq INTEGER PRIMARY KEY,
	id TEXT NOT NULL UNIQUE,
	owner TEXT NOT NULL REFERENCES account (id),
	name TEXT NOT NULL,
	description TEXT NOT NULL,
	created INTEGER NOT NULL,
	UNIQUE (owner, name)
) STRICT;

-- One range or one group of peers a row.
CREATE TABLE security_group_rule (
	seq INTEGER PRIMARY KEY,
	id TEXT NOT NULL UNIQUE,
	grp TEXT NOT NULL REFERENCES security_group (id),
	egress INTEGER NOT NULL CHECK (egress IN (0, 1)),
	protocol INTEGER NOT NULL,  -- IP's number, -1: all
	from_port INTEGER NOT NULL, -- of ICMP the type; -1: all
	to_port INTEGER NOT NULL,   -- of ICMP the code; -1: all
	cidr TEXT,		    -- either this, IPv4 or IPv6 …
	peer TEXT,		    -- … or a group's id
	description TEXT,
	CHECK ((cidr IS NULL) <> (peer IS NULL))
) STRICT;
CREATE UNIQUE INDEX security_group_rule_once ON security_group_rule
	(grp, egress, protocol, from_port, to_port, coalesce(cidr, peer));
CREATE INDEX security_group_rule_peer ON security_group_rule (peer)
	WHERE peer IS NOT NULL;

CREATE TABLE instance_group (
	instance TEXT NOT NULL REFERENCES instance (id),
	grp TEXT NOT NULL REFERENCES security_group (id),
	position INTEGER NOT NULL,
	PRIMARY KEY (instance, grp)
) STRICT, WITHOUT ROWID;
CREATE INDEX instance_group_grp ON instance_group (grp);

-- What 127.0.0.1 hands on to an instance of the user-mode network (TCP). The
-- port of the host stays the instance's for as long as that lives.
CREATE TABLE forward (
	instance TEXT NOT NULL REFERENCES instance (id),
	guest_port INTEGER NOT NULL,
	host_port INTEGER NOT NULL UNIQUE,
	PRIMARY KEY (instance, guest_port)
) STRICT, WITHOUT ROWID;

-- How an instance is connected: 'plain' is what instances had before they got
-- addresses of their own; 'user' a process of ours, 'bridge' libvirt's network.
ALTER TABLE instance ADD COLUMN network TEXT NOT NULL DEFAULT 'plain'
	CHECK (network IN ('plain', 'user', 'bridge'));
ALTER TABLE instance ADD COLUMN interface TEXT;	      -- "eni-…"
ALTER TABLE instance ADD COLUMN seed INTEGER NOT NULL DEFAULT 1; -- a NoCloud disk
ALTER TABLE instance ADD COLUMN http_endpoint INTEGER NOT NULL DEFAULT 1;
ALTER TABLE instance ADD COLUMN http_tokens TEXT NOT NULL DEFAULT 'optional'
	CHECK (http_tokens IN ('optional', 'required'));
ALTER TABLE instance ADD COLUMN hop_limit INTEGER NOT NULL DEFAULT 1;
ALTER TABLE instance ADD COLUMN metadata_tags INTEGER NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX instance_interface ON instance (interface);
ALTER TABLE instance ADD COLUMN interface_description TEXT NOT NULL DEFAULT '';
CREATE INDEX instance_address ON instance (address);
CREATE UNIQUE INDEX instance_address_once ON instance (address)
	WHERE network <> 'plain' AND state <> 'terminated';

-- version 4

-- The name that people call an account by, and the user of this host who acts
-- as it through the server's socket.
ALTER TABLE account ADD COLUMN name TEXT;
ALTER TABLE account ADD COLUMN user INTEGER;
CREATE UNIQUE INDEX account_name ON account (name) WHERE name IS NOT NULL;
CREATE UNIQUE INDEX account_user ON account (user) WHERE user IS NOT NULL;

-- What signs an account's requests at the endpoint. A secret is kept as it is:
-- whoever verifies a signature needs it.
CREATE TABLE access_key (
	seq INTEGER PRIMARY KEY,
	id TEXT NOT NULL UNIQUE,
	account TEXT NOT NULL REFERENCES account (id),
	secret TEXT NOT NULL,
	active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
	created INTEGER NOT NULL
) STRICT;
CREATE INDEX access_key_account ON access_key (account);

-- From when on those who may only launch an image find it by its id alone.
ALTER TABLE image ADD COLUMN deprecated INTEGER;
-- Whether it may be deregistered, and, when its protection had a cooldown,
-- from when on it may again.
ALTER TABLE image ADD COLUMN protection TEXT NOT NULL DEFAULT 'disabled'
	CHECK (protection IN ('disabled', 'enabled-without-cooldown',
		'enabled-with-cooldown'));
ALTER TABLE image ADD COLUMN protected_until INTEGER;
-- What it was made of, when it was not registered: the instance, and the image
-- that this was launched from; the image that it is a copy of.
ALTER TABLE image ADD COLUMN source_instance TEXT;
ALTER TABLE image ADD COLUMN source_image TEXT;
ALTER TABLE image ADD COLUMN source_region TEXT;
ALTER TABLE image ADD COLUMN launched INTEGER; -- the last time
-- When a snapshot was complete.
ALTER TABLE snapshot ADD COLUMN completed INTEGER;
UPDATE snapshot SET completed = created WHERE state = 'completed';
-- The format of the file that ImportSnapshot made it of.
ALTER TABLE snapshot ADD COLUMN imported TEXT;
-- How a burstable type's credits are spent, where that was chosen: else as the
-- type's family does it.
ALTER TABLE instance ADD COLUMN credits TEXT
	CHECK (credits IN ('standard', 'unlimited'));
ALTER TABLE instance ADD COLUMN monitoring INTEGER NOT NULL DEFAULT 0;

-- version 5

-- What an account may have at most; without a row there is no limit.
CREATE TABLE quota (
	account TEXT NOT NULL REFERENCES account (id),
	resource TEXT NOT NULL CHECK (resource IN ('instances', 'vcpus',
		'memory', 'storage', 'snapshots')),
	most INTEGER NOT NULL CHECK (most >= 0), -- memory MiB, storage GiB
	PRIMARY KEY (account, resource)
) STRICT, WITHOUT ROWID;

-- What CreateReplaceRootVolumeTask was asked for, and how far it is.
CREATE TABLE root_task (
	seq INTEGER PRIMARY KEY,
	id TEXT NOT NULL UNIQUE,
	owner TEXT NOT NULL REFERENCES account (id),
	instance TEXT NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('pending', 'in-progress',
		'succeeded', 'failed')),
	image TEXT,              -- that was asked for
	snapshot TEXT NOT NULL,  -- that the new root volume is made of
	launched TEXT NOT NULL,  -- and that the first one was made of
	volume TEXT NOT NULL,    -- the new one
	replaced TEXT NOT NULL,  -- the old one …
	remove INTEGER NOT NULL, -- … goes
	started INTEGER NOT NULL,
	ended INTEGER
) STRICT;
CREATE INDEX root_task_owner ON root_task (owner);
CREATE INDEX root_task_instance ON root_task (instance);
CREATE INDEX root_task_volume ON root_task (volume);

-- What an account keeps from everybody, whatever it grants: where there is no
-- row nothing is blocked.
CREATE TABLE public_block (
	account TEXT NOT NULL REFERENCES account (id),
	kind TEXT NOT NULL CHECK (kind IN ('image', 'snapshot')),
	state TEXT NOT NULL CHECK (state IN ('block-new-sharing',
		'block-all-sharing')),
	PRIMARY KEY (account, kind)
) STRICT, WITHOUT ROWID;

-- The createVolumePermissions that count: one for all does not while the owner
-- blocks all public sharing.
CREATE VIEW snapshot_granted AS
	SELECT p.snapshot, p.grantee FROM snapshot_permission AS p
	WHERE p.grantee <> 'all' OR NOT EXISTS (
		SELECT 1 FROM snapshot AS s JOIN public_block AS b
		ON b.account = s.owner AND b.kind = 'snapshot'
		WHERE s.id = p.snapshot AND b.state = 'block-all-sharing');

-- What was found in an image's disk, by which rules: the disk is a frozen
-- layer, or a bundle's content, by its digest.
CREATE TABLE scan (
	subject TEXT PRIMARY KEY,
	rules INTEGER NOT NULL,
	scanned INTEGER NOT NULL,
	result TEXT NOT NULL -- JSON
) STRICT, WITHOUT ROWID;
CREATE TRIGGER scan_layer AFTER DELETE ON layer BEGIN
	DELETE FROM scan WHERE subject = old.name;
END;

-- An image that goes to an object of a bucket, or comes from one. Rows of tasks
-- that are over stay: they are few, and say where things were put.
CREATE TABLE image_task (
	seq INTEGER PRIMARY KEY,
	id TEXT NOT NULL UNIQUE,
	kind TEXT NOT NULL
		CHECK (kind IN ('store', 'restore', 'export', 'import')),
	owner TEXT NOT NULL REFERENCES account (id),
	image TEXT,		 -- what goes, or what it becomes
	bucket TEXT NOT NULL,	 -- "s3://…" on a server
	key TEXT NOT NULL,	 -- the object's
	request TEXT NOT NULL,	 -- JSON: what else was asked for
	state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active',
		'completed', 'deleting', 'deleted', 'failed')),
	progress INTEGER NOT NULL DEFAULT 0, -- percent
	code TEXT,		 -- EC2's, of why it failed
	message TEXT,
	started INTEGER NOT NULL,
	updated INTEGER NOT NULL
) STRICT;
CREATE INDEX image_task_owner ON image_task (owner, kind);
CREATE INDEX image_task_image ON image_task (image);

-- Other stores, by the names of regions.
CREATE TABLE region (
	name TEXT PRIMARY KEY,
	place TEXT NOT NULL,
	created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Which of a region's snapshots, with which layer there and of which volume, a
-- snapshot is a copy of.
CREATE TABLE region_copy (
	snapshot TEXT PRIMARY KEY REFERENCES snapshot (id) ON DELETE CASCADE,
	region TEXT NOT NULL,
	source TEXT NOT NULL,
	layer TEXT NOT NULL,
	volume TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX region_copy_layer ON region_copy (region, layer);
CREATE INDEX region_copy_volume ON region_copy (region, volume);

-- Keys of the key service. The material is sealed under the master key of the
-- store and erased when a key is deleted; its row stays for what names it.
CREATE TABLE kms_key (
	seq INTEGER PRIMARY KEY,
	id TEXT NOT NULL UNIQUE, -- a UUID
	owner TEXT NOT NULL REFERENCES account (id),
	manager TEXT NOT NULL CHECK (manager IN ('AWS', 'CUSTOMER')),
	description TEXT NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('Enabled', 'Disabled',
		'PendingDeletion', 'Deleted')),
	deletion INTEGER, -- when the material is to be erased
	sealed BLOB,
	created INTEGER NOT NULL,
	CHECK ((deletion IS NULL) = (state <> 'PendingDeletion')),
	CHECK ((sealed IS NULL) = (state = 'Deleted'))
) STRICT;
CREATE INDEX kms_key_owner ON kms_key (owner);
CREATE INDEX kms_key_deletion ON kms_key (deletion)
	WHERE deletion IS NOT NULL;
-- The one key of an account that it did not make itself.
CREATE UNIQUE INDEX kms_key_default ON kms_key (owner) WHERE manager = 'AWS';

CREATE TABLE kms_alias (
	seq INTEGER PRIMARY KEY,
	owner TEXT NOT NULL REFERENCES account (id),
	name TEXT NOT NULL, -- "alias/…"
	key TEXT NOT NULL REFERENCES kms_key (id),
	created INTEGER NOT NULL,
	UNIQUE (owner, name)
) STRICT;
CREATE INDEX kms_alias_key ON kms_alias (key);

CREATE TABLE kms_grant (
	seq INTEGER PRIMARY KEY,
	id TEXT NOT NULL UNIQUE, -- 64 hexadecimal digits
	key TEXT NOT NULL REFERENCES kms_key (id),
	name TEXT NOT NULL,
	grantee TEXT NOT NULL,	 -- an account's number
	operations INTEGER NOT NULL, -- bits, as registry/kmsgrant.h numbers them
	created INTEGER NOT NULL
) STRICT;
CREATE INDEX kms_grant_key ON kms_grant (key, grantee);

-- What layers are encrypted with, each sealed under the material of a key.
CREATE TABLE disk_key (
	id TEXT PRIMARY KEY, -- a UUID
	kms_key TEXT NOT NULL REFERENCES kms_key (id),
	sealed BLOB NOT NULL,
	created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX disk_key_kms_key ON disk_key (kms_key);

-- NULL: not encrypted.
ALTER TABLE layer ADD COLUMN disk_key TEXT REFERENCES disk_key (id);
ALTER TABLE volume ADD COLUMN kms_key TEXT REFERENCES kms_key (id);
ALTER TABLE snapshot ADD COLUMN kms_key TEXT REFERENCES kms_key (id);
CREATE INDEX layer_disk_key ON layer (disk_key) WHERE disk_key IS NOT NULL;

-- Whether an account's new volumes are encrypted without being asked for it,
-- and the key for that; NULL: its default key.
ALTER TABLE account ADD COLUMN ebs_encryption INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN ebs_kms_key TEXT REFERENCES kms_key (id);

-- Percent of a snapshot that a job is writing, and why it failed.
ALTER TABLE snapshot ADD COLUMN progress INTEGER NOT NULL DEFAULT 0;
ALTER TABLE snapshot ADD COLUMN message TEXT;

-- version 6

-- What keeps a snapshot from being deleted. It ends `days` after its start,
-- which for a pending snapshot is its completion, or at a date.
CREATE TABLE snapshot_lock (
	snapshot TEXT PRIMARY KEY REFERENCES snapshot (id) ON DELETE CASCADE,
	mode TEXT NOT NULL CHECK (mode IN ('governance', 'compliance')),
	created INTEGER NOT NULL,
	days INTEGER NOT NULL CHECK (days > 0),
	until INTEGER,    -- NULL: after so many days
	cool_off INTEGER, -- hours, of compliance alone …
	cooling INTEGER,  -- … from when on
	CHECK ((cool_off IS NULL) = (cooling IS NULL)),
	CHECK (mode = 'compliance' OR cool_off IS NULL)
) STRICT, WITHOUT ROWID;

-- Regions that are buckets: the key of what lies there, under the master key.
CREATE TABLE region_depot (
	region TEXT PRIMARY KEY REFERENCES region (name) ON DELETE CASCADE,
	account TEXT NOT NULL REFERENCES account (id), -- whose bucket it is
	sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- The newest record of each id there that was seen here: what is older was put
-- back by somebody.
CREATE TABLE region_seen (
	region TEXT NOT NULL REFERENCES region (name) ON DELETE CASCADE,
	id TEXT NOT NULL,
	serial INTEGER NOT NULL,
	PRIMARY KEY (region, id)
) STRICT, WITHOUT ROWID;

-- What was published there: under which name the content of a snapshot is.
CREATE TABLE region_published (
	region TEXT NOT NULL REFERENCES region (name) ON DELETE CASCADE,
	content TEXT NOT NULL,
	snapshot TEXT NOT NULL REFERENCES snapshot (id) ON DELETE CASCADE,
	PRIMARY KEY (region, content, snapshot)
) STRICT, WITHOUT ROWID;
CREATE INDEX region_published_snapshot ON region_published (snapshot);

-- Launch templates, each a list of versions whose numbers are used once.
CREATE TABLE launch_template (
	seq INTEGER PRIMARY KEY,
	id TEXT NOT NULL UNIQUE,
	owner TEXT NOT NULL REFERENCES account (id),
	name TEXT NOT NULL,
	creator TEXT NOT NULL,	-- an ARN
	default_version INTEGER NOT NULL,
	last_version INTEGER NOT NULL, -- the highest number there ever was
	created INTEGER NOT NULL,
	UNIQUE (owner, name)
) STRICT;
CREATE TABLE template_version (
	seq INTEGER PRIMARY KEY,
	id TEXT NOT NULL UNIQUE, -- the template's, a colon and the number
	template TEXT NOT NULL REFERENCES launch_template (id)
		ON DELETE CASCADE,
	number INTEGER NOT NULL,
	description TEXT,
	data TEXT NOT NULL,	-- JSON: RunInstances' parameters, checked
	creator TEXT NOT NULL,
	created INTEGER NOT NULL,
	UNIQUE (template, number)
) STRICT;

-- What an archived snapshot shows is in an object of the archive alone: it has
-- no layer.
ALTER TABLE snapshot ADD COLUMN tier TEXT NOT NULL DEFAULT 'standard'
	CHECK (tier IN ('standard', 'archive'));

-- Objects of the archive, each a whole snapshot (images/parcel/parcel.h).
CREATE TABLE archive_object (
	id TEXT PRIMARY KEY,
	place TEXT NOT NULL,   -- '': archive/ in the store; '/…': a directory;
			       -- else a bucket, "s3://…" on a server
	account TEXT NOT NULL REFERENCES account (id), -- whose bucket that is
	disk_key TEXT REFERENCES disk_key (id),	       -- what it is sealed with
	size INTEGER NOT NULL, -- the disk's, bytes
	bytes INTEGER,	       -- its own; NULL: it is not whole yet
	"full" INTEGER,	       -- of the blocks that the snapshot shows
	digest BLOB,	       -- what it ends with
	created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX archive_object_disk_key ON archive_object (disk_key)
	WHERE disk_key IS NOT NULL;

-- The last thing that was done about the tier of a snapshot. One that was
-- restored for some days keeps its object, and goes back when they are over.
CREATE TABLE snapshot_tier (
	seq INTEGER PRIMARY KEY,
	snapshot TEXT NOT NULL UNIQUE
		REFERENCES snapshot (id) ON DELETE CASCADE,
	object TEXT REFERENCES archive_object (id),
	status TEXT NOT NULL CHECK (status IN ('archival-in-progress',
		'archival-completed', 'archival-failed',
		'temporary-restore-in-progress', 'temporary-restore-completed',
		'temporary-restore-failed', 'permanent-restore-in-progress',
		'permanent-restore-completed', 'permanent-restore-failed')),
	detail TEXT,		       -- why it failed
	progress INTEGER NOT NULL DEFAULT 0, -- percent
	started INTEGER NOT NULL,
	days INTEGER,		       -- of a temporary restore
	archived INTEGER,	       -- when it was archived last
	expires INTEGER		       -- when a temporary restore is over
) STRICT;
CREATE INDEX snapshot_tier_object ON snapshot_tier (object);
CREATE INDEX snapshot_tier_expires ON snapshot_tier (expires)
	WHERE expires IS NOT NULL;
CREATE INDEX snapshot_tier_status ON snapshot_tier (status);

-- What is kept in the recycle bin when it is deleted, and for how long.
CREATE TABLE bin_rule (
	seq INTEGER PRIMARY KEY,
	id TEXT NOT NULL UNIQUE, -- 11 letters and digits
	owner TEXT NOT NULL REFERENCES account (id),
	type TEXT NOT NULL CHECK (type IN ('EBS_SNAPSHOT', 'EC2_IMAGE')),
	days INTEGER NOT NULL CHECK (days BETWEEN 1 AND 365),
	description TEXT,
	locked INTEGER CHECK (locked IN (0, 1)), -- NULL: it never was
	delay INTEGER,   -- days from the call that unlocks it …
	unlocks INTEGER, -- … to when it is unlocked
	created INTEGER NOT NULL,
	CHECK ((locked IS NULL) = (delay IS NULL))
) STRICT;
CREATE INDEX bin_rule_owner ON bin_rule (owner, type);

-- 'own' tags are the rule's. It keeps what has one of the 'kept' ones, or, if
-- there are none, everything but what has one of the 'left' ones.
CREATE TABLE bin_rule_tag (
	rule TEXT NOT NULL REFERENCES bin_rule (id) ON DELETE CASCADE,
	kind TEXT NOT NULL CHECK (kind IN ('own', 'kept', 'left')),
	position INTEGER NOT NULL,
	key TEXT NOT NULL,
	value TEXT, -- NULL: whatever its value
	PRIMARY KEY (rule, kind, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX bin_rule_tag_key ON bin_rule_tag (key);

-- Since when something is in the recycle bin, and when it goes for good. An
-- image there is deregistered, and has what it was before.
ALTER TABLE snapshot ADD COLUMN binned INTEGER;
ALTER TABLE snapshot ADD COLUMN bin_until INTEGER;
CREATE INDEX snapshot_bin ON snapshot (bin_until) WHERE bin_until IS NOT NULL;
ALTER TABLE image ADD COLUMN binned INTEGER;
ALTER TABLE image ADD COLUMN bin_until INTEGER;
ALTER TABLE image ADD COLUMN bin_state TEXT;
CREATE INDEX image_bin ON image (bin_until) WHERE bin_until IS NOT NULL;
-- The snapshot of an image in the bin that has gone for good.
ALTER TABLE image_mapping ADD COLUMN lost TEXT;

-- A job may wait for a date by the store's clock, beside its time by the host's.
ALTER TABLE op ADD COLUMN date INTEGER NOT NULL DEFAULT 0;

-- Auto Scaling groups: so many instances of a launch template are kept running.
CREATE TABLE scaling_group (
	seq INTEGER PRIMARY KEY,
	id TEXT NOT NULL UNIQUE, -- a UUID
	owner TEXT NOT NULL REFERENCES account (id),
	name TEXT NOT NULL,
	template TEXT NOT NULL,	-- the id of a template, there or not
	version TEXT NOT NULL,	-- a number, "$Latest" or "$Default"
	least INTEGER NOT NULL CHECK (least >= 0),
	most INTEGER NOT NULL,
	desired INTEGER NOT NULL,
	cooldown INTEGER NOT NULL,	-- seconds, as the next two
	grace INTEGER NOT NULL,
	warmup INTEGER,			-- NULL: none was said
	subnet TEXT NOT NULL,		-- VPCZoneIdentifier, or ""
	protect INTEGER NOT NULL,	-- new members from being scaled in
	suspended TEXT NOT NULL DEFAULT '', -- ",Launch,Terminate,"
	tags TEXT NOT NULL,		-- JSON, with PropagateAtLaunch
	deleting INTEGER NOT NULL DEFAULT 0,
	failures INTEGER NOT NULL DEFAULT 0, -- launches in a row, and when
	again INTEGER NOT NULL DEFAULT 0,    -- to try once more, by
					     -- the host's clock
	created INTEGER NOT NULL,
	UNIQUE (owner, name),
	CHECK (least <= desired AND desired <= most)
) STRICT;

-- The instances of a group, from their launch to the end of their machines.
CREATE TABLE scaling_member (
	seq INTEGER PRIMARY KEY AUTOINCREMENT,
	instance TEXT NOT NULL UNIQUE,
	scaling_group TEXT NOT NULL REFERENCES scaling_group (id),
	type TEXT NOT NULL,
	zone TEXT NOT NULL,
	template TEXT NOT NULL,
	template_name TEXT NOT NULL,
	version INTEGER NOT NULL,
	state TEXT NOT NULL DEFAULT 'InService'
		CHECK (state IN ('InService', 'Terminating')),
	protected INTEGER NOT NULL,
	joined INTEGER NOT NULL,
	begun INTEGER NOT NULL -- the same by the host's clock
) STRICT;
CREATE INDEX scaling_member_group ON scaling_member (scaling_group);

-- What a group does, one launch or termination each. An unfinished one is an
-- intent: whoever looks after the group next finishes it. `id` is the client
-- token of its launch. They outlive their group.
CREATE TABLE scaling_activity (
	seq INTEGER PRIMARY KEY,
	id TEXT NOT NULL UNIQUE, -- a UUID
	owner TEXT NOT NULL REFERENCES account (id),
	scaling_group TEXT NOT NULL,
	group_name TEXT NOT NULL,
	kind TEXT NOT NULL CHECK (kind IN ('launch', 'terminate')),
	instance TEXT,
	template TEXT,		-- of a launch, and the version's number
	version INTEGER,
	cause TEXT NOT NULL,
	state TEXT NOT NULL DEFAULT 'InProgress'
		CHECK (state IN ('InProgress', 'Successful', 'Failed')),
	message TEXT,
	started INTEGER NOT NULL,
	ended INTEGER
) STRICT;
CREATE INDEX scaling_activity_group ON scaling_activity (scaling_group);

-- A group's instances on their way to another version of a template.
CREATE TABLE instance_refresh (
	seq INTEGER PRIMARY KEY,
	id TEXT NOT NULL UNIQUE, -- a UUID
	scaling_group TEXT NOT NULL REFERENCES scaling_group (id)
		ON DELETE CASCADE,
	template TEXT NOT NULL,
	template_name TEXT NOT NULL,
	version TEXT NOT NULL,	  -- as it was said …
	number INTEGER NOT NULL,  -- … and what that was then
	given INTEGER NOT NULL,	  -- it becomes the group's
	preferences TEXT NOT NULL, -- JSON
	boundary INTEGER NOT NULL, -- the last member there was, by its seq
	total INTEGER NOT NULL,	  -- instances to replace
	state TEXT NOT NULL DEFAULT 'Pending' CHECK (state IN ('Pending',
		'InProgress', 'Cancelling', 'Successful', 'Failed',
		'Cancelled')),
	reason TEXT,
	left_over INTEGER NOT NULL, -- instances that are still to be replaced
	started INTEGER NOT NULL,
	ended INTEGER
) STRICT;
CREATE UNIQUE INDEX instance_refresh_active ON instance_refresh (scaling_group)
	WHERE ended IS NULL;

-- Fast snapshot restore of a snapshot in a zone, for the account that enabled
-- it and has its credits.
CREATE TABLE fast_restore (
	seq INTEGER PRIMARY KEY,
	snapshot TEXT NOT NULL REFERENCES snapshot (id) ON DELETE CASCADE,
	zone TEXT NOT NULL,
	zone_id TEXT NOT NULL,
	owner TEXT NOT NULL REFERENCES account (id),
	state TEXT NOT NULL CHECK (state IN ('enabling', 'optimizing',
		'enabled', 'disabling', 'disabled')),
	enabling INTEGER NOT NULL, -- since when it was in which state
	optimizing INTEGER,
	due INTEGER,               -- when it is enabled, at the earliest
	enabled INTEGER,
	disabling INTEGER,
	disabled INTEGER,
	credits INTEGER NOT NULL DEFAULT 0, -- in units of images/credit.h …
	counted INTEGER,		    -- … at that time
	UNIQUE (snapshot, zone, owner)
) STRICT;
CREATE INDEX fast_restore_owner ON fast_restore (owner);
-- What volumes of such a snapshot stand on: all that it shows in one layer, its
-- own where that stands on nothing (NULL).
CREATE TABLE fast_layer (
	snapshot TEXT PRIMARY KEY REFERENCES snapshot (id),
	layer TEXT REFERENCES layer (name),
	built INTEGER -- when it was whole and verified
) STRICT, WITHOUT ROWID;
CREATE INDEX fast_layer_layer ON fast_layer (layer);
ALTER TABLE volume ADD COLUMN fast_restored INTEGER NOT NULL DEFAULT 0;

-- Layers that are stood on while their bytes are still fetched from somewhere:
-- an object of the archive, which is the store's own, a bucket's, or a snapshot
-- of another region. The row goes when all are there and nobody reads them the
-- long way.
CREATE TABLE filling (
	layer TEXT PRIMARY KEY REFERENCES layer (name) ON DELETE CASCADE,
	kind TEXT NOT NULL CHECK (kind IN ('archive', 'bucket', 'region')),
	account TEXT,		 -- whose bucket, or who copies; NULL: archive
	place TEXT,		 -- the bucket, or the region; NULL: archive
	object TEXT NOT NULL,	 -- the object's id or key, the snapshot there
	version TEXT,		 -- of the object, of what the snapshot shows;
				 -- NULL: archive
	disk INTEGER NOT NULL DEFAULT 0, -- of the object's, from 0
	blocks INTEGER NOT NULL, -- of 512 KiB; 0: not counted yet
	filled INTEGER NOT NULL, -- of these, durable
	state TEXT NOT NULL CHECK (state IN ('filling', 'impaired', 'failed',
		'full')),
	message TEXT,		 -- why it is impaired, or has failed
	started INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- Whether a snapshot is pending until what it stands on is here, and may be
-- stood on meanwhile.
ALTER TABLE snapshot ADD COLUMN fills INTEGER NOT NULL DEFAULT 0;

-- Lifecycle policies: documents, how far each schedule is, and what was made
-- for which of its moments. A row for what is to be made comes before it, with
-- the id that it will have.
CREATE TABLE lifecycle_policy (
	id TEXT PRIMARY KEY,
	owner TEXT NOT NULL REFERENCES account (id),
	name TEXT NOT NULL,
	document TEXT NOT NULL, -- JSON
	created INTEGER NOT NULL,
	modified INTEGER NOT NULL,
	UNIQUE (owner, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE lifecycle_schedule (
	policy TEXT NOT NULL REFERENCES lifecycle_policy (id) ON DELETE CASCADE,
	name TEXT NOT NULL,
	done INTEGER NOT NULL, -- by the store's clock
	again INTEGER NOT NULL, -- by the host's
	PRIMARY KEY (policy, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE lifecycle_item (
	id TEXT PRIMARY KEY, -- a snapshot's or an image's
	policy TEXT NOT NULL REFERENCES lifecycle_policy (id) ON DELETE CASCADE,
	schedule TEXT NOT NULL,
	resource TEXT NOT NULL,
	moment INTEGER NOT NULL,
	made INTEGER NOT NULL,
	UNIQUE (policy, schedule, resource, moment)
) STRICT, WITHOUT ROWID;

-- What a disk goes back to: the first of the volumes and snapshots that it was
-- made of, one of the other, also when these are gone and share no layer with
-- it any more. NULL: a volume's own id; a snapshot's volume, or its own.
ALTER TABLE volume ADD COLUMN lineage TEXT;
ALTER TABLE snapshot ADD COLUMN lineage TEXT;
