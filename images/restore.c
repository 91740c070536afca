/* restore.c - a stored image comes back as an image
 *
 * The object was anybody's to write. What its first bytes say is checked while
 * the caller waits, and the image is there from then on, pending, so that its
 * name is taken. Its disks are written to layers that no row names; the rows
 * come when the last byte of the object was found to be right.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "images/base/digest.h"
#include "images/chain/blocks.h"
#include "images/imagetask-private.h"
#include "images/layers.h"
#include "images/parcel/parcel.h"
#include "images/registry/quota.h"
#include "images/snapshot.h"
#include "images/stored.h"
#include "images/tags.h"
#include "images/volume.h"

#define START_SIZE (PARCEL_HEADER + PARCEL_METADATA_MOST)

/* What the first bytes of an object say. */
static bool peek(struct call *call, const struct restore_request *request,
		 struct arena *arena, struct stored *ret_stored,
		 char ret_digest[SHA256_TEXT_SIZE], struct error *err)
{
	auto_of(bucket) bucket = NULL;
	auto_buf start = BUF_INIT;
	auto_free char *metadata = NULL;
	struct location location;
	unsigned disks;

	if (!location_split(request->bucket, arena, &location, err))
		return false;
	if (*location.key || !bucket_key_ok(request->key))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "'%.100s' is no bucket's name, or '%.100s' no "
			    "object's",
			    request->bucket, request->key);
	if (!bucket_find(call, &location, false, &bucket, err) ||
	    !bucket_start(bucket, request->key, START_SIZE, &start, err) ||
	    !parcel_peek(start.data, start.size, &metadata, &disks, err) ||
	    !stored_read(metadata, disks, arena, ret_stored, err))
		return false;
	sha256_text(metadata, strlen(metadata), ret_digest);
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

/* The pending image, its task and its job. */
static bool write_task(struct call *call, const struct restore_request *request,
		       const struct stored *stored, const char *digest,
		       const char *image, struct arena *arena,
		       struct error *err)
{
	struct image_request pending = stored->image;
	struct image_task task = { .kind = "restore",
				   .image = image,
				   .bucket = request->bucket,
				   .key = request->key };
	const struct encryption unsaid = { .wish = ENCRYPT_UNSAID };
	const char *key;
	char id[ID_SIZE];
	json_t *asked;
	bool ok;
	auto_tx tx = TX_INIT;

	if (!imagetask_encryption(call, &unsaid, arena, &key, err))
		return false;
	if (request->name)
		pending.name = request->name;
	pending.mapping_count = 0;
	id_new("restore-ami", id);
	task.id = id;
	asked = json_pack("{s:s, s:s?, s:o}", "metadata", digest, KMS_KEY, key,
			  "snapshot-tags",
			  imagetask_pairs(request->snapshot_tags,
					  request->snapshot_tag_count));
	if (!asked)
		return fail_memory(err);
	ok = tx_begin(&tx, call->store->db, err) &&
	     quota_room(call->store->db, call->account, QUOTA_SNAPSHOTS,
			stored->disk_count, err) &&
	     image_name_check(call, pending.name, err) &&
	     call_dry_run(call, err) &&
	     image_write(call, &pending, image, err) &&
	     image_set_state(call->store->db, image, "pending", err) &&
	     tags_set_all(call, image, request->tags, request->tag_count,
			  err) &&
	     imagetask_insert(call, &task, asked, err) && tx_commit(&tx, err);
	json_decref(asked);
	return ok;
}

bool restore_begin(struct call *call, const struct restore_request *request,
		   char ret_image[ID_SIZE], struct error *err)
{
	auto_of(arena) arena = arena_new();
	char digest[SHA256_TEXT_SIZE];
	struct stored stored;

	if (!arena)
		return fail_memory(err);
	id_new("ami", ret_image);
	return peek(call, request, arena, &stored, digest, err) &&
	       check_pairs(request->tags, request->tag_count, err) &&
	       check_pairs(request->snapshot_tags, request->snapshot_tag_count,
			   err) &&
	       write_task(call, request, &stored, digest, ret_image, arena,
			  err);
}

/* A restore under way. */
struct restore {
	struct task_work *work;
	struct parcel *parcel;
	struct stored stored;
	uint8_t *block;
	uint64_t *sizes; /* of the disks, bytes */
};

/* A small object may hold large disks: better to say so before they have filled
 * what everybody writes to. */
static bool check_room(const struct restore *restore, struct error *err)
{
	const struct store *store = restore->work->call->store;
	uint64_t bytes = parcel_room(restore->parcel), room;
	struct statvfs fs;

	if (statvfs(store->path, &fs) != 0)
		return fail_errno(err, "cannot look at %s", store->path);
	room = (uint64_t)fs.f_bavail * fs.f_frsize;
	return bytes <= room || fail(err, FAULT_VOLUME_CAPACITY,
				     "the image may take %" PRIu64
				     " bytes, and %" PRIu64 " are free",
				     bytes, room);
}

