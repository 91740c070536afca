/* regioncopy.c - snapshots of other regions, carried over block by block
 *
 * The layer here is compared with the source, not with what was noted on the
 * way: that is the same whether it was just made, or left half full by a
 * process that died.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "images/base/digest.h"
#include "images/base/log.h"
#include "images/block.h"
#include "images/chain/digests.h"
#include "images/layers.h"
#include "images/region.h"
#include "images/registry/layer.h"
#include "images/snapshot.h"
#include "images/turn.h"

#define TOLD_EACH USEC_PER_SEC /* progress */

/* One side of the comparison: a chain, open. */
struct side {
	struct disk *disk;	 /* owned */
	struct digests *digests; /* owned; NULL while a list is missing; the
				  * source's with its keys */
	struct blockmap *map;	 /* where it shows data; owned */
};

/* A copy under way. */
struct carrying {
	struct call *call;
	const struct op *op;
	struct call far; /* the caller, in the other store */
	struct arena *arena;
	struct snapshot snapshot; /* here */
	struct region_copy copy;
	const char *layer;    /* here */
	const char *disk_key; /* made for it, should it stand on none; NULL:
			       * plain */
	struct layer source;  /* there */
	struct side from;
	struct side base; /* what the layer here was begun on; its disk is the
			   * layer, for writing */
	struct blockmap *held; /* where the layer holds something; owned */
	uint8_t *data, *other; /* BLOCK_SIZE bytes of each side; owned */
	uint64_t blocks;
	uint64_t carried;
};

static void side_done(struct side *side)
{
	disk_close(side->disk);
	digests_free(side->digests);
	blockmap_free(side->map);
	*side = (struct side){ .disk = NULL };
}

static void carrying_done(struct carrying *carrying)
{
	side_done(&carrying->from);
	side_done(&carrying->base);
	blockmap_free(carrying->held);
	free(carrying->data);
	free(carrying->other);
}

#define auto_carrying __attribute__((cleanup(carrying_done))) struct carrying

/* What the job has to know: the key is made before there is a layer that it is
 * for. */
static const char *pack(const char *id, const char *layer,
			const struct sealing *sealing, struct arena *arena)
{
	const char *plain = arena_format(
		arena, "{\"snapshot\":\"%s\",\"layer\":\"%s\"", id, layer);

	if (!plain || !sealing->disk_key)
		return plain ? arena_format(arena, "%s}", plain) : NULL;
	return arena_format(arena, "%s,\"key\":\"%s\"}", plain,
			    sealing->disk_key);
}

bool region_copy_begin(struct call *call, const char *region,
		       const struct snapshot *source, struct sealing *sealing,
		       const char *id, const char *description,
		       struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct snapshot copy = *source;
	struct region_copy from = {
		.snapshot = id,
		.region = region,
		.source = source->id,
		.layer = source->layer,
		.volume = source->volume,
	};
	struct op op = {
		.kind = "region-copy",
		.account = call->account,
		.action = call->action,
		.request = call->request,
		.due = call->now,
		.slow = true,
	};
	char layer[LAYER_NAME_SIZE];

	if (!arena)
		return fail_memory(err);
	copy.id = id;
	copy.owner = call->account;
	copy.layer = NULL;
	copy.volume = "vol-ffffffff";
	copy.description = description;
	copy.state = "pending";
	copy.created = call->now;
	copy.imported = NULL;
	copy.kms_key = sealing->key.id;
	layer_name_new(LAYER_QCOW2, layer);
	if (!encrypt_seal(call, sealing, arena, err))
		return false;
	op.payload = pack(id, layer, sealing, arena);
	if (!op.payload)
		return fail_memory(err);
	return snapshot_insert(call->store->db, &copy, err) &&
	       region_copy_insert(call->store->db, &from, err) &&
	       op_queue(call->store->journal, &op, err);
}

/* The chain of a layer, top first, as the chain room knows it. */
static bool chain_of(struct call *call, const char *layer, struct arena *arena,
		     const struct layer_ref **ret_refs, size_t *ret_count,
		     struct error *err)
{
	const struct layer *layers;
	struct layer_ref *refs;

