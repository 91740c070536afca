/* restore.c - a stored image comes back as an image
 *
 * The object was anybody's to write. What its head, its metadata and its index
 * say is checked while the caller waits, and so the image is there when he has
 * its id: pending, over snapshots that are filled from the object
 * (images/fill.h) and may be launched and stood on meanwhile. Each block is
 * checked when it is fetched, and the image is available when the last one was
 * right.
 *
 * The digest with which the object ends says which one it is. What it says of
 * all bytes together would only be known to who has read it from its beginning
 * to its end; each byte of a disk is under a digest of its own.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "images/base/digest.h"
#include "images/base/hex.h"
#include "images/base/log.h"
#include "images/chain/filling.h"
#include "images/fill-private.h"
#include "images/imagetask-private.h"
#include "images/layers.h"
#include "images/parcel/parcel.h"
#include "images/registry/quota.h"
#include "images/snapshot.h"
#include "images/stored.h"
#include "images/tags.h"
#include "images/volume.h"

#define START_SIZE (PARCEL_HEADER + PARCEL_METADATA_MOST)

/* What is known of an object without having read its blocks. */
struct original {
	struct stored stored;
	char metadata[SHA256_TEXT_SIZE]; /* the digests of these … */
	char version[SHA256_TEXT_SIZE];	 /* … and of all of it, as it says */
	uint64_t *sizes;		 /* of the disks, bytes */
	uint64_t blocks;		 /* of all disks */
};

/* Where the bytes of a disk are; which object that is has been said. */
static struct filling from_bucket(const char *account, const char *bucket,
				  const char *key, unsigned disk)
{
	return (struct filling){
		.kind = "bucket",
		.account = account,
		.place = bucket,
		.object = key,
		.disk = disk,
	};
}

/* The object's head and metadata. */
static bool read_head(struct object_reader *reader, struct arena *arena,
		      struct original *original, struct error *err)
{
	uint64_t size = object_reader_size(reader);
	auto_free uint8_t *start = malloc(START_SIZE);
	auto_free char *metadata = NULL;
	unsigned disks;

	if (!start)
		return fail_memory(err);
	if (size > START_SIZE)
		size = START_SIZE;
	if (!object_reader_read(reader, start, size, 0, err) ||
	    !parcel_peek(start, size, &metadata, &disks, err) ||
	    !stored_read(metadata, disks, arena, &original->stored, err))
		return false;
	sha256_text(metadata, strlen(metadata), original->metadata);
	return true;
}

/* The index of a disk. */
static bool read_disk(struct object_reader *reader, struct original *original,
		      unsigned i, struct error *err)
{
	auto_of(pick) pick = NULL;

	if (!object_reader_pick(reader, i, NULL, &pick, err))
		return false;
	original->sizes[i] = pick_size(pick);
	original->blocks += pick_blocks(pick);
	return original->sizes[i] <=
		       (uint64_t)original->stored.disks[i].size * GIB ||
	       fail(err, FAULT_INVALID_PARAMETER,
		    "the object's disk %u is larger than its snapshot was",
		    i + 1);
}

static bool read_original(struct object_reader *reader, struct arena *arena,
			  struct original *original, struct error *err)
{
	uint8_t digest[SHA256_SIZE];
	unsigned count;

	if (!read_head(reader, arena, original, err) ||
	    !object_reader_digest(reader, digest, err))
		return false;
	hex_write(digest, sizeof(digest), original->version);
	count = original->stored.disk_count;
	original->sizes = arena_alloc(arena, count * sizeof(uint64_t));
	if (!original->sizes)
		return fail_memory(err);
	for (unsigned i = 0; i < count; i++)
		if (!read_disk(reader, original, i, err))
			return false;
	return true;
}

/* Looks at the object that is asked for. */
static bool peek(struct call *call, const struct restore_request *request,
		 bool sealed, struct arena *arena,
		 struct original *ret_original, struct error *err)
{
	const struct filling from =
		from_bucket(call->account, request->bucket, request->key, 0);
	auto_of(object_reader) reader = NULL;
	struct original original = { .blocks = 0 };
	struct location location;

	if (!location_split(request->bucket, arena, &location, err))
		return false;
	if (*location.key || !bucket_key_ok(request->key))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "'%.100s' is no bucket's name, or '%.100s' no "
			    "object's",
			    request->bucket, request->key);
	if (!fill_object_open(call, &from, sealed, &reader, err) ||
	    !read_original(reader, arena, &original, err))
		return false;
	*ret_original = original;
	return true;
}

