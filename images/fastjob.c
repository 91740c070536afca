/* fastjob.c - the layer that a fast restore stands on is built, or given back
 *
 * One round makes of a snapshot what its rows ask for, so that it does not
 * matter which call has left the job behind, or how often it was killed: as
 * long as anybody has it enabled there is the layer, whole and compared with
 * the snapshot's digest lists, else there is none.
 */
#include "images/fastjob.h"

#include <string.h>

#include "images/base/log.h"
#include "images/chain/digests.h"
#include "images/chain/merge.h"
#include "images/credit.h"
#include "images/fastrestore.h"
#include "images/fill.h"
#include "images/layers.h"
#include "images/registry/layer.h"
#include "images/turn.h"

#define KIND "fast-restore"

/* What is in the way is tried again: somebody has a file open, the disk is
 * full. */
#define SOON (5 * USEC_PER_SEC)
#define LATER (60 * USEC_PER_SEC)
#define FILLING USEC_PER_SEC

struct job {
	struct call *call;
	const struct op *op;
	struct arena *arena;
	const char *snapshot;
	const char *layer; /* that was begun; NULL: the snapshot's own */
};

bool fastjob_queue(struct call *call, const char *snapshot, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct fast_layer layer = { .layer = NULL };
	struct op op = {
		.kind = KIND,
		.account = call->account,
		.action = call->action,
		.request = "",
		.due = clock_wall(),
		.slow = true,
	};
	bool known;

	if (!arena)
		return fail_memory(err);
	if (!fast_layer_get(call->store->db, snapshot, arena, &layer, &known,
			    err))
		return false;
	/* who looks for files that are nobody's finds the name here */
	op.payload = arena_format(arena,
				  "{\"snapshot\":\"%s\",\"layer\":\"%s\"}",
				  snapshot, layer.layer ? layer.layer : "");
	return op.payload ? op_queue(call->store->journal, &op, err) :
			    fail_memory(err);
}

/* What the rows ask for: *ret_wanted says whether there is to be a layer, and
 * those that wait for it are being optimized from now on. */
static bool begin(struct job *job, bool *ret_wanted, bool *ret_built,
		  struct error *err)
{
	struct db *db = job->call->store->db;
	const struct fast_restore *all;
	struct fast_layer layer;
	auto_tx tx = TX_INIT;
	size_t count;

	*ret_wanted = *ret_built = false;
	if (!tx_begin(&tx, db, err) ||
	    !fast_layer_get(db, job->snapshot, job->arena, &layer, ret_wanted,
			    err))
		return false;
	if (!*ret_wanted)
		return true; /* the snapshot is gone, and took all along */
	job->layer = layer.layer;
	*ret_built = layer.built;
	*ret_wanted = false;
	if (!fast_restore_active(db, job->snapshot, job->arena, &all, &count,
				 err))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct fast_restore one = all[i];

		*ret_wanted |= strcmp(one.state, "disabling") != 0;
		if (strcmp(one.state, "enabling") != 0)
			continue;
		one.state = "optimizing";
		one.optimizing = job->call->now;
		one.due =
			time_after(one.optimizing, credit_optimizing(one.size));
		if (!fast_restore_set(db, &one, err))
			return false;
	}
	return tx_commit(&tx, err);
}

/* Whether each block has the digest that the snapshot's lists say; where there
 * are none to compare, it was compared block by block as it was made. */
static bool verify(struct job *job, const struct layer_ref *chain, size_t count,
		   const struct layer_ref *flat, struct error *err)
{
	struct chain *layers = job->call->store->chain;
	auto_of(digests) want = NULL;
	auto_of(digests) got = NULL;
	const struct digests *both[2];

	if (!digests_load(layers, chain, count, &want, err) || !want)
		return err->fault == FAULT_NONE;
	if (!digests_make(layers, flat, err) ||
	    !digests_load(layers, flat, 1, &got, err))
		return false;
	both[0] = want;
	both[1] = got;
	if (!got || !digests_comparable(both, 2))
		return true;
	for (uint64_t at = digests_next(want, 0); at != UINT64_MAX;
	     at = digests_next(want, at + 1)) {
		const uint8_t *left = digests_get(want, at);
		const uint8_t *right = digests_get(got, at);

		if (memcmp(left, right ? right : digest_of_zeros,
			   BLOCK_DIGEST_SIZE) != 0)
			return fail(err, FAULT_INTERNAL,
				    "block %llu of %s is not what its digest "
				    "says",
				    (unsigned long long)at, job->snapshot);
	}
	return true;
}

/* Makes the layer of all that the snapshot shows. */
static bool build(struct job *job, struct error *err)
{
	struct call *call = job->call;
	struct chain *layers = call->store->chain;
	struct layer_ref flat = { job->layer, LAYER_QCOW2 };
	const struct layer_ref *chain;
	auto_turn pin = TURN_INIT;
	struct snapshot snapshot;
	size_t count;
	bool found;

	if (!turn_pin(call, &pin, err) ||
	    !snapshot_get(call->store->db, job->snapshot, job->arena, &snapshot,
			  &found, err))
		return false;
	if (!found)
		return true;
	if (!job->layer)
		return true;
	return layers_chain(call, snapshot.layer, job->arena, &chain, &count,
			    err) &&
	       layer_flatten(layers, &chain[0], flat.name, err) &&
	       verify(job, chain, count, &flat, err);
}

