/* tierfill.c - an object of the archive becomes a layer again
 *
 * The layer stands on none. Unless a restore is to be whole it has a row at
 * once and is filled from then on (images/fill.h); a whole one has none until
 * all of it is there, and its digest list is made of what the object said, not
 * of what was written.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "images/archive.h"
#include "images/base/log.h"
#include "images/chain/blocks.h"
#include "images/chain/digests.h"
#include "images/chain/filling.h"
#include "images/encrypt.h"
#include "images/fill-private.h"
#include "images/layers.h"
#include "images/parcel/parcel.h"
#include "images/registry/layer.h"
#include "images/tier-private.h"

/* A layer that is being made of an object. */
struct unpacking {
	struct parcel *parcel;
	struct disk *disk;
	struct digests_maker *digests;
	uint64_t size;
	const struct parcel_watch *watch;
	uint8_t *block;
};

/* Writes each block that the object has, and notes what it should be. */
static bool unpack_blocks(struct unpacking *unpacking, struct error *err)
{
	for (;;) {
		uint64_t number, rest, done, total;

		if (!parcel_block(unpacking->parcel, unpacking->block, &number,
				  err))
			return false;
		if (number == PARCEL_NO_BLOCK)
			return disk_flush(unpacking->disk, err) &&
			       parcel_end(unpacking->parcel, err);
		rest = unpacking->size - number * PARCEL_BLOCK;
		if (!disk_write(unpacking->disk, unpacking->block,
				rest < PARCEL_BLOCK ? rest : PARCEL_BLOCK,
				number * PARCEL_BLOCK, err) ||
		    !digests_add(unpacking->digests, number, unpacking->block,
				 err))
			return false;
		parcel_told(unpacking->parcel, &done, &total);
		if (unpacking->watch && unpacking->watch->progress)
			unpacking->watch->progress(unpacking->watch->data, done,
						   total);
	}
}

/* Makes an empty layer, that no row names, and opens it. */
static bool open_layer(struct call *call, const char *layer, uint64_t size,
		       const struct layer_secret *secret,
		       struct disk **ret_disk, struct error *err)
{
	struct chain *chain = call->store->chain;
	const struct layer_ref ref = { layer, LAYER_QCOW2 };

	if (!layer_remove(chain, layer, err) ||
	    !digests_remove(chain, layer, err))
		return false;
	if (secret->text[0])
		return layer_create_encrypted(chain, layer, NULL, size, secret,
					      err) &&
		       disk_open_sealed(chain, layer, secret, ret_disk, err);
	return layer_create(chain, layer, NULL, size, err) &&
	       disk_open_write(chain, &ref, ret_disk, err);
}

/* Opens the object and says how large its disk is. */
static bool open_parcel(struct call *call, const struct archive_object *object,
			int *ret_fd, struct unpacking *unpacking,
			struct error *err)
{
	auto_secret secret;
	const struct secret *key;

	if (!tier_object_key(call, object, &secret, &key, err) ||
	    !tier_object_open(call, object, ret_fd, err) ||
	    !parcel_open(*ret_fd, &unpacking->parcel, err))
		return false;
	if (parcel_sealed(unpacking->parcel) != (key != NULL) ||
	    parcel_disks(unpacking->parcel) != 1)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "the archive's object %s is not what was archived",
			    object->id);
	if (key && !parcel_unseal(unpacking->parcel, key, err))
		return false;
	return parcel_disk(unpacking->parcel, &unpacking->size, err) &&
	       (unpacking->size == (uint64_t)object->size ||
		fail(err, FAULT_INVALID_PARAMETER,
		     "the archive's object %s has a disk of another size",
		     object->id));
}