static bool check_pairs(const struct pair *tags, size_t count,
			struct error *err)
{
	for (size_t i = 0; i < count; i++)
		if (!tags_check(tags[i].key, tags[i].value, err))
			return false;
	return true;
}

/* The pending image and its task, whose work is ours to begin. */
static bool write_task(struct call *call, const struct restore_request *request,
		       const struct original *original, const char *key,
		       const char *image, struct arena *arena,
		       struct op *ret_op, struct error *err)
{
	struct image_request pending = original->stored.image;
	struct image_task task = { .kind = "restore",
				   .image = image,
				   .bucket = request->bucket,
				   .key = request->key };
	char id[ID_SIZE];
	json_t *asked;
	bool ok;
	auto_tx tx = TX_INIT;

	if (request->name)
		pending.name = request->name;
	pending.mapping_count = 0;
	id_new("restore-ami", id);
	task.id = id;
	asked = json_pack("{s:s, s:s, s:s?, s:o}", "metadata",
			  original->metadata, "version", original->version,
			  KMS_KEY, key, "snapshot-tags",
			  imagetask_pairs(request->snapshot_tags,
					  request->snapshot_tag_count));
	if (!asked)
		return fail_memory(err);
	ok = tx_begin(&tx, call->store->db, err) &&
	     quota_room(call->store->db, call->account, QUOTA_SNAPSHOTS,
			original->stored.disk_count, err) &&
	     image_name_check(call, pending.name, err) &&
	     call_dry_run(call, err) &&
	     image_write(call, &pending, image, err) &&
	     image_set_state(call->store->db, image, "pending", err) &&
	     tags_set_all(call, image, request->tags, request->tag_count,
			  err) &&
	     imagetask_begin(call, &task, asked, arena, ret_op, err) &&
	     tx_commit(&tx, err);
	json_decref(asked);
	return ok;
}

bool restore_begin(struct call *call, const struct restore_request *request,
		   char ret_image[ID_SIZE], struct error *err)
{
	const struct encryption unsaid = { .wish = ENCRYPT_UNSAID };
	auto_of(arena) arena = arena_new();
	struct original original;
	const char *key;
	struct op op;

	if (!arena)
		return fail_memory(err);
	id_new("ami", ret_image);
	return imagetask_encryption(call, &unsaid, arena, &key, err) &&
	       peek(call, request, key != NULL, arena, &original, err) &&
	       check_pairs(request->tags, request->tag_count, err) &&
	       check_pairs(request->snapshot_tags, request->snapshot_tag_count,
			   err) &&
	       write_task(call, request, &original, key, ret_image, arena, &op,
			  err) &&
	       imagetask_now(call, &op, err);
}

/* A restore under way. */
struct restore {
	struct task_work *work;
	struct original original;
};

/* A small object may hold large disks: better to say so before they have filled
 * what everybody writes to. */
static bool check_room(const struct restore *restore, struct error *err)
{
	const struct store *store = restore->work->call->store;
	uint64_t bytes = restore->original.blocks * PARCEL_BLOCK, room;
	struct statvfs fs;

	if (statvfs(store->path, &fs) != 0)
		return fail_errno(err, "cannot look at %s", store->path);
	room = (uint64_t)fs.f_bavail * fs.f_frsize;
	return bytes <= room || fail(err, FAULT_VOLUME_CAPACITY,
				     "the image may take %" PRIu64
				     " bytes, and %" PRIu64 " are free",
				     bytes, room);
}

/* Makes the layer of a disk, without what is in it. */
static bool make_layer(struct restore *restore, unsigned i, struct error *err)
{
	const struct task_work *work = restore->work;
	auto_layer_secret secret = { .key = "" };

	return encrypt_secret(work->call, work->disk_keys[i], &secret, err) &&
	       filling_create(work->call->store->chain, work->layers[i],
			      restore->original.sizes[i], &secret, err);
}

/* The layer of a disk as it is filled: its rows. */
static bool write_layer(struct restore *restore, unsigned i, struct error *err)
{
	struct task_work *work = restore->work;
	struct filling from = from_bucket(work->call->account,
					  work->task.bucket, work->task.key, i);

	from.layer = work->layers[i];
	from.version = restore->original.version;
	return fill_begin(work->call, &from, err);
}

/* The snapshot of a disk: its rows and tags. */
static bool write_snapshot(struct restore *restore, unsigned i, const char *id,
			   struct error *err)
{
	const struct stored_disk *disk = &restore->original.stored.disks[i];
	struct task_work *work = restore->work;
	const struct layer layer = {
		.name = work->layers[i],
		.format = "qcow2",
		.size = (int64_t)restore->original.sizes[i],
		.state = "frozen",
		.disk_key = work->disk_keys[i],
	};
	const struct snapshot snapshot = {
		.id = id,
		.size = disk->size,
		.description = disk->description ? disk->description : "",
		.fills = true,
	};
	const struct pair *tags;
	size_t count;

