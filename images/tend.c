/* tend.c - the job that looks after layers
 *
 * One thing after the other, each chosen afresh from the rows: first what is
 * merged away, then what has become too deep, last the digest lists, so that
 * no list is made of a layer that is about to go.
 *
 * When a merge pays: moving a byte is done once, a byte that was freed stays
 * free, and a layer less makes every later read and every pivot faster. So
 * WORTH_FREED bytes may be moved for each byte that becomes free, and
 * WORTH_DEPTH more because the chain gets shorter. While a volume's turn is
 * held, which keeps its owner waiting, at most HELD_MOST are moved. A forced
 * run merges all that frees anything.
 */
#include "images/tend.h"

#include <string.h>

#include "images/base/file.h"
#include "images/base/log.h"
#include "images/chain/digests.h"
#include "images/chain/merge.h"
#include "images/layers.h"
#include "images/space.h"
#include "images/tend-private.h"
#include "images/turn.h"

#define WORTH_FREED 4
#define WORTH_DEPTH (16ULL << 20)
#define HELD_MOST (256ULL << 20)

#define LOOK_AGAIN (2 * USEC_PER_SEC)
#define ATTEMPTS 30

bool tend_in_vain(struct tend *tend, const char *name, struct error *err)
{
	tend->done = arena_more(tend->arena, tend->done, tend->done_count,
				sizeof(*tend->done));
	if (!tend->done)
		return fail_memory(err);
	tend->done[tend->done_count++] = arena_str(tend->arena, name);
	return true;
}

bool tend_was_in_vain(const struct tend *tend, const char *name)
{
	for (size_t i = 0; i < tend->done_count; i++)
		if (strcmp(tend->done[i], name) == 0)
			return true;
	return false;
}

bool tend_runs_above(const struct tree *tree, size_t at)
{
	size_t child = tree->layers[at].first_child;

	if (tree->layers[at].row->uri)
		return true;
	for (; child != TREE_NONE; child = tree->layers[child].next_sibling)
		if (tend_runs_above(tree, child))
			return true;
	return false;
}

bool tend_step(struct tend *tend, const struct reduction *reduction,
	       bool *ret_done, struct error *err)
{
	struct error failed = { 0 };

	*ret_done = reduce(tend->call, tend->op, reduction, &failed);
	if (*ret_done)
		return true;
	if (failed.fault == FAULT_UNAVAILABLE ||
	    failed.fault == FAULT_VOLUME_IN_USE)
		tend->busy = true;
	else
		log_warning("%s: %s", reduction->child, failed.text);
	tend->report.left++;
	return tend_in_vain(tend, reduction->child, err);
}

/* Whether moving so many bytes is worth it. */
static bool pays(const struct tend *tend, uint64_t moved, uint64_t freed,
		 bool held)
{
	if (tend->force && freed)
		return true;
	return moved <= freed * WORTH_FREED + WORTH_DEPTH &&
	       (!held || moved <= HELD_MOST);
}

/* How to take a hidden layer away from under its only child: the way that
 * moves less, as far as the guests allow it; false when it does not pay. */
static bool merge_plan(struct tend *tend, const struct tree *tree, size_t at,
		       struct reduction *ret_reduction, bool *ret_pays,
		       struct error *err)
{
	const struct node_layer *doomed = &tree->layers[at];
	const struct node_layer *child = &tree->layers[doomed->first_child];
	const struct layer_use *row = doomed->row;
	bool active = layer_is(child, "active");
	struct merge_cost cost;
	bool push;

	if (!merge_cost(tend->call->store->chain, &child->ref, &doomed->ref,
			&cost, err))
		return false;
	push = doomed->ref.format == LAYER_QCOW2 && cost.push < cost.pull &&
	       (tend->force || cost.push <= HELD_MOST) &&
	       !tend_runs_above(tree, doomed->first_child);
	*ret_pays = pays(tend, push ? cost.push : cost.pull, cost.freed,
			 push || active);
	*ret_reduction = (struct reduction){
		.way = push ? REDUCE_PUSH : REDUCE_PULL,
		.child = child->name,
		.doomed = push ? doomed->name : NULL,
		.base = row->layer.parent,
		.level = child->row->level > row->level ? child->row->level :
							  row->level,
	};
	return true;
}