static bool finish(struct job *job, struct error *err)
{
	return op_step(job->call->store->journal, job->op->id, "done", 0, NULL,
		       NULL, err);
}

/* Whether the layer that was built is still the one that the rows want. */
static bool is_ours(const struct job *job, const struct fast_layer *layer)
{
	return job->layer && layer->layer ?
		       strcmp(job->layer, layer->layer) == 0 :
		       job->layer == layer->layer;
}

/* The rows of a layer that is there. Who disabled it meanwhile, or deleted the
 * snapshot, has left no row; who enabled it again since, another one, and a job
 * for that. */
static bool commit(struct job *job, bool *ret_gone, struct error *err)
{
	struct db *db = job->call->store->db;
	struct fast_layer layer;
	auto_tx tx = TX_INIT;
	bool found;

	if (!tx_begin(&tx, db, err) ||
	    !fast_layer_get(db, job->snapshot, job->arena, &layer, &found, err))
		return false;
	*ret_gone = !found || !is_ours(job, &layer);
	if (*ret_gone)
		return true;
	return (!job->layer || layer_set_frozen(db, job->layer, err)) &&
	       fast_layer_set_built(db, job->snapshot, clock_now(), err) &&
	       layers_tend(job->call, err) && finish(job, err) &&
	       tx_commit(&tx, err);
}

/* Ends what is being disabled, and with `all` whatever there is; the layer goes
 * with the last of them. */
static bool give_back(struct job *job, bool all, struct error *err)
{
	struct db *db = job->call->store->db;
	const struct fast_restore *restores;
	auto_tx tx = TX_INIT;
	bool left = false;
	size_t count;

	if (!tx_begin(&tx, db, err) ||
	    !fast_restore_active(db, job->snapshot, job->arena, &restores,
				 &count, err))
		return false;
	for (size_t i = 0; i < count && !all; i++) {
		struct fast_restore one = restores[i];

		if (strcmp(one.state, "disabling") != 0) {
			left = true;
			continue;
		}
		one.state = "disabled";
		one.disabled = job->call->now;
		if (!fast_restore_set(db, &one, err))
			return false;
	}
	return (left || fast_forget(job->call, job->snapshot, err)) &&
	       finish(job, err) && tx_commit(&tx, err) &&
	       layers_reap(job->call, err);
}

/* What was built for nobody. */
static bool discard(struct job *job, struct error *err)
{
	return !job->layer ||
	       (layer_remove(job->call->store->chain, job->layer, err) &&
		digests_remove(job->call->store->chain, job->layer, err));
}

/* What could not be built now is tried again, or never will be. */
static bool give_up(struct job *job, usec_t *ret_due, struct error *err)
{
	bool full = err->fault == FAULT_VOLUME_CAPACITY;

	log_warning("fast restore of %s: %s", job->snapshot, err->text);
	if (full || err->fault == FAULT_UNAVAILABLE ||
	    err->fault == FAULT_VOLUME_IN_USE) {
		*ret_due = clock_wall() + (full ? LATER : SOON);
		error_clear(err);
		return true;
	}
	error_clear(err);
	return discard(job, err) && give_back(job, true, err);
}

/* Whether the snapshot's own bytes are still being fetched: that comes first.
 */
static bool is_cold(struct job *job, bool *ret_cold, struct error *err)
{
	struct snapshot snapshot;
	struct filling filling;
	bool found;

	*ret_cold = false;
	return snapshot_get(job->call->store->db, job->snapshot, job->arena,
			    &snapshot, &found, err) &&
	       (!found || !snapshot.layer ||
		fill_look(job->call, snapshot.layer, job->arena, &filling,
			  ret_cold, err));
}

static bool run(struct job *job, usec_t *ret_due, struct error *err)
{
	bool wanted, built, cold, gone = false;
	uint64_t warmed;

	if (!begin(job, &wanted, &built, err) || !is_cold(job, &cold, err))
		return false;
	if (!wanted)
		return give_back(job, false, err);
	if (!built && cold) {
		*ret_due = clock_wall() + FILLING;
		return true;
	}
	if (!built && !build(job, err))
		return give_up(job, ret_due, err);
	if (!(built ? give_back(job, false, err) : commit(job, &gone, err)))
		return false;
	if (gone)
		return discard(job, err) && finish(job, err);
	return fast_warm(job->call, &warmed, err);
}

bool fast_job(struct call *call, const struct op *op, usec_t *ret_due,
	      struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct job job = { .call = call, .op = op, .arena = arena };

	*ret_due = 0;
	if (!arena)
		return fail_memory(err);
	job.snapshot = op_text(op, "snapshot", arena);
	if (!job.snapshot)
		return fail(err, FAULT_INTERNAL, "job %s is unreadable",
			    op->id);
	return run(&job, ret_due, err);
}
