/* tierpack.c - a snapshot becomes an object of the archive
 *
 * Each block is held against the digest lists before it is packed: what is
 * damaged already is not archived in the place of what it was.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "images/archive.h"
#include "images/base/log.h"
#include "images/chain/blocks.h"
#include "images/chain/digests.h"
#include "images/chain/source.h"
#include "images/layers.h"
#include "images/parcel/parcel.h"
#include "images/registry/diskkey.h"
#include "images/snapshot.h"
#include "images/space.h"
#include "images/tier-private.h"
#include "images/turn.h"

/* What is read, and what the chain's digest lists say of it. */
struct checking {
	struct moving *moving;
	int fd;			 /* of a raw layer that stands alone; -1 */
	struct digests *digests; /* NULL: they are not made yet */
	atomic_uint_fast64_t blocks;
};

/* Whether a block is what the lists say; that of a plain one needs not be
 * digested twice. */
static bool is_right(const struct checking *checking, uint64_t number,
		     const uint8_t *block, const uint8_t *digest)
{
	const uint8_t *wanted;

	if (!checking->digests)
		return true;
	if (!digest)
		return digests_check(checking->digests, number, block);
	wanted = digests_get(checking->digests, number);
	return wanted && memcmp(wanted, digest, BLOCK_DIGEST_SIZE) == 0;
}

static bool check_block(void *data, uint64_t number, const uint8_t *block,
			const uint8_t *digest, struct error *err)
{
	struct checking *checking = data;

	atomic_fetch_add(&checking->blocks, 1);
	return is_right(checking, number, block, digest) ||
	       fail(err, FAULT_INTERNAL,
		    "block %" PRIu64 " of %s is not what it was when the "
		    "snapshot was taken",
		    number, checking->moving->snapshot.id);
}

static void tell_packed(void *data, uint64_t done, uint64_t total)
{
	const struct checking *checking = data;

	moving_tell(checking->moving, done, total);
}

/* Whether no block is missing: each that has a digest was seen. */
static bool check_all(const struct checking *checking, struct error *err)
{
	const struct digests *digests = checking->digests;
	uint64_t wanted = 0;

	for (uint64_t at = digests ? digests_next(digests, 0) : UINT64_MAX;
	     at != UINT64_MAX; at = digests_next(digests, at + 1))
		wanted += memcmp(digests_get(digests, at), digest_of_zeros,
				 BLOCK_DIGEST_SIZE) != 0;
	return !digests || wanted == checking->blocks ||
	       fail(err, FAULT_INTERNAL,
		    "%s has lost blocks since the snapshot was taken",
		    checking->moving->snapshot.id);
}

/* Opens a chain; a raw layer by itself takes no server to be read. */
static bool open_source(struct call *call, const struct layer_ref *layers,
			size_t count, int *ret_fd, struct source **ret_source,
			struct error *err)
{
	auto_free char *path = layer_path(call->store->chain, layers[0].name);
	struct disk *disk;

	if (!path)
		return fail_memory(err);
	if (count > 1 || layers[0].format != LAYER_RAW)
		return disk_open(call->store->chain, &layers[0], &disk, err) &&
		       source_open_disk(disk, ret_source, err);
	*ret_fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (*ret_fd < 0)
		return fail_errno(err, "cannot open %s", path);
	return source_open_file(*ret_fd, "the snapshot", ret_source, err);
}

/* Opens what the snapshot shows, with the digests that there are of it. */
static bool open_chain(struct moving *moving, struct source **ret_source,
		       struct checking *checking, struct error *err)
{
	struct call *call = moving->call;
	const struct layer_ref *layers;
	auto_turn pin = TURN_INIT;
	size_t count;

	return turn_pin(call, &pin, err) &&
	       layers_chain(call, moving->snapshot.layer, moving->arena,
			    &layers, &count, err) &&
	       digests_load(call->store->chain, layers, count,
			    &checking->digests, err) &&
	       (!checking->digests ||
		digests_take_keys(call->store->chain, checking->digests,
				  err)) &&
	       open_source(call, layers, count, &checking->fd, ret_source, err);
}