/* Whether a layer is hidden, and may be merged into its only child as far as
 * the rows tell. */
static bool mergeable(const struct tend *tend, const struct tree *tree,
		      size_t at)
{
	const struct node_layer *doomed = &tree->layers[at];
	const struct node_layer *child;

	if (!doomed->hidden || doomed->children != 1)
		return false;
	child = &tree->layers[doomed->first_child];
	if (tend_was_in_vain(tend, child->name))
		return false;
	return layer_is(child, "frozen") ||
	       (layer_is(child, "active") && child->row->volume &&
		!child->row->uri);
}

/* Merges one pair that may be merged; with the turns that it takes. */
static bool merge_pair(struct tend *tend, const char *name, bool *ret_done,
		       struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_turn turn = TURN_INIT;
	struct reduction reduction;
	struct error busy = { 0 };
	const char *volume;
	struct tree tree;
	bool worth;
	size_t at;

	*ret_done = false;
	if (!arena)
		return fail_memory(err);
	if (!tree_load(tend->call, arena, &tree, err))
		return false;
	at = tree_find(&tree, name);
	if (at == TREE_NONE || !mergeable(tend, &tree, at))
		return true;
	volume = tree.layers[tree.layers[at].first_child].row->volume;
	if (volume) {
		if (!turn_take(tend->call, &volume, 1, 0, &turn, &busy)) {
			tend->busy = true;
			return tend_in_vain(
				tend,
				tree.layers[tree.layers[at].first_child].name,
				err);
		}
		/* it may have been started while we came here */
		if (!tree_load(tend->call, arena, &tree, err))
			return false;
		at = tree_find(&tree, name);
		if (at == TREE_NONE || !mergeable(tend, &tree, at))
			return true;
	}
	if (!merge_plan(tend, &tree, at, &reduction, &worth, &busy)) {
		log_warning("%s: %s", name, busy.text);
		worth = false;
	}
	if (!worth)
		return tend_in_vain(
			tend, tree.layers[tree.layers[at].first_child].name,
			err);
	if (!tend_step(tend, &reduction, ret_done, err))
		return false;
	tend->report.merged += *ret_done;
	return true;
}

static bool merge_one(struct tend *tend, const struct tree *tree,
		      bool *ret_done, struct error *err)
{
	*ret_done = false;
	for (size_t i = 0; i < tree->count && !*ret_done; i++)
		if (mergeable(tend, tree, i) &&
		    !merge_pair(tend, tree->layers[i].name, ret_done, err))
			return false;
	return true;
}

/* Makes one digest list that is missing, parents first. */
static bool list_one(struct tend *tend, const struct tree *tree, bool *ret_done,
		     struct error *err)
{
	struct chain *chain = tend->call->store->chain;

	for (size_t i = 0; i < tree->count; i++) {
		const struct node_layer *layer = &tree->layers[i];
		struct error failed = { 0 };

		if (!layer_is(layer, "frozen") ||
		    digests_exist(chain, layer->name) ||
		    tend_was_in_vain(tend, layer->name))
			continue;
		if (digests_make(chain, &layer->ref, &failed)) {
			tend->report.listed++;
			*ret_done = true;
			return true;
		}
		log_warning("%s: %s", layer->name, failed.text);
		tend->report.left++;
		if (!tend_in_vain(tend, layer->name, err))
			return false;
	}
	return true;
}

/* Notes what each frozen layer shows, for DescribeSnapshots. */
static bool count_full(struct tend *tend, const struct tree *tree,
		       struct error *err)
{
	struct call *call = tend->call;

	for (size_t i = 0; i < tree->count; i++) {
		const struct node_layer *layer = &tree->layers[i];
		struct error failed = { 0 };
		uint64_t bytes;
		bool known;

		if (!layer_is(layer, "frozen") || !layer->row->users ||
		    layer->fills)
			continue;
		if (!layer_full(call->store->db, layer->name, &known, &bytes,
				err))
			return false;
		if (known)
			continue;
		if (!space_full(call, layer->name, &bytes, &failed))
			log_warning("%s: %s", layer->name, failed.text);
		else if (!layer_set_full(call->store->db, layer->name, bytes,
					 err))
			return false;
	}
	return true;
}