static bool write_disk(struct restore *restore, struct disk *disk,
		       uint64_t size, struct error *err)
{
	for (;;) {
		uint64_t number, rest, done, total;

		if (__atomic_load_n(&restore->work->cancel, __ATOMIC_ACQUIRE))
			return fail(err, FAULT_UNAVAILABLE, "cancelled");
		if (!parcel_block(restore->parcel, restore->block, &number,
				  err))
			return false;
		if (number == PARCEL_NO_BLOCK)
			return disk_flush(disk, err);
		rest = size - number * PARCEL_BLOCK;
		if (!disk_write(disk, restore->block,
				rest < PARCEL_BLOCK ? rest : PARCEL_BLOCK,
				number * PARCEL_BLOCK, err))
			return false;
		parcel_told(restore->parcel, &done, &total);
		imagetask_progress(restore->work, done, total);
	}
}

/* A layer to write a disk to, encrypted or not. */
static bool open_layer(struct restore *restore, unsigned i, uint64_t size,
		       struct disk **ret_disk, struct error *err)
{
	const struct task_work *work = restore->work;
	struct chain *chain = work->call->store->chain;
	const char *name = work->layers[i];
	const struct layer_ref layer = { name, LAYER_QCOW2 };
	auto_layer_secret secret = { .key = "" };

	if (!encrypt_secret(work->call, work->disk_keys[i], &secret, err))
		return false;
	if (secret.text[0])
		return layer_create_encrypted(chain, name, NULL, size, &secret,
					      err) &&
		       disk_open_sealed(chain, name, &secret, ret_disk, err);
	return layer_create(chain, name, NULL, size, err) &&
	       disk_open_write(chain, &layer, ret_disk, err);
}

/* Makes the layer of the next disk. */
static bool make_layer(struct restore *restore, unsigned i, struct error *err)
{
	auto_of(disk) disk = NULL;
	uint64_t size;

	if (!parcel_disk(restore->parcel, &size, err))
		return false;
	if (size > (uint64_t)restore->stored.disks[i].size * GIB)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "the object's disk %u is larger than its snapshot "
			    "was",
			    i + 1);
	restore->sizes[i] = size;
	if (!open_layer(restore, i, size, &disk, err) ||
	    !write_disk(restore, disk, size, err))
		return false;
	disk_close(take(disk));
	return layer_freeze(restore->work->call->store->chain,
			    restore->work->layers[i], err);
}

/* The snapshot of a disk: its rows and tags. */
static bool write_snapshot(struct restore *restore, unsigned i, const char *id,
			   struct error *err)
{
	const struct stored_disk *disk = &restore->stored.disks[i];
	struct task_work *work = restore->work;
	const struct layer layer = {
		.name = work->layers[i],
		.format = "qcow2",
		.size = (int64_t)restore->sizes[i],
		.state = "frozen",
		.disk_key = work->disk_keys[i],
	};
	const struct snapshot snapshot = {
		.id = id,
		.size = disk->size,
		.description = disk->description ? disk->description : "",
	};
	const struct pair *tags;
	size_t count;

	return imagetask_read_pairs(
		       json_object_get(work->request, "snapshot-tags"),
		       work->arena, &tags, &count, err) &&
	       imagetask_snapshot(work, &layer, &snapshot, err) &&
	       tags_set_all(work->call, id, disk->tags, disk->tag_count, err) &&
	       tags_set_all(work->call, id, tags, count, err);
}

static bool write_snapshots(struct restore *restore, const char ***ret_ids,
			    struct error *err)
{
	unsigned count = restore->stored.disk_count;
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

/* The rows of everything, and the image is available. */
static bool commit(struct restore *restore, struct error *err)
{
	const struct stored *stored = &restore->stored;
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
	return image_set_state(call->store->db, image, "available", err) &&
	       layers_tend(call, err) && imagetask_complete(work, NULL, err) &&
	       tx_commit(&tx, err);
}

static bool restore_disks(struct restore *restore, struct error *err)
{
	unsigned count = restore->stored.disk_count;

	restore->block = arena_alloc(restore->work->arena, PARCEL_BLOCK);
	restore->sizes = arena_alloc(restore->work->arena,
				     count * sizeof(*restore->sizes));
	if (!restore->block || !restore->sizes)
		return fail_memory(err);
	if (!check_room(restore, err) ||
	    !imagetask_layers(restore->work, LAYER_QCOW2, count, err))
		return false;
	imagetask_stretch(restore->work, 0, 99);
	for (unsigned i = 0; i < count; i++)
		if (!make_layer(restore, i, err))
			return false;
	return parcel_end(restore->parcel, err);
}

/* The metadata must be what the pending image was made of. */
static bool check_metadata(const struct restore *restore, struct error *err)
{
	const char *metadata = parcel_metadata(restore->parcel);
	const char *wanted = json_string_value(
		json_object_get(restore->work->request, "metadata"));
	char digest[SHA256_TEXT_SIZE];

	sha256_text(metadata, strlen(metadata), digest);
	return (wanted && strcmp(digest, wanted) == 0) ||
	       fail(err, FAULT_INVALID_PARAMETER,
		    "the object was replaced by another image meanwhile");
}

bool restore_run(struct task_work *work, struct error *err)
{
	struct restore restore = { .work = work };
	auto_of(parcel) parcel = NULL;
	auto_close int fd = -1;

	if (!imagetask_object(work, INT64_MAX, &fd, err) ||
	    !parcel_open(fd, &parcel, err))
		return false;
	restore.parcel = parcel;
	if (!check_metadata(&restore, err) ||
	    !stored_read(parcel_metadata(parcel), parcel_disks(parcel),
			 work->arena, &restore.stored, err) ||
	    !restore_disks(&restore, err))
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