	return imagetask_read_pairs(
		       json_object_get(work->request, "snapshot-tags"),
		       work->arena, &tags, &count, err) &&
	       imagetask_snapshot(work, &layer, &snapshot, err) &&
	       write_layer(restore, i, err) &&
	       tags_set_all(work->call, id, disk->tags, disk->tag_count, err) &&
	       tags_set_all(work->call, id, tags, count, err);
}

static bool write_snapshots(struct restore *restore, const char ***ret_ids,
			    struct error *err)
{
	unsigned count = restore->original.stored.disk_count;
	const char **ids =
		arena_alloc(restore->work->arena, count * sizeof(*ids));

	if (!ids)
		return fail_memory(err);
	for (unsigned i = 0; i < count; i++) {
		char id[ID_SIZE];

		id_new("snap", id);
		ids[i] = arena_str(restore->work->arena, id);
		if (!ids[i])
			return fail_memory(err);
		if (!write_snapshot(restore, i, id, err))
			return false;
	}
	*ret_ids = ids;
	return true;
}

/* Whether the image still waits for its disks. */
static bool check_pending(struct task_work *work, bool *ret_pending,
			  struct error *err)
{
	struct image image;
	bool found;

	if (!image_get(work->call->store->db, work->task.image, work->arena,
		       &image, &found, err))
		return false;
	*ret_pending = found && strcmp(image.state, "pending") == 0;
	return true;
}

/* The rows of everything. The image waits for its snapshots from now on, and
 * the task with it. */
static bool commit(struct restore *restore, struct error *err)
{
	const struct stored *stored = &restore->original.stored;
	struct task_work *work = restore->work;
	struct call *call = work->call;
	const char *image = work->task.image;
	const char **ids = NULL;
	bool pending;
	auto_tx tx = TX_INIT;

	if (!tx_begin(&tx, call->store->db, err) ||
	    !check_pending(work, &pending, err))
		return false;
	if (!pending)
		return fail(err, FAULT_IMAGE_UNAVAILABLE,
			    "The image ID '%s' was deregistered", image);
	if (!write_snapshots(restore, &ids, err))
		return false;
	for (size_t i = 0; i < stored->image.mapping_count; i++) {
		struct mapping mapping = stored->image.mappings[i];

		if (stored->disk[i] >= 0)
			mapping.snapshot = ids[stored->disk[i]];
		if (!image_mapping_insert(call->store->db, image, i, &mapping,
					  err))
			return false;
	}
	return imagetask_handed_over(work, err) && tx_commit(&tx, err);
}

static const char *asked(const struct task_work *work, const char *name)
{
	const char *text =
		json_string_value(json_object_get(work->request, name));

	return text ? text : "";
}

/* The object must be the one that the pending image was made of. Of which
 * digest that was is not known of a task that an older qami has begun. */
static bool check_same(const struct restore *restore, struct error *err)
{
	const struct original *original = &restore->original;
	const char *version = asked(restore->work, "version");

	return (strcmp(original->metadata, asked(restore->work, "metadata")) ==
			0 &&
		(!*version || strcmp(original->version, version) == 0)) ||
	       fail(err, FAULT_INVALID_PARAMETER,
		    "the object was replaced by another image meanwhile");
}

bool restore_run(struct task_work *work, struct error *err)
{
	const struct filling from = from_bucket(
		work->call->account, work->task.bucket, work->task.key, 0);
	struct restore restore = { .work = work };
	auto_of(object_reader) reader = NULL;
	unsigned count;

	if (!fill_object_open(work->call, &from, *asked(work, KMS_KEY), &reader,
			      err) ||
	    !read_original(reader, work->arena, &restore.original, err) ||
	    !check_same(&restore, err) || !check_room(&restore, err))
		return false;
	count = restore.original.stored.disk_count;
	if (!imagetask_layers(work, LAYER_QCOW2, count, err))
		return false;
	for (unsigned i = 0; i < count; i++)
		if (!make_layer(&restore, i, err))
			return false;
	return commit(&restore, err);
}

bool restore_failed(struct task_work *work, struct error *err)
{
	bool pending;

	return check_pending(work, &pending, err) &&
	       (!pending || image_set_state(work->call->store->db,
					    work->task.image, "failed", err));
}