	if (!layer_chain(call->store->db, layer, arena, &layers, ret_count,
			 err))
		return false;
	refs = arena_alloc(arena, (*ret_count + 1) * sizeof(*refs));
	if (!refs)
		return fail_memory(err);
	for (size_t i = 0; i < *ret_count; i++) {
		refs[i].name = layers[i].name;
		refs[i].format = layers[i].format[0] == 'r' ? LAYER_RAW :
							      LAYER_QCOW2;
	}
	*ret_refs = refs;
	return true;
}

/* Reads what is known of a chain: digests if there are lists, and where it
 * shows data. */
static bool side_open(struct call *call, const struct layer_ref *refs,
		      size_t count, uint64_t blocks, struct side *side,
		      struct error *err)
{
	if (!blockmap_new(blocks, &side->map, err))
		return false;
	return !count || (blockmap_add_data(&side->map, 1, call->store->chain,
					    refs, count, err) &&
			  digests_load(call->store->chain, refs, count,
				       &side->digests, err));
}

/* The nearest layer of the same lineage that is here already, under the key
 * that this one shall have: the copy of one that the source stands on, or else
 * the last copy of the same volume. */
static bool choose_base(struct carrying *carrying,
			const struct layer_ref *chain, size_t count,
			const char **ret_base, struct error *err)
{
	const struct region_copy *copy = &carrying->copy;
	const char *key = carrying->snapshot.kms_key;
	struct db *db = carrying->call->store->db;
	struct layer layer;

	*ret_base = NULL;
	for (size_t i = 0; i < count && !*ret_base; i++)
		if (!region_copy_of_layer(db, copy->region, chain[i].name, key,
					  carrying->arena, ret_base, err))
			return false;
	if (!*ret_base && strcmp(copy->volume, "vol-ffffffff") != 0 &&
	    !region_copy_of_volume(db, copy->region, copy->volume, key,
				   carrying->arena, ret_base, err))
		return false;
	if (!*ret_base)
		return true;
	if (!layer_get(db, *ret_base, carrying->arena, &layer, err))
		return false;
	if (layer.size > carrying->source.size || !layer.disk_key != !key ||
	    strcmp(layer.state, "frozen") != 0)
		*ret_base = NULL;
	return true;
}

/* The key that was made for the layer goes unless the layer has it. */
static bool forget_key(const struct carrying *carrying, struct error *err)
{
	return !carrying->disk_key || disk_key_forget(carrying->call->store->db,
						      carrying->disk_key, err);
}

/* Makes the file: over another layer under that one's key, else under the one
 * that was made for it. */
static bool make_file(struct carrying *carrying, const struct layer_ref *below,
		      struct error *err)
{
	struct call *call = carrying->call;
	auto_layer_secret secret = { .key = "" };
	uint64_t size = (uint64_t)carrying->source.size;
	auto_disk_secret digits;

	if (below || !carrying->disk_key)
		return layer_create(call->store->chain, carrying->layer, below,
				    size, err);
	secret_guard(&secret, sizeof(secret));
	if (!disk_key_open(call, carrying->disk_key, DISK_KEY_STORE, &digits,
			   err))
		return false;
	memcpy(secret.text, digits.text, sizeof(digits.text));
	snprintf(secret.key, sizeof(secret.key), "%s", carrying->disk_key);
	return layer_create_encrypted(call->store->chain, carrying->layer, NULL,
				      size, &secret, err);
}

/* Makes the layer, then its row. What somebody who died has made of it without
 * a row may stand on anything: it goes. */