static bool pack(struct moving *moving, int fd, struct error *err)
{
	struct checking checking = { .moving = moving, .fd = -1 };
	auto_of(source) source = NULL;
	auto_of(parcel_writer) writer = NULL;
	auto_secret secret;
	struct parcel_way way = { .dense = true, .proves = true };
	const struct parcel_watch watch = {
		.progress = tell_packed,
		.check = check_block,
		.data = &checking,
	};
	const char *metadata = arena_format(
		moving->arena, "{\"snapshot\":\"%s\"}", moving->snapshot.id);
	bool ok;

	if (!metadata)
		return fail_memory(err);
	ok = archive_level(op_text(moving->op, "level", moving->arena),
			   &way.level, err) &&
	     open_chain(moving, &source, &checking, err) &&
	     tier_object_key(moving->call, &moving->object, &secret, &way.key,
			     err) &&
	     parcel_create(fd, metadata, strlen(metadata), 1, &way, &writer,
			   err) &&
	     parcel_add(writer, source, &watch, err) &&
	     check_all(&checking, err) && parcel_finish(writer, err);
	digests_free(checking.digests);
	source_close(take(source));
	if (checking.fd >= 0)
		close(checking.fd);
	return ok;
}

/* Reads what was put there: what packs had been proved block by block. */
static bool read_back(struct call *call, const struct archive_object *object,
		      struct error *err)
{
	auto_close int fd = -1;

	return tier_object_open(call, object, &fd, err) &&
	       parcel_intact(fd, err);
}

/* Makes the object, puts it where it belongs, and reads it from there. */
static bool make_object(struct moving *moving, struct error *err)
{
	struct archive_object *object = &moving->object;
	auto_close int fd = -1;
	uint64_t full, bytes;
	bool there;

	if (!archive_draft(moving->call, object, &fd, err) ||
	    !pack(moving, fd, err) || !parcel_digest(fd, object->digest, err) ||
	    !archive_put(moving->call, object, fd, err) ||
	    !read_back(moving->call, object, err) ||
	    !archive_look(moving->call, object, &there, &bytes, err) ||
	    !space_full(moving->call, moving->snapshot.layer, &full, err))
		return false;
	object->bytes = (int64_t)bytes;
	object->full = (int64_t)full;
	return true;
}

/* The rows, when the object is whole. Whoever began to use the snapshot for an
 * image meanwhile keeps it. */
static bool commit_archive(struct moving *moving, struct error *err)
{
	struct call *call = moving->call;
	struct archive_object object = moving->object;
	struct snapshot_tier tier;
	auto_tx tx = TX_INIT;

	if (!tx_begin(&tx, call->store->db, err) || !moving_load(moving, err))
		return false;
	if (!moving->wanted)
		return fail(err, FAULT_SNAPSHOT_NOT_FOUND,
			    "the snapshot was deleted");
	if (!snapshot_check_unused(call, moving->snapshot.id, false,
				   moving->arena, err))
		return false;
	tier = moving->tier;
	tier.status = "archival-completed";
	tier.progress = 100;
	tier.archived = clock_now();
	tier.expires = 0;
	return archive_object_set(call->store->db, &object, err) &&
	       snapshot_tier_set(call->store->db, &tier, err) &&
	       tier_settle(call, &moving->snapshot, err) &&
	       moving_end(moving, "done", err) && tx_commit(&tx, err);
}

/* Nothing was archived: the object goes, then its row; and with these what was
 * kept for them alone, when the snapshot was deleted meanwhile. */
static bool give_up(struct moving *moving, const char *why, struct error *err)
{
	struct call *call = moving->call;
	struct db *db = call->store->db;
	auto_tx tx = TX_INIT;

	if (moving->object.id && !archive_remove(call, &moving->object, err))
		return false;
	if (!tx_begin(&tx, db, err) || !moving_load(moving, err))
		return false;
	return (!moving->wanted ||
		moving_failed(moving, "archival-failed", false, why, err)) &&
	       (!moving->object.id ||
		(archive_object_delete(db, moving->object.id, err) &&
		 (!moving->object.disk_key ||
		  disk_key_forget(db, moving->object.disk_key, err)))) &&
	       moving_end(moving, "aborted", err) && tx_commit(&tx, err) &&
	       layers_reap(call, err);
}

bool tier_archive_job(struct call *call, const struct op *op, usec_t *ret_due,
		      struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct moving moving = { .call = call, .op = op, .arena = arena };
	char why[sizeof(err->text) + 64];

	*ret_due = 0;
	if (!arena)
		return fail_memory(err);
	if (!moving_load(&moving, err))
		return false;
	if (!moving.wanted)
		return give_up(&moving, NULL, err) ||
		       moving_waits(err, ret_due);
	if (make_object(&moving, err) && commit_archive(&moving, err))
		return layers_reap(call, err);
	if (moving_waits(err, ret_due))
		return true;
	log_warning("archive %s: %s", moving.snapshot.id, err->text);
	snprintf(why, sizeof(why), "%s: %s", fault_code(err->fault), err->text);
	error_clear(err);
	return give_up(&moving, why, err) || moving_waits(err, ret_due);
}
