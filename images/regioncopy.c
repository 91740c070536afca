/* regioncopy.c - snapshots of other regions, carried over block by block
 *
 * The layer here is compared with the source, not with what was noted on the
 * way: that is the same whether it was just made, or left half full by a
 * process that died.
 */
#include <inttypes.h>
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
	struct digests *digests; /* owned; NULL while a list is missing */
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
	const char *layer;   /* here */
	struct layer source; /* there */
	struct side from;
	struct side base; /* what the layer here was begun on; its disk is the
			   * layer, for writing */
	struct blockmap *held; /* where the layer holds something; owned */
	uint64_t blocks;
	uint64_t carried;
};

static void side_done(struct side *side)
{
	disk_close(side->disk);
	digests_free(side->digests);
	blockmap_free(side->map);
}

static void carrying_done(struct carrying *carrying)
{
	side_done(&carrying->from);
	side_done(&carrying->base);
	blockmap_free(carrying->held);
}

#define auto_carrying __attribute__((cleanup(carrying_done))) struct carrying

bool region_copy_begin(struct call *call, const char *region,
		       const struct snapshot *source, const char *id,
		       const char *description, struct error *err)
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
	layer_name_new(LAYER_QCOW2, layer);
	op.payload = arena_format(
		arena, "{\"snapshot\":\"%s\",\"layer\":\"%s\"}", id, layer);
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

/* The nearest layer of the same lineage that is here already: the copy of one
 * that the source stands on, or else the last copy of the same volume. */
static bool choose_base(struct carrying *carrying,
			const struct layer_ref *chain, size_t count,
			const char **ret_base, struct error *err)
{
	const struct region_copy *copy = &carrying->copy;
	struct db *db = carrying->call->store->db;
	struct layer layer;

	*ret_base = NULL;
	for (size_t i = 0; i < count && !*ret_base; i++)
		if (!region_copy_of_layer(db, copy->region, chain[i].name,
					  carrying->arena, ret_base, err))
			return false;
	if (!*ret_base && strcmp(copy->volume, "vol-ffffffff") != 0 &&
	    !region_copy_of_volume(db, copy->region, copy->volume,
				   carrying->arena, ret_base, err))
		return false;
	if (!*ret_base)
		return true;
	if (!layer_get(db, *ret_base, carrying->arena, &layer, err))
		return false;
	if (layer.size > carrying->source.size ||
	    strcmp(layer.state, "frozen") != 0)
		*ret_base = NULL;
	return true;
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
		below = (struct layer_ref){ row.parent,
					    base.format[0] == 'r' ?
						    LAYER_RAW :
						    LAYER_QCOW2 };
	}
	/* the pin keeps the base until the row does */
	return layer_remove(call->store->chain, carrying->layer, err) &&
	       layer_create(call->store->chain, carrying->layer,
			    row.parent ? &below : NULL, (uint64_t)row.size,
			    err) &&
	       tx_begin(&tx, db, err) && layer_insert(db, &row, err) &&
	       region_copy_set_layer(db, carrying->snapshot.id, row.name,
				     err) &&
	       op_step(call->store->journal, carrying->op->id, "fired", 1, NULL,
		       NULL, err) &&
	       tx_commit(&tx, err);
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

/* Reads a block there, makes sure that it is what its digest says, and writes
 * it here. */
static bool carry_block(struct carrying *carrying, uint64_t block,
			const uint8_t wanted[BLOCK_DIGEST_SIZE], uint8_t *data,
			struct error *err)
{
	uint64_t at = block * BLOCK_SIZE;
	uint64_t size = (uint64_t)carrying->source.size - at;
	uint8_t is[BLOCK_DIGEST_SIZE];

	if (!read_digest(carrying->from.disk, block, data, is, err))
		return false;
	if (memcmp(is, wanted, sizeof(is)) != 0)
		return fail(err, FAULT_INTERNAL,
			    "block %" PRIu64 " of %s in the region %s is not "
			    "what it was when it was frozen",
			    block, carrying->copy.source,
			    carrying->copy.region);
	carrying->carried++;
	return disk_write(carrying->base.disk, data,
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
	auto_free uint8_t *data = malloc(BLOCK_SIZE);
	usec_t told = clock_monotonic();

	if (!data)
		return fail_memory(err);
	for (uint64_t block = 0; block < carrying->blocks; block++) {
		bool held = blockmap_has(carrying->held, block);
		uint8_t wanted[BLOCK_DIGEST_SIZE], is[BLOCK_DIGEST_SIZE];

		if (!tell(carrying, block, &told, err) ||
		    !find_digest(&carrying->from, block, true, data, wanted,
				 err) ||
		    !find_digest(&carrying->base, block, !held, data, is,
				 err) ||
		    (memcmp(wanted, is, sizeof(is)) != 0 &&
		     !carry_block(carrying, block, wanted, data, err)))
			return false;
	}
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

/* Gives up a copy that nobody wants any more, or whose source is gone. */
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
	if (!op_step(call->store->journal, carrying->op->id, "aborted", 2, NULL,
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
	bool there;
	size_t count;

	if (!look_up(carrying, &there, err))
		return false;
	if (!there)
		return give_up(carrying, err);
	return open_source(carrying, &chain, &count, err) &&
	       (carrying->snapshot.layer ||
		make_layer(carrying, chain, count, err)) &&
	       open_layer(carrying, err) && carry_all(carrying, err) &&
	       conclude(carrying, err);
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
	return carry(&carrying, err);
}