bool tier_fill(struct call *call, const struct archive_object *object,
	       const char *layer, const struct parcel_watch *watch,
	       struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct unpacking unpacking = { .watch = watch };
	auto_layer_secret secret = { .key = "" };
	auto_close int fd = -1;
	bool ok;

	if (!arena)
		return fail_memory(err);
	unpacking.block = arena_secret(arena, PARCEL_BLOCK);
	if (!unpacking.block)
		return fail_memory(err);
	ok = open_parcel(call, object, &fd, &unpacking, err) &&
	     encrypt_secret(call, object->disk_key, &secret, err) &&
	     open_layer(call, layer, unpacking.size, &secret, &unpacking.disk,
			err);
	if (ok) {
		unpacking.digests = digests_begin(unpacking.size, &secret);
		ok = (unpacking.digests || fail_memory(err)) &&
		     unpack_blocks(&unpacking, err);
	}
	disk_close(unpacking.disk);
	parcel_close(unpacking.parcel);
	ok = ok && layer_freeze(call->store->chain, layer, err) &&
	     digests_end(call->store->chain, unpacking.digests, layer, err);
	digests_maker_free(unpacking.digests);
	return ok;
}

/* Better to say so before everybody's disk is full. */
static bool check_room(const struct moving *moving, struct error *err)
{
	const struct store *store = moving->call->store;
	uint64_t bytes = (uint64_t)moving->object.full, room;
	struct statvfs fs;

	if (statvfs(store->path, &fs) != 0)
		return fail_errno(err, "cannot look at %s", store->path);
	room = (uint64_t)fs.f_bavail * fs.f_frsize;
	return bytes <= room || fail(err, FAULT_VOLUME_CAPACITY,
				     "the snapshot takes %" PRIu64
				     " bytes, and %" PRIu64 " are free",
				     bytes, room);
}

/* Chooses the layer's name and notes it, unless that was done. */
static bool name_layer(struct moving *moving, const char **ret_layer,
		       struct error *err)
{
	char name[LAYER_NAME_SIZE];
	const char *payload, *way;

	*ret_layer = op_text(moving->op, "layer", moving->arena);
	if (*ret_layer)
		return true;
	way = op_text(moving->op, "way", moving->arena);
	layer_name_new(LAYER_QCOW2, name);
	*ret_layer = arena_str(moving->arena, name);
	payload = arena_format(moving->arena,
			       "{\"snapshot\":\"%s\",\"object\":\"%s\","
			       "\"way\":\"%s\",\"layer\":\"%s\"}",
			       moving->snapshot.id, moving->object.id,
			       way ? way : "", name);
	if (!*ret_layer || !payload)
		return fail_memory(err);
	return op_step(moving->call->store->journal, moving->op->id, "intent",
		       0, payload, NULL, err);
}

/* What the tier's row says when the layer is there. */
static bool write_restored(struct moving *moving, struct error *err)
{
	struct snapshot_tier tier = moving->tier;
	const char *object = tier.object;

	tier.status = tier.days ? "temporary-restore-completed" :
				  "permanent-restore-completed";
	tier.progress = 100;
	tier.expires =
		tier.days ? time_after(clock_now(), tier.days * TIER_DAY) : 0;
	if (!tier.days)
		tier.object = NULL;
	return snapshot_tier_set(moving->call->store->db, &tier, err) &&
	       (tier.days ||
		tier_discard(moving->call, object, moving->arena, err));
}

/* Where the layer's bytes are. */
static struct filling from_archive(const struct moving *moving,
				   const char *layer)
{
	return (struct filling){
		.layer = layer,
		.kind = "archive",
		.object = moving->object.id,
	};
}

static bool commit_restore(struct moving *moving, const char *name, bool whole,
			   struct error *err)
{
	struct call *call = moving->call;
	struct db *db = call->store->db;
	const struct layer layer = {
		.name = name,
		.format = "qcow2",
		.size = moving->object.size,
		.state = "frozen",
		.disk_key = moving->object.disk_key,
	};
	const struct filling filling = from_archive(moving, name);
	uint64_t full = (uint64_t)moving->object.full;
	auto_tx tx = TX_INIT;

	if (!tx_begin(&tx, db, err) || !moving_load(moving, err))
		return false;
	if (!moving->wanted)
		return fail(err, FAULT_SNAPSHOT_NOT_FOUND,
			    "the snapshot was deleted");
	return layer_insert(db, &layer, err) &&
	       (whole || fill_begin(call, &filling, err)) &&
	       layer_set_full(db, name, full, err) &&
	       snapshot_set_tier(db, moving->snapshot.id, TIER_STANDARD, name,
				 err) &&
	       write_restored(moving, err) && layers_tend(call, err) &&
	       moving_end(moving, "done", err) && tx_commit(&tx, err);
}

