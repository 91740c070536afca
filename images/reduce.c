/* reduce.c - one step that makes a chain shorter
 *
 * The journal knows the step before a file changes; the header of the child is
 * the truth about how far it got (safety 3.4 C). Digest lists are merged
 * first: a list may say more than its layer holds, but never less. Rows and
 * files that nobody needs any more wait until nobody is just opening a chain.
 */
#include "images/reduce.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "images/chain/digests.h"
#include "images/chain/filling.h"
#include "images/chain/merge.h"
#include "images/layers.h"
#include "images/turn.h"
#include "images/volume.h"
#include "launcher/domain/domain.h"

#define MACHINE_WAIT_MS 20000
#define UNPIN_WAIT_MS 20000
#define PUSH_WAIT_MS 1000

static const char *const way_names[] = {
	[REDUCE_PUSH] = "push",
	[REDUCE_PULL] = "pull",
	[REDUCE_LIVE] = "live",
};

static struct layer_ref ref_of(const struct layer *layer)
{
	return (struct layer_ref){
		layer->name,
		layer->format[0] == 'r' ? LAYER_RAW : LAYER_QCOW2,
	};
}

/* The journal's word of a step; "{}" is none. */
static bool note(struct call *call, struct op *op,
		 const struct reduction *reduction, struct error *err)
{
	json_t *payload = reduction ?
				  json_pack("{s:s, s:s, s:s?, s:s?, s:I}",
					    "way", way_names[reduction->way],
					    "child", reduction->child, "doomed",
					    reduction->doomed, "base",
					    reduction->base, "level",
					    (json_int_t)reduction->level) :
				  json_object();
	auto_free char *text = payload ? json_dumps(payload, 0) : NULL;

	json_decref(payload);
	if (!text)
		return fail_memory(err);
	return op_step(call->store->journal, op->id,
		       reduction ? "fired" : "intent", op->step, text, NULL,
		       err);
}

/* The layers from the child's parent down to above the base. */
static bool between(struct call *call, const struct reduction *reduction,
		    struct arena *arena, const struct layer **ret_layers,
		    size_t *ret_count, struct error *err)
{
	const struct layer *chain;
	size_t count, last = 1;

	if (!layer_chain(call->store->db, reduction->child, arena, &chain,
			 &count, err))
		return false;
	while (last < count && (!reduction->base ||
				strcmp(chain[last].name, reduction->base) != 0))
		last++;
	if (reduction->base && last == count)
		return fail(err, FAULT_INTERNAL, "%s does not stand on %s",
			    reduction->child, reduction->base);
	*ret_layers = chain;
	*ret_count = last - 1;
	return true;
}

/* The child's list takes over what those between say, top first. */
static bool lists(struct call *call, const struct layer *child,
		  const struct layer *gone, size_t count, enum reduce_way way,
		  struct error *err)
{
	struct chain *chain = call->store->chain;

	if (strcmp(child->state, "frozen") != 0)
		return true;
	for (size_t i = 0; i < count; i++)
		if (!digests_merge(chain, child->name, gone[i].name, err))
			return false;
	/* what is pushed into is no longer what its list says */
	return way != REDUCE_PUSH || digests_remove(chain, gone[0].name, err);
}

static bool live_open(const char *uri, struct hypervisor **ret_hypervisor,
		      struct error *err)
{
	return hypervisor_open(uri, MACHINE_WAIT_MS, ret_hypervisor, err);
}

/* The layer name of a path that QEMU told. */
static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool live_chain(struct call *call, const struct live *live, struct arena *arena,
		const char *const **ret_names, size_t *ret_count,
		struct error *err)
{
	const struct machine_head *heads;
	struct hypervisor *hypervisor;
	char serial[VOLUME_SERIAL_SIZE];
	const char **names;
	size_t count;
	bool ok;

	(void)call;
	*ret_count = 0;
	volume_serial(live->volume, serial);
	if (!live_open(live->uri, &hypervisor, err))
		return false;
	ok = machine_heads(hypervisor, live->uuid, arena, &heads, &count, err);
	hypervisor_close(hypervisor);
	for (size_t i = 0; ok && i < count; i++) {
		if (strcmp(heads[i].serial, serial) != 0)
			continue;
		names = arena_alloc(arena,
				    (heads[i].file_count + 1) * sizeof(*names));
		if (!names)
			return fail_memory(err);
		for (size_t j = 0; j < heads[i].file_count; j++)
			names[j] = name_of(heads[i].files[j]);
		*ret_names = names;
		*ret_count = heads[i].file_count;
	}
	return ok;
}

/* A volume whose turn others may want. */
struct wanting {
	const struct turn *turn;
	const char *volume;
};

static bool is_wanted(void *data)
{
	const struct wanting *wanting = data;

	return wanting->turn && turn_wanted(wanting->turn, wanting->volume);
}

/* Has a running machine's QEMU do it; *ret_done is false when it was given up
 * for somebody who wants the turn. */
