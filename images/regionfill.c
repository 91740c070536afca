/* regionfill.c - copies from other regions that are stood on before they are
 * whole
 *
 * As long as nobody needs a copy, a job carries it in order, over one
 * connection. Who wants a volume of it before takes the copy's turn, for which
 * that job makes room, and leaves the layer to a process that fills it
 * (images/fill.h): what the job had written is held against the source again,
 * so that nothing need be known of how far it was.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "images/base/log.h"
#include "images/chain/filling.h"
#include "images/fill.h"
#include "images/regioncopy-private.h"
#include "images/registry/layer.h"

#define CLAIM_USEC (10 * USEC_PER_SEC)
#define CLAIM_STEP_USEC 20000

/* The rows: somebody fills the layer, and the job has nothing left to do. */
static bool commit_fill(struct carrying *carrying, struct error *err)
{
	struct call *call = carrying->call;
	struct db *db = call->store->db;
	const struct region_copy *copy = &carrying->copy;
	const struct filling filling = {
		.layer = carrying->layer,
		.kind = "region",
		.account = carrying->snapshot.owner,
		.place = copy->region,
		.object = copy->source,
		.version = copy->layer,
	};
	auto_tx tx = TX_INIT;

	return tx_begin(&tx, db, err) &&
	       layer_set_frozen(db, carrying->layer, err) &&
	       fill_begin(call, &filling, err) &&
	       region_copy_set_filling(db, carrying->snapshot.id, err) &&
	       op_step(call->store->journal, carrying->op->id, "done", 2, NULL,
		       carrying->snapshot.id, err) &&
	       tx_commit(&tx, err);
}

/* The blocks that have to be looked at, a bit for each; caller frees. NULL with
 * the error. */
static uint8_t *differing(const struct carry *carry, size_t *ret_size,
			  struct error *err)
{
	const uint64_t count =
		(carry->from->size + BLOCK_SIZE - 1) / BLOCK_SIZE;
	auto_of(blockmap) map = NULL;
	auto_free uint8_t *bits = NULL;
	uint64_t block;

	if (!blockmap_new(count, &map, err) ||
	    !carry_differing(carry, map, err))
		return NULL;
	*ret_size = (size_t)(count / 8 + 1);
	bits = calloc(1, *ret_size);
	if (!bits) {
		fail_memory(err);
		return NULL;
	}
	block = blockmap_next(map, 0);
	for (; block != BLOCK_NONE; block = blockmap_next(map, block + 1))
		bits[block / 8] |= (uint8_t)(1 << block % 8);
	return take(bits);
}

/* Gives the layer's file to who fills it. Where what differs is not noted any
 * more, everything is looked at. */
static bool adopt(struct carrying *carrying, struct error *err)
{
	struct chain *chain = carrying->call->store->chain;
	auto_free uint8_t *bits = NULL;
	size_t size;

	if ((!carrying->snapshot.layer &&
	     !carrying_make_layer(carrying, err)) ||
	    !carrying_open_layer(carrying, err))
		return false;
	bits = differing(&carrying->carry, &size, err);
	carry_done(&carrying->carry);
	return bits && filling_adopt(chain, carrying->layer, err) &&
	       filling_set_held(chain, carrying->layer, bits, size, err);
}

bool carrying_fill(struct carrying *carrying, struct error *err)
{
	struct chain *chain = carrying->call->store->chain;

	return (layer_fills(chain, carrying->layer) || adopt(carrying, err)) &&
	       commit_fill(carrying, err);
}

/* Takes the copy's job from who waits with it: he had to let go of the turn,
 * and gives it back in a moment. */
static bool claim(struct call *call, const char *id, struct arena *arena,
		  struct op *ret_op, struct error *err)
{
	usec_t end = clock_monotonic() + CLAIM_USEC;
	bool found;

	for (;;) {
		if (!op_take_named(call->store->journal, REGION_COPY_KIND, id,
				   arena, ret_op, &found, err))
			return false;
		if (found)
			return true;
		if (clock_monotonic() > end)
			return fail(err, FAULT_UNAVAILABLE,
				    "another process is at work on it");
		usleep(CLAIM_STEP_USEC);
	}
}

static bool open_and_fill(struct carrying *carrying, struct error *err)
{
	if (layer_fills(carrying->call->store->chain, carrying->layer))
		return carrying_fill(carrying, err);
	if (!region_open(carrying->call, carrying->copy.region, &carrying->far,
			 err) ||
	    !carrying_open_source(carrying, err))
		return false;
	return carrying->source ? carrying_fill(carrying, err) :
				  fail(err, FAULT_INCORRECT_STATE,
				       "The source snapshot is gone");
}

/* The same with the job in hand, which goes on if this does not work. */
static bool do_job(struct carrying *carrying, struct error *err)
{
	struct journal *journal = carrying->call->store->journal;
	struct error lost = { 0 };
	struct op op;
	bool ok;

	if (!claim(carrying->call, carrying->snapshot.id, carrying->arena, &op,
		   err))
		return false;
	carrying->op = &op;
	carrying->layer = op_text(&op, "layer", carrying->arena);
	carrying->disk_key = op_text(&op, "key", carrying->arena);
	ok = carrying->layer ? open_and_fill(carrying, err) :
			       fail(err, FAULT_INTERNAL,
				    "operation %s is unreadable", op.id);
	carrying->op = NULL;
	if (!ok && !op_postpone(journal, op.id, clock_wall(), &lost))
		error_clear(&lost);
	return ok;
}

bool region_copy_pends(const struct call *call, const struct snapshot *snapshot,
		       bool *ret_pends, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct region_copy copy;

	*ret_pends = false;
	if (strcmp(snapshot->state, "pending") != 0 || snapshot->fills ||
	    snapshot->deleting)
		return true;
	if (!arena)
		return fail_memory(err);
	return region_copy_get(call->store->db, snapshot->id, arena, &copy,
			       ret_pends, err);
}

bool region_copy_fill(struct call *call, const char *id, struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_carrying carrying = { .call = call,
				   .arena = arena,
				   .turn = TURN_INIT };
	bool pends;

	if (!arena)
		return fail_memory(err);
	if (!turn_take(call, &id, 1, TURN_WAIT_MS, &carrying.turn, err) ||
	    !carrying_load(&carrying, id, &pends, err))
		return false;
	if (!pends || carrying.snapshot.deleting || do_job(&carrying, err))
		return true;
	if (err->fault == FAULT_VOLUME_CAPACITY)
		return false;
	/* which names what only this host's people may know */
	log_warning("%s: %s", id, err->text);
	error_clear(err);
	return fail(err, FAULT_INCORRECT_STATE,
		    "Snapshot is in invalid state - pending, and its region "
		    "cannot be read now");
}

bool region_copy_fill_image(struct call *call, const struct image *image,
			    struct error *err)
{
	auto_of(arena) arena = arena_new();
	const struct mapping *mappings;
	size_t count;

	if (strcmp(image->state, "pending") != 0)
		return true;
	if (!arena)
		return fail_memory(err);
	if (!image_mappings(call->store->db, image->id, arena, &mappings,
			    &count, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct snapshot snapshot;
		bool found, pends = false;

		if (!mappings[i].snapshot)
			continue;
		if (!snapshot_get(call->store->db, mappings[i].snapshot, arena,
				  &snapshot, &found, err) ||
		    (found && !region_copy_pends(call, &snapshot, &pends, err)))
			return false;
		if (pends && (!call_dry_run(call, err) ||
			      !region_copy_fill(call, snapshot.id, err)))
			return false;
	}
	return true;
}