/* Notes which blocks the object has. The index alone is not believed: that the
 * others are zeros is proven by what is stored around them, and those of which
 * it cannot be are as good as there. */
static bool note_held(struct call *call, struct fill_source *source,
		      const char *layer, struct error *err)
{
	uint64_t count = (source->size + PARCEL_BLOCK - 1) / PARCEL_BLOCK;
	size_t size = (size_t)(count / 8 + 1);
	auto_free uint8_t *bits = calloc(1, size);
	auto_free uint8_t *block = malloc(PARCEL_BLOCK);
	uint64_t next;

	if (!bits || !block)
		return fail_memory(err);
	for (uint64_t at = 0; at < count; at = next) {
		struct error altered = { 0 };

		next = source->ops->next(source, at);
		if (next == at) {
			bits[at / 8] |= (uint8_t)(1 << at % 8);
			next++;
			continue;
		}
		if (next > count)
			next = count;
		if (source->ops->block(source, at, block, &altered))
			continue;
		for (uint64_t i = at; i < next; i++)
			bits[i / 8] |= (uint8_t)(1 << i % 8);
	}
	return filling_set_held(call->store->chain, layer, bits, size, err);
}

/* Makes the layer without what is in it: that comes when it is wanted, and the
 * object stays until all of it is there. */
static bool begin_filling(struct moving *moving, const char *layer,
			  struct error *err)
{
	struct call *call = moving->call;
	const struct filling filling = from_archive(moving, layer);
	auto_of(fill_source) source = NULL;
	auto_layer_secret secret = { .key = "" };

	return fill_source_open(call, &filling, &source, err) &&
	       encrypt_secret(call, moving->object.disk_key, &secret, err) &&
	       filling_create(call->store->chain, layer,
			      (uint64_t)moving->object.size, &secret, err) &&
	       note_held(call, source, layer, err);
}

/* Whether a restore waits until all is here. */
static bool wants_whole(const struct moving *moving)
{
	const char *way = op_text(moving->op, "way", moving->arena);

	return way && strcmp(way, "whole") == 0;
}

static bool restore(struct moving *moving, const char *layer, struct error *err)
{
	const struct parcel_watch watch = { .progress = moving_tell,
					    .data = moving };
	bool whole = wants_whole(moving);

	return check_room(moving, err) &&
	       (whole ? tier_fill(moving->call, &moving->object, layer, &watch,
				  err) :
			begin_filling(moving, layer, err)) &&
	       commit_restore(moving, layer, whole, err);
}

/* Nothing was restored: the layer goes, the snapshot stays archived. */
static bool stay(struct moving *moving, const char *layer, const char *why,
		 struct error *err)
{
	struct chain *chain = moving->call->store->chain;
	const char *status;
	auto_tx tx = TX_INIT;

	if (layer && (!layer_remove(chain, layer, err) ||
		      !digests_remove(chain, layer, err)))
		return false;
	if (!tx_begin(&tx, moving->call->store->db, err) ||
	    !moving_load(moving, err))
		return false;
	status = moving->wanted && moving->tier.days ?
			 "temporary-restore-failed" :
			 "permanent-restore-failed";
	return (!moving->wanted ||
		moving_failed(moving, status, true, why, err)) &&
	       moving_end(moving, "aborted", err) && tx_commit(&tx, err);
}

bool tier_restore_job(struct call *call, const struct op *op, usec_t *ret_due,
		      struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct moving moving = { .call = call, .op = op, .arena = arena };
	char why[sizeof(err->text) + 64];
	const char *layer;

	*ret_due = 0;
	if (!arena)
		return fail_memory(err);
	if (!moving_load(&moving, err))
		return false;
	if (!moving.wanted)
		return stay(&moving, op_text(op, "layer", arena), NULL, err);
	if (!name_layer(&moving, &layer, err))
		return false;
	if (restore(&moving, layer, err))
		return true;
	if (moving_waits(err, ret_due))
		return true;
	log_warning("restore %s: %s", moving.snapshot.id, err->text);
	snprintf(why, sizeof(why), "%s: %s", fault_code(err->fault), err->text);
	error_clear(err);
	return stay(&moving, layer, why, err);
}