static bool make_layer(struct carrying *carrying, const struct layer_ref *chain,
		       size_t count, struct error *err)
{
	struct call *call = carrying->call;
	struct db *db = call->store->db;
	struct layer_ref below = { NULL, LAYER_QCOW2 };
	struct layer row = {
		.name = carrying->layer,
		.format = "qcow2",
		.size = carrying->source.size,
		.state = "active",
		.disk_key = carrying->disk_key,
	};
	struct layer base;
	auto_turn pin = TURN_INIT;
	auto_tx tx = TX_INIT;

	if (!turn_pin(call, &pin, err) ||
	    !choose_base(carrying, chain, count, &row.parent, err))
		return false;
	if (row.parent) {
		if (!layer_get(db, row.parent, carrying->arena, &base, err))
			return false;
		row.disk_key = base.disk_key;
		below = (struct layer_ref){ row.parent,
					    base.format[0] == 'r' ?
						    LAYER_RAW :
						    LAYER_QCOW2 };
	}
	/* the pin keeps the base until the row does */
	if (!layer_remove(call->store->chain, carrying->layer, err) ||
	    !make_file(carrying, row.parent ? &below : NULL, err) ||
	    !tx_begin(&tx, db, err) || !layer_insert(db, &row, err) ||
	    !region_copy_set_layer(db, carrying->snapshot.id, row.name, err) ||
	    !forget_key(carrying, err) ||
	    !op_step(call->store->journal, carrying->op->id, "fired", 1, NULL,
		     NULL, err) ||
	    !tx_commit(&tx, err))
		return false;
	carrying->snapshot.layer = carrying->layer;
	return true;
}

/* Opens the source's chain, which is pinned until its files are open. */
static bool open_source(struct carrying *carrying,
			const struct layer_ref **ret_chain, size_t *ret_count,
			struct error *err)
{
	struct call *far = &carrying->far;
	auto_turn pin = TURN_INIT;

	if (!turn_pin(far, &pin, err) ||
	    !layer_get(far->store->db, carrying->copy.layer, carrying->arena,
		       &carrying->source, err) ||
	    !chain_of(far, carrying->copy.layer, carrying->arena, ret_chain,
		      ret_count, err))
		return false;
	carrying->blocks =
		((uint64_t)carrying->source.size + BLOCK_SIZE - 1) / BLOCK_SIZE;
	return side_open(far, *ret_chain, *ret_count, carrying->blocks,
			 &carrying->from, err) &&
	       (!carrying->from.digests ||
		digests_take_keys(far->store->chain, carrying->from.digests,
				  err)) &&
	       disk_open(far->store->chain, *ret_chain, &carrying->from.disk,
			 err);
}

/* Opens the layer here for writing, and what it stands on to compare. */
static bool open_layer(struct carrying *carrying, struct error *err)
{
	struct call *call = carrying->call;
	const struct layer_ref *chain;
	auto_turn pin = TURN_INIT;
	size_t count;

	return turn_pin(call, &pin, err) &&
	       chain_of(call, carrying->layer, carrying->arena, &chain, &count,
			err) &&
	       blockmap_new(carrying->blocks, &carrying->held, err) &&
	       blockmap_add_held(carrying->held, call->store->chain, chain,
				 err) &&
	       side_open(call, chain + 1, count - 1, carrying->blocks,
			 &carrying->base, err) &&
	       disk_open_write(call->store->chain, chain, &carrying->base.disk,
			       err);
}

/* The digest of a block as it can be read; zeros follow the disk's end. */
static bool read_digest(struct disk *disk, uint64_t block, uint8_t *data,
			uint8_t ret_digest[BLOCK_DIGEST_SIZE],
			struct error *err)
{
	if (!disk_read(disk, data, BLOCK_SIZE, block * BLOCK_SIZE, err))
		return false;
	sha256(data, BLOCK_SIZE, ret_digest);
	return true;
}

/* What a side says of a block: by its list, by its tables where it holds
 * nothing, or by the bytes. */
static bool find_digest(const struct side *side, uint64_t block, bool trusted,
			uint8_t *data, uint8_t ret_digest[BLOCK_DIGEST_SIZE],
			struct error *err)
{
	const uint8_t *known = NULL;

	if (!trusted)
		return read_digest(side->disk, block, data, ret_digest, err);
	if (side->digests)
		known = digests_get(side->digests, block);
	else if (blockmap_has(side->map, block))
		return read_digest(side->disk, block, data, ret_digest, err);
	memcpy(ret_digest, known ? known : digest_of_zeros, BLOCK_DIGEST_SIZE);
	return true;
}

/* Whether a block here is what it is there, by digests: where everything is
 * plain. */
static bool compare_digests(struct carrying *carrying, uint64_t block,
			    bool *ret_same, struct error *err)
{
	bool held = blockmap_has(carrying->held, block);
	uint8_t wanted[BLOCK_DIGEST_SIZE], is[BLOCK_DIGEST_SIZE];

	if (!find_digest(&carrying->from, block, true, carrying->data, wanted,
			 err) ||
	    !find_digest(&carrying->base, block, !held, carrying->data, is,
			 err))
		return false;
	*ret_same = memcmp(wanted, is, sizeof(is)) == 0;
	return true;
}