static bool shorten(struct call *call, const struct layer_use *use,
		    const char *base, const struct turn *turn, bool *ret_done,
		    struct error *err)
{
	auto_free char *path = base ? layer_path(call->store->chain, base) :
				      NULL;
	struct wanting wanting = { turn, use->volume };
	const struct machine_patience patience = { is_wanted, &wanting };
	struct hypervisor *hypervisor;
	char serial[VOLUME_SERIAL_SIZE];
	bool ok, whole;

	if (!path)
		return fail_memory(err);
	if (!layer_is_whole(call->store->chain, use->layer.name, &whole, err))
		return false;
	if (!whole)
		return fail(err, FAULT_INCORRECT_STATE,
			    "QEMU would not survive a copy into %s",
			    use->layer.name);
	volume_serial(use->volume, serial);
	if (!live_open(use->uri, &hypervisor, err))
		return false;
	ok = machine_shorten(hypervisor, use->uuid, serial, path, &patience,
			     ret_done, err);
	hypervisor_close(hypervisor);
	return ok;
}

/* The row of a layer that a machine may be writing; NULL (and no error) for
 * one that is frozen, or whose volume's instance is stopped. */
static bool writer_of(struct call *call, const char *layer, struct arena *arena,
		      const struct layer_use **ret_use, struct error *err)
{
	const struct layer_use *all;
	size_t count;

	*ret_use = NULL;
	if (!layer_all(call->store->db, arena, &all, &count, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (strcmp(all[i].layer.name, layer) == 0 && all[i].volume &&
		    all[i].uuid)
			*ret_use = &all[i];
	return true;
}

static bool shorten_child(struct call *call, const struct reduction *reduction,
			  struct arena *arena, bool *ret_done,
			  struct error *err)
{
	const struct layer_use *use;

	if (!writer_of(call, reduction->child, arena, &use, err))
		return false;
	if (use)
		return shorten(call, use, reduction->base, reduction->turn,
			       ret_done, err);
	return fail(err, FAULT_UNAVAILABLE, "%s is no longer written",
		    reduction->child);
}

/* Who is alone with the store's layers; `turn` says whether he is by now. */
struct alone {
	struct call *call;
	struct turn *turn;
};

/* Waits until nobody is just opening a chain, and keeps those who want to
 * waiting. */
static bool be_alone(void *data, struct error *err)
{
	const struct alone *alone = data;

	return alone->turn->fd >= 0 ||
	       turn_unpinned(alone->call, UNPIN_WAIT_MS, alone->turn, err);
}

/* Rebuilds the child. A machine that is being started has been given the file
 * that is there, and would not be allowed to open another one: so the last
 * step waits for it. Whoever pins for longer is found before all the work. */
static bool pull(struct call *call, const struct layer *child,
		 const struct layer *base, struct turn *alone,
		 struct error *err)
{
	struct layer_ref above = ref_of(child), below;
	struct alone own = { call, alone };
	const struct merge_gate gate = { be_alone, &own };

	if (!be_alone(&own, err))
		return false;
	turn_done(alone);
	if (base)
		below = ref_of(base);
	return merge_pull(call->store->chain, &above, base ? &below : NULL,
			  &gate, err);
}

/* Changes the files; *ret_done is false when that was given up. */
static bool change(struct call *call, const struct reduction *reduction,
		   struct arena *arena, struct turn *alone, bool *ret_done,
		   struct error *err)
{
	const struct layer *layers;
	struct layer_ref child, doomed;
	struct layer below;
	size_t count;

	if (!between(call, reduction, arena, &layers, &count, err) ||
	    !lists(call, &layers[0], layers + 1, count, reduction->way, err))
		return false;
	*ret_done = true;
	if (reduction->way == REDUCE_LIVE)
		return shorten_child(call, reduction, arena, ret_done, err);
	if (reduction->way == REDUCE_PUSH) {
		child = ref_of(&layers[0]);
		doomed = ref_of(&layers[1]);
		return merge_push(call->store->chain, &child, &doomed, err);
	}
	if (reduction->base &&
	    !layer_get(call->store->db, reduction->base, arena, &below, err))
		return false;
	return pull(call, &layers[0], reduction->base ? &below : NULL, alone,
		    err);
}

/* The rows follow the files, while nobody is just opening a chain. */
static bool commit(struct call *call, struct op *op,
		   const struct reduction *reduction, struct turn *alone,
		   struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct db *db = call->store->db;
	const struct layer *layers;
	size_t count;
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	if (!be_alone(&(struct alone){ call, alone }, err) ||
	    !tx_begin(&tx, db, err) ||
	    !between(call, reduction, arena, &layers, &count, err) ||
	    !layer_move(db, reduction->child, reduction->base, reduction->level,
			err))
		return false;
	if (count && !layers_doom(call, layers[1].name, NULL, err))
		return false;
	return note(call, op, NULL, err) && tx_commit(&tx, err) &&
	       layers_reap(call, err);
}

/* As if nothing had been begun: what was built is thrown away, and what was to
 * be pushed into is read-only again. It may hold some of the child's bytes by
 * now, which the child covers. */
static bool abandon(struct call *call, struct op *op,
		    const struct reduction *reduction,
		    const struct layer *child, struct error *err)
{
	struct chain *chain = call->store->chain;

	if (reduction->way == REDUCE_PUSH && child->parent &&
	    layer_exists(chain, child->parent) &&
	    !layer_mode(chain, child->parent, true, err))
		return false;
	return layer_undraft(chain, reduction->child, err) &&
	       note(call, op, NULL, err);
}

/* Whether the child's file stands where it shall. */
static bool arrived(struct call *call, const struct reduction *reduction,
		    bool *ret_there, struct error *err)
{
	char parent[LAYER_NAME_SIZE];

	if (!layer_parent(call->store->chain, reduction->child, parent, err))
		return false;
	*ret_there = strcmp(parent, reduction->base ? reduction->base : "") ==
		     0;
	return true;
}

/* A layer whose QEMU ended at it may name the base before all that was copied
 * was in it. It shows the right bytes on what its row says it stands on. */
static bool put_back(struct call *call, const struct layer *child,
		     struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct layer_ref layer = ref_of(child), parent;
	struct layer below;

	if (!arena)
		return fail_memory(err);
	if (!child->parent)
		return true;
	if (!layer_get(call->store->db, child->parent, arena, &below, err))
		return false;
	parent = ref_of(&below);
	return layer_stand_on(call->store->chain, &layer, &parent, err);
}

/* What a live step that was cut short comes to: a machine that still runs
 * finishes it, else the layer goes back. Frozen meanwhile, it was flushed, and
 * its header is right. */
static bool settle_live(struct call *call, const struct reduction *reduction,
			const struct layer *child, struct error *err)
{
	auto_of(arena) arena = arena_new();
	const struct layer_use *use;
	bool done;

	if (!arena)
		return fail_memory(err);
	if (reduction->way != REDUCE_LIVE ||
	    strcmp(child->state, "active") != 0)
		return true;
	if (!writer_of(call, child->name, arena, &use, err))
		return false;
	return use ? shorten(call, use, reduction->base, NULL, &done, err) :
		     put_back(call, child, err);
}

static bool settle(struct call *call, struct op *op,
		   const struct reduction *reduction, struct turn *alone,
		   struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct layer child;
	bool there;

	if (!arena)
		return fail_memory(err);
	if (!layer_get(call->store->db, reduction->child, arena, &child, err)) {
		/* deleted meanwhile; a file that came late goes, too */
		error_clear(err);
		return layer_remove(call->store->chain, reduction->child,
				    err) &&
		       note(call, op, NULL, err);
	}
	if (strcmp(child.state, "doomed") == 0)
		return abandon(call, op, reduction, &child, err);
	if (!settle_live(call, reduction, &child, err) ||
	    !arrived(call, reduction, &there, err))
		return false;
	return there ? commit(call, op, reduction, alone, err) :
		       abandon(call, op, reduction, &child, err);
}

bool reduce_settle(struct call *call, struct op *op, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct reduction reduction = { .way = REDUCE_PULL };
	auto_turn alone = TURN_INIT;
	const char *way;

	if (!arena)
		return fail_memory(err);
	way = op_text(op, "way", arena);
	reduction.child = op_text(op, "child", arena);
	reduction.base = op_text(op, "base", arena);
	reduction.level = op_number(op, "level");
	for (size_t i = 0; way && i < sizeof(way_names) / sizeof(*way_names);
	     i++)
		if (strcmp(way, way_names[i]) == 0)
			reduction.way = (enum reduce_way)i;
	if (!reduction.child)
		return true;
	if (!settle(call, op, &reduction, &alone, err))
		return false;
	op->payload = "{}";
	return true;
}

/* What is still being filled stays as it is until that is done. */
static bool check_full(struct call *call, const struct reduction *reduction,
		       struct arena *arena, struct error *err)
{
	const struct layer *chain;
	size_t count;

	if (!layer_chain(call->store->db, reduction->child, arena, &chain,
			 &count, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (reduction->base &&
		    strcmp(chain[i].name, reduction->base) == 0)
			break;
		if (layer_fills(call->store->chain, chain[i].name))
			return fail(err, FAULT_UNAVAILABLE,
				    "%s is still being filled", chain[i].name);
	}
	return true;
}

bool reduce(struct call *call, struct op *op, const struct reduction *reduction,
	    struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_turn alone = TURN_INIT;
	struct error undo = { 0 };
	bool ok, done;

	if (!arena)
		return fail_memory(err);
	if (!check_full(call, reduction, arena, err))
		return false;
	if (reduction->way == REDUCE_PUSH &&
	    !turn_unpinned(call, PUSH_WAIT_MS, &alone, err))
		return false;
	if (!note(call, op, reduction, err))
		return false;
	ok = change(call, reduction, arena, &alone, &done, err);
	if (ok && !done)
		return note(call, op, NULL, err) &&
		       fail(err, FAULT_VOLUME_IN_USE,
			    "%s is wanted by somebody else", reduction->child);
	if (ok && commit(call, op, reduction, &alone, err))
		return true;
	/* it may have arrived all the same, or after its row had gone */
	if (!settle(call, op, reduction, &alone, &undo))
		error_clear(&undo);
	return false;
}