/* What is still being filled, or stands on that, is left alone: whoever read
 * all of it would wait long, and there is another run when it is full. */
static bool pass_over(struct tend *tend, const struct tree *tree,
		      struct error *err)
{
	for (size_t i = 0; i < tree->count; i++)
		if (tree->layers[i].fills &&
		    !tend_was_in_vain(tend, tree->layers[i].name) &&
		    !tend_in_vain(tend, tree->layers[i].name, err))
			return false;
	return true;
}

/* Does one thing; *ret_done is false when there is none left. */
static bool tend_once(struct tend *tend, bool *ret_done, struct error *err)
{
	static chore_fn *const chores[] = { merge_one, shorten_one,
					    consolidate_one, flatten_one,
					    list_one };
	auto_of(arena) arena = arena_new();
	struct tree tree;

	*ret_done = false;
	if (!arena)
		return fail_memory(err);
	if (!tree_load(tend->call, arena, &tree, err) ||
	    !pass_over(tend, &tree, err))
		return false;
	for (size_t i = 0; i < sizeof(chores) / sizeof(*chores); i++) {
		if (!chores[i](tend, &tree, ret_done, err))
			return false;
		if (*ret_done)
			return true;
	}
	return count_full(tend, &tree, err);
}

/* Settles what was begun before, then does all there is. */
static bool tend_run(struct tend *tend, struct error *err)
{
	bool done = true;

	if (!reduce_settle(tend->call, tend->op, err) ||
	    !layers_reap(tend->call, err))
		return false;
	while (done)
		if (!tend_once(tend, &done, err))
			return false;
	/* what was being read here while a command wanted to remove it */
	return layers_reap_last(tend->call, err);
}

/* One looks after a store at a time. */
static int tend_lock(struct call *call, bool wait)
{
	auto_free char *path = store_path(call->store, "run/tend.lock");

	return path ? file_lock(path, wait) : -1;
}

bool tend_job(struct call *call, const struct op *op, usec_t *ret_due,
	      struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_close int lock = tend_lock(call, false);
	struct op own = *op;
	struct tend tend = { .call = call, .op = &own, .arena = arena };

	if (!arena)
		return fail_memory(err);
	*ret_due = clock_wall() + LOOK_AGAIN;
	if (lock < 0)
		return true;
	own.step++;
	if (!tend_run(&tend, err))
		return false;
	if (tend.busy && own.step < ATTEMPTS)
		return op_step(call->store->journal, own.id, "intent", own.step,
			       NULL, NULL, err);
	*ret_due = 0;
	return op_step(call->store->journal, own.id, "done", own.step, NULL,
		       NULL, err);
}

bool tend_begin(struct call *call, struct op *ret_op, struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *answer;
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	*ret_op = (struct op){
		.kind = "tend",
		.account = call->account,
		.action = call->action,
		.request = "",
		.payload = "{}",
		.slow = true,
	};
	return tx_begin(&tx, call->store->db, err) &&
	       op_begin(call->store->journal, ret_op, arena, &answer, err) &&
	       tx_commit(&tx, err);
}

bool tend_all(struct call *call, struct tend_report *ret_report,
	      struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_close int lock = tend_lock(call, true);
	struct op op;
	struct tend tend = {
		.call = call,
		.op = &op,
		.force = true,
		.arena = arena,
	};

	if (!arena)
		return fail_memory(err);
	if (lock < 0)
		return fail_errno(err, "cannot lock the store's layers");
	if (!tend_begin(call, &op, err))
		return false;
	if (!tend_run(&tend, err)) {
		struct error lost = { 0 };

		/* the job goes on with it */
		if (!op_postpone(call->store->journal, op.id,
				 clock_wall() + LOOK_AGAIN, &lost))
			log_warning("%s", lost.text);
		return false;
	}
	*ret_report = tend.report;
	return op_step(call->store->journal, op.id, "done", 1, NULL, NULL, err);
}