/* A block as a side shows it; where `data` says so there is nothing to read. */
static bool read_block(const struct side *side, uint64_t block, bool data,
		       uint8_t *ret_data, struct error *err)
{
	if (data)
		return disk_read(side->disk, ret_data, BLOCK_SIZE,
				 block * BLOCK_SIZE, err);
	memset(ret_data, 0, BLOCK_SIZE);
	return true;
}

/* The same by the bytes. */
static bool compare_bytes(struct carrying *carrying, uint64_t block,
			  bool *ret_same, struct error *err)
{
	bool there = blockmap_has(carrying->from.map, block);
	bool here = blockmap_has(carrying->held, block) ||
		    blockmap_has(carrying->base.map, block);

	*ret_same = !there && !here;
	if (*ret_same)
		return true;
	if (!read_block(&carrying->from, block, there, carrying->data, err) ||
	    !read_block(&carrying->base, block, here, carrying->other, err))
		return false;
	*ret_same = memcmp(carrying->data, carrying->other, BLOCK_SIZE) == 0;
	return true;
}

/* Reads a block there, makes sure that it is what its digest says, and writes
 * it here. */
static bool carry_block(struct carrying *carrying, uint64_t block,
			struct error *err)
{
	const struct side *from = &carrying->from;
	uint64_t at = block * BLOCK_SIZE;
	uint64_t size = (uint64_t)carrying->source.size - at;

	if (!disk_read(from->disk, carrying->data, BLOCK_SIZE, at, err))
		return false;
	if (from->digests &&
	    !digests_check(from->digests, block, carrying->data))
		return fail(err, FAULT_INTERNAL,
			    "block %" PRIu64 " of %s in the region %s is not "
			    "what it was when it was frozen",
			    block, carrying->copy.source,
			    carrying->copy.region);
	carrying->carried++;
	return disk_write(carrying->base.disk, carrying->data,
			  size < BLOCK_SIZE ? (size_t)size : BLOCK_SIZE, at,
			  err);
}

static bool tell(struct carrying *carrying, uint64_t block, usec_t *told,
		 struct error *err)
{
	usec_t now = clock_monotonic();

	if (now < *told + TOLD_EACH)
		return true;
	*told = now;
	return snapshot_set_progress(
		carrying->call->store->db, carrying->snapshot.id,
		(int64_t)(block * 100 / carrying->blocks), err);
}

/* Carries all blocks that differ. Those that the layer holds itself were
 * written by somebody before: what they are is read. */
static bool carry_all(struct carrying *carrying, struct error *err)
{
	bool plain = !carrying->source.disk_key && !carrying->snapshot.kms_key;
	usec_t told = clock_monotonic();
	bool same;

	carrying->data = malloc(BLOCK_SIZE);
	carrying->other = malloc(BLOCK_SIZE);
	if (!carrying->data || !carrying->other)
		return fail_memory(err);
	for (uint64_t block = 0; block < carrying->blocks; block++)
		if (!tell(carrying, block, &told, err) ||
		    !(plain ? compare_digests : compare_bytes)(carrying, block,
							       &same, err) ||
		    (!same && !carry_block(carrying, block, err)))
			return false;
	log_info("%s: %" PRIu64 " of %" PRIu64 " blocks carried from %s",
		 carrying->snapshot.id, carrying->carried, carrying->blocks,
		 carrying->copy.region);
	return disk_flush(carrying->base.disk, err);
}

/* The rows, when every byte is there. */
static bool conclude(struct carrying *carrying, struct error *err)
{
	struct call *call = carrying->call;
	struct db *db = call->store->db;
	auto_tx tx = TX_INIT;

	disk_close(carrying->base.disk);
	carrying->base.disk = NULL;
	return layer_freeze(call->store->chain, carrying->layer, err) &&
	       tx_begin(&tx, db, err) &&
	       layer_set_frozen(db, carrying->layer, err) &&
	       snapshot_complete(call, carrying->snapshot.id, err) &&
	       region_images_settle(db, carrying->snapshot.id, err) &&
	       layers_tend(call, err) &&
	       op_step(call->store->journal, carrying->op->id, "done", 2, NULL,
		       carrying->snapshot.id, err) &&
	       tx_commit(&tx, err) && layers_reap(call, err);
}

/* Gives up a copy that nobody wants any more, or whose source or key is gone.
 */
static bool give_up(struct carrying *carrying, struct error *err)
{
	struct call *call = carrying->call;
	struct db *db = call->store->db;
	const struct snapshot *snapshot = &carrying->snapshot;
	auto_tx tx = TX_INIT;

	if (!tx_begin(&tx, db, err))
		return false;
	if (snapshot->deleting ?
		    !snapshot_drop(call, snapshot->id, err) :
		    !(region_copy_set_layer(db, snapshot->id, NULL, err) &&
		      (!snapshot->layer ||
		       layers_release(call, snapshot->layer, err)) &&
		      snapshot_set_state(db, snapshot->id, "error", call->now,
					 err) &&
		      region_images_settle(db, snapshot->id, err)))
		return false;
	if (!forget_key(carrying, err) ||
	    !op_step(call->store->journal, carrying->op->id, "aborted", 2, NULL,
		     NULL, err) ||
	    !tx_commit(&tx, err))
		return false;
	/* a file that never got a row */
	return (snapshot->layer ||
		layer_remove(call->store->chain, carrying->layer, err)) &&
	       layers_reap(call, err);
}

/* Whether the source is there as it was when the copy was asked for. */
static bool look_up(struct carrying *carrying, bool *ret_there,
		    struct error *err)
{
	struct snapshot source;

	if (!snapshot_get(carrying->far.store->db, carrying->copy.source,
			  carrying->arena, &source, ret_there, err))
		return false;
	*ret_there = *ret_there && source.layer &&
		     strcmp(source.layer, carrying->copy.layer) == 0;
	return true;
}

static bool carry(struct carrying *carrying, struct error *err)
{
	const struct layer_ref *chain;
	size_t count;

	return open_source(carrying, &chain, &count, err) &&
	       (carrying->snapshot.layer ||
		make_layer(carrying, chain, count, err)) &&
	       open_layer(carrying, err) && carry_all(carrying, err) &&
	       conclude(carrying, err);
}

/* Carries what is still there to be carried, and can be read and written. */
static bool carry_or_end(struct carrying *carrying, struct error *err)
{
	bool there;

	if (!look_up(carrying, &there, err))
		return false;
	if (!there)
		return give_up(carrying, err);
	if (carry(carrying, err))
		return true;
	if (err->fault != FAULT_KMS_KEY_NOT_FOUND)
		return false;
	log_warning("copy %s: %s", carrying->snapshot.id, err->text);
	error_clear(err);
	side_done(&carrying->from);
	side_done(&carrying->base);
	return give_up(carrying, err);
}

bool region_copy_job(struct call *call, const struct op *op, usec_t *ret_due,
		     struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_of(store) store = NULL; /* closed when its files are */
	auto_carrying carrying = { .call = call, .op = op, .arena = arena };
	const char *id = arena ? op_text(op, "snapshot", arena) : NULL;
	bool found, known = false;

	*ret_due = 0;
	if (!arena)
		return fail_memory(err);
	carrying.layer = op_text(op, "layer", arena);
	carrying.disk_key = op_text(op, "key", arena);
	if (!id || !carrying.layer)
		return fail(err, FAULT_INTERNAL, "operation %s is unreadable",
			    op->id);
	if (!snapshot_get(call->store->db, id, arena, &carrying.snapshot,
			  &found, err) ||
	    !region_copy_get(call->store->db, id, arena, &carrying.copy, &known,
			     err))
		return false;
	if (!found || !known || strcmp(carrying.snapshot.state, "pending") != 0)
		return op_step(call->store->journal, op->id, "aborted", 2, NULL,
			       NULL, err);
	if (carrying.snapshot.deleting)
		return give_up(&carrying, err);
	if (!region_open(call, carrying.copy.region, &store, &carrying.far,
			 err))
		return false;
	return carry_or_end(&carrying, err);
}
