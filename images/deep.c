/* deep.c - chains that have become too deep
 *
 * What a layer is rebuilt onto weighs three things: every block that is copied
 * is there twice from then on, as long as the snapshots between are kept; every
 * layer that stays makes each read and each pivot slower; and what little a
 * chain holds in all is not worth a layer. So consolidated layers have levels,
 * as the rows say; few bytes are copied whatever the levels say; and a forced
 * run copies onto the bottom what is not much more than what lies above it.
 *
 * A running guest's QEMU has the files open that were there when it opened
 * them, whatever becomes of the rows; so its own word counts for its depth,
 * and it is made shorter by copying into the layer that the guest writes.
 */
#include "images/tend-private.h"

#include <dirent.h>
#include <string.h>

#include "images/base/buf.h"
#include "images/base/log.h"
#include "images/layers.h"
#include "images/registry/instance.h"
#include "images/registry/volume.h"
#include "images/turn.h"

#define TURN_TEND_MS 2000
#define FORCED 4

/* What a layer's file takes. */
static uint64_t stored(const struct tend *tend, const struct node_layer *layer)
{
	struct error ignored = { 0 };
	uint64_t bytes;

	return layer_stored(tend->call->store->chain, layer->name, &bytes,
			    &ignored) ?
		       bytes :
		       UINT64_MAX / 2;
}

/* What the levels say that one at `at` is consolidated onto: the nearest
 * consolidated one or the bottom; and where there are too many of a level, the
 * nearest of the next one, so that depth grows with the logarithm. */
static size_t base_by_level(const struct tree *tree, size_t at,
			    int64_t *ret_level)
{
	int64_t level = 1;
	size_t base = tree->layers[at].parent;

	while (tree->layers[base].parent != TREE_NONE &&
	       tree->layers[base].row->level < level)
		base = tree->layers[base].parent;
	for (;;) {
		size_t next = base, steps = 1;

		while (tree->layers[next].parent != TREE_NONE &&
		       tree->layers[next].row->level <= level) {
			next = tree->layers[next].parent;
			steps++;
		}
		if (steps <= TEND_FAN) {
			*ret_level = level;
			return base;
		}
		base = next;
		level++;
	}
}

/* The layer that one at `at` is consolidated onto: further down than the levels
 * say, as long as there is little to copy. */
static size_t base_of(const struct tend *tend, const struct tree *tree,
		      size_t at, int64_t *ret_level)
{
	size_t base = base_by_level(tree, at, ret_level), next;
	uint64_t bytes = 0;

	for (next = tree->layers[at].parent; next != base;
	     next = tree->layers[next].parent)
		bytes += stored(tend, &tree->layers[next]);
	while (tree->layers[base].parent != TREE_NONE) {
		bytes += stored(tend, &tree->layers[base]);
		if (bytes > TEND_CHEAP)
			break;
		if (tree->layers[base].row->level >= *ret_level)
			*ret_level = tree->layers[base].row->level;
		base = tree->layers[base].parent;
	}
	return base;
}

/* How many layers lie between one and what it would be consolidated onto. */
static unsigned distance(const struct tree *tree, size_t at)
{
	unsigned steps = 0;

	while (tree->layers[at].parent != TREE_NONE &&
	       !tree->layers[at].row->level) {
		at = tree->layers[at].parent;
		steps++;
	}
	return steps;
}

/* A kept layer that is too far from the last consolidated one is rebuilt.
 * Under a running guest that waits longer: its active layer is shortened
 * instead, which is what makes QEMU's own chain shorter. */
bool consolidate_one(struct tend *tend, const struct tree *tree, bool *ret_done,
		     struct error *err)
{
	for (size_t i = 0; i < tree->count; i++) {
		const struct node_layer *layer = &tree->layers[i];
		struct reduction reduction = { .way = REDUCE_PULL,
					       .child = layer->name };
		unsigned far = distance(tree, i);

		if (far < TEND_EVERY || !layer_is(layer, "frozen") ||
		    tend_was_in_vain(tend, layer->name) ||
		    (far < 2 * TEND_EVERY && tend_runs_above(tree, i)))
			continue;
		reduction.base =
			tree->layers[base_of(tend, tree, i, &reduction.level)]
				.name;
		if (!tend_step(tend, &reduction, ret_done, err))
			return false;
		tend->report.shortened += *ret_done;
		if (*ret_done)
			return true;
	}
	return true;
}

static struct live live_of(const struct layer_use *row)
{
	return (struct live){ row->uri, row->uuid, row->volume };
}

/* Where a name is in a list of them; `count` when it is not. */
static size_t index_of(const char *const *names, size_t count, const char *name)
{
	size_t i = 0;

	while (i < count && strcmp(names[i], name) != 0)
		i++;
	return i;
}

/* What a running guest's active layer would be shortened onto, and how many
 * layers its QEMU would lose by that; 0: none that QEMU knows. */
static size_t live_base(const struct tend *tend, const struct tree *tree,
			size_t at, const char *const *names, size_t count,
			struct reduction *ret_reduction)
{
	int64_t level;
	size_t base = base_of(tend, tree, at, &level), where = count;

	while (base != TREE_NONE) {
		where = index_of(names, count, tree->layers[base].name);
		if (where < count)
			break;
		base = tree->layers[base].parent;
	}
	if (base == TREE_NONE || where < 2)
		return 0;
	*ret_reduction = (struct reduction){
		.way = REDUCE_LIVE,
		.child = tree->layers[at].name,
		.base = tree->layers[base].name,
		.level = level,
	};
	return where - 1;
}

/* Shortens the chain of a volume whose guest runs, if it lost `least` layers
 * or more; the caller has its turn, and gives that to others if he says so. */
static bool shorten_live(struct tend *tend, const struct tree *tree, size_t at,
			 size_t least, const struct turn *turn, bool *ret_done,
			 struct error *err)
{
	struct live live = live_of(tree->layers[at].row);
	auto_of(arena) arena = arena_new();
	struct reduction reduction;
	struct error failed = { 0 };
	const char *const *names;
	size_t count;
	bool whole;

	if (!arena)
		return fail_memory(err);
	if (!layer_is_whole(tend->call->store->chain, tree->layers[at].name,
			    &whole, &failed) ||
	    !live_chain(tend->call, &live, arena, &names, &count, &failed)) {
		log_warning("%s: %s", live.volume, failed.text);
		return tend_in_vain(tend, tree->layers[at].name, err);
	}
	/* the next snapshot puts one on top that can be copied into */
	if (!whole || !count || strcmp(names[0], tree->layers[at].name) != 0 ||
	    live_base(tend, tree, at, names, count, &reduction) < least)
		return tend_in_vain(tend, tree->layers[at].name, err);
	reduction.turn = count < TEND_URGENT ? turn : NULL;
	if (!tend_step(tend, &reduction, ret_done, err))
		return false;
	tend->report.shortened += *ret_done;
	return true;
}

/* Looks at one running volume, with its turn. */
static bool shorten_turn(struct tend *tend, const char *volume,
			 const struct turn *turn, bool *ret_done,
			 struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct tree tree;

	if (!arena)
		return fail_memory(err);
	if (!tree_load(tend->call, arena, &tree, err))
		return false;
	for (size_t i = 0; i < tree.count; i++) {
		const struct layer_use *row = tree.layers[i].row;

		if (row->volume && row->uri && row->layer.parent &&
		    strcmp(row->volume, volume) == 0)
			return shorten_live(tend, &tree, i, TEND_LIVE, turn,
					    ret_done, err);
	}
	return true;
}

static size_t count_open(DIR *fds, const char *layers)
{
	struct dirent *entry;
	size_t count = 0;

	while ((entry = readdir(fds))) {
		char target[512];
		ssize_t size = readlinkat(dirfd(fds), entry->d_name, target,
					  sizeof(target) - 1);

		target[size < 0 ? 0 : size] = 0;
		count += strncmp(target, layers, strlen(layers)) == 0;
	}
	return count;
}

/* Whether a process has so many files of the layer directory open: if not,
 * none of its chains is as deep. False where nobody may look. */
static bool has_open(struct call *call, int64_t pid, size_t least)
{
	auto_free char *dir = format_text("/proc/%lld/fd", (long long)pid);
	auto_free char *layers = store_path(call->store, "layers/");
	DIR *fds = pid && dir && layers ? opendir(dir) : NULL;
	size_t all = 0;
	bool has;

	/* most often it has not as many open of any kind */
	while (fds && readdir(fds))
		all++;
	if (all >= least)
		rewinddir(fds);
	has = all >= least && count_open(fds, layers) >= least;
	if (fds)
		closedir(fds);
	return has;
}

/* Whether QEMU may have so many files open for a running volume that looking
 * closer is worth a while of its turn. */
static bool may_be_long(struct tend *tend, const struct node_layer *layer,
			bool *ret_may, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct instance instance = { .pid = 0 };
	bool found;

	*ret_may = false;
	if (!arena)
		return fail_memory(err);
	if (!instance_get(tend->call->store->db, layer->row->instance, arena,
			  &instance, &found, err))
		return false;
	*ret_may = layer->depth > TEND_LIVE ||
		   has_open(tend->call, instance.pid, TEND_LIVE + 1);
	return true;
}

/* Looks at one running volume, if it may be had and may be worth it. */
static bool shorten_volume(struct tend *tend, const struct node_layer *layer,
			   bool *ret_done, struct error *err)
{
	const char *volume = layer->row->volume;
	auto_turn turn = TURN_INIT;
	struct error busy = { 0 };
	bool may;

	if (!may_be_long(tend, layer, &may, err))
		return false;
	if (!may)
		return tend_in_vain(tend, layer->name, err);
	if (turn_take(tend->call, &volume, 1, TURN_TEND_MS, &turn, &busy))
		return shorten_turn(tend, volume, &turn, ret_done, err);
	tend->busy = true;
	return tend_in_vain(tend, layer->name, err);
}

bool shorten_one(struct tend *tend, const struct tree *tree, bool *ret_done,
		 struct error *err)
{
	for (size_t i = 0; i < tree->count && !*ret_done; i++) {
		const struct node_layer *layer = &tree->layers[i];

		if (layer->row->volume && layer->row->uri &&
		    layer->parent != TREE_NONE &&
		    !tend_was_in_vain(tend, layer->name) &&
		    !shorten_volume(tend, layer, ret_done, err))
			return false;
	}
	return true;
}

/* What a forced run consolidates the layer at `at` onto, TREE_NONE for nothing:
 * one layer is passed after the other while it holds no more than FORCED times
 * what lies above it. So the chains of a volume that is looked after again and
 * again are as deep as the logarithm of what it holds, and what is copied stays
 * in proportion to what was written. How many were passed. */
static size_t base_forced(const struct tend *tend, const struct tree *tree,
			  size_t at, size_t *ret_base, int64_t *ret_level)
{
	uint64_t above = stored(tend, &tree->layers[at]);
	size_t passed = 0, next = tree->layers[at].parent;

	*ret_level = 1;
	while (next != TREE_NONE) {
		const struct node_layer *layer = &tree->layers[next];
		uint64_t bytes = stored(tend, layer);

		if (bytes / FORCED > above)
			break;
		if (layer->row->level > *ret_level)
			*ret_level = layer->row->level;
		above += bytes;
		next = layer->parent;
		passed++;
	}
	*ret_base = next;
	return passed;
}

/* What an idle volume stands on becomes short to read, whatever that takes:
 * not the layer that it writes, but the kept one below, which all volumes that
 * are made of it share. */
bool flatten_one(struct tend *tend, const struct tree *tree, bool *ret_done,
		 struct error *err)
{
	for (size_t i = 0; tend->force && i < tree->count && !*ret_done; i++) {
		const struct node_layer *active = &tree->layers[i];
		const struct node_layer *layer;
		struct reduction reduction = { .way = REDUCE_PULL };
		size_t base;

		if (!layer_is(active, "active") || active->depth <= TEND_LIVE)
			continue;
		layer = &tree->layers[active->parent];
		if (!layer_is(layer, "frozen") ||
		    tend_was_in_vain(tend, layer->name) ||
		    tend_runs_above(tree, active->parent) ||
		    base_forced(tend, tree, active->parent, &base,
				&reduction.level) < 2)
			continue;
		reduction.child = layer->name;
		if (base != TREE_NONE)
			reduction.base = tree->layers[base].name;
		if (!tend_step(tend, &reduction, ret_done, err))
			return false;
		tend->report.shortened += *ret_done;
	}
	return true;
}

/* The volume's active layer in the tree. */
static bool find_volume(struct call *call, const char *volume,
			struct arena *arena, struct tree *ret_tree,
			size_t *ret_at, struct error *err)
{
	if (!tree_load(call, arena, ret_tree, err))
		return false;
	for (size_t i = 0; i < ret_tree->count; i++) {
		const char *id = ret_tree->layers[i].row->volume;

		*ret_at = i;
		if (id && strcmp(id, volume) == 0)
			return true;
	}
	return fail(err, FAULT_VOLUME_NOT_FOUND,
		    "The volume '%s' does not exist.", volume);
}

bool tend_depth(struct call *call, const char *volume, size_t *ret_depth,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	const struct layer_use *row;
	const char *const *names;
	struct tree tree;
	struct live live;
	size_t at;

	if (!arena)
		return fail_memory(err);
	if (!find_volume(call, volume, arena, &tree, &at, err))
		return false;
	row = tree.layers[at].row;
	*ret_depth = tree.layers[at].depth;
	if (!row->uri)
		return true;
	live = live_of(row);
	if (!live_chain(call, &live, arena, &names, ret_depth, err))
		return false;
	if (!*ret_depth)
		*ret_depth = tree.layers[at].depth;
	return true;
}

bool tend_shorten(struct call *call, const char *volume, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct op op;
	struct tend tend = { .call = call, .op = &op, .arena = arena };
	struct reduction reduction = { .way = REDUCE_PULL };
	struct tree tree;
	bool done = false, ok;
	size_t at;

	if (!arena)
		return fail_memory(err);
	if (!find_volume(call, volume, arena, &tree, &at, err))
		return false;
	if (tree.layers[at].parent == TREE_NONE)
		return true;
	if (!tend_begin(call, &op, err))
		return false;
	reduction.child = tree.layers[at].name;
	reduction.base =
		tree.layers[base_of(&tend, &tree, at, &reduction.level)].name;
	if (tree.layers[at].row->uri)
		ok = shorten_live(&tend, &tree, at, 1, NULL, &done, err);
	else
		ok = distance(&tree, at) < 2 ||
		     reduce(call, &op, &reduction, err);
	return ok &&
	       op_step(call->store->journal, op.id, "done", 1, NULL, NULL, err);
}

/* Whether a volume may be as deep as that, found out without asking QEMU. */
static bool may_be_deep(struct call *call, const char *id, size_t most,
			bool *ret_may, struct error *err)
{
	auto_of(arena) arena = arena_new();
	const struct attachment *attached;
	struct instance instance = { .pid = 0 };
	struct volume volume;
	size_t depth, count;
	bool found;

	*ret_may = false;
	if (!arena)
		return fail_memory(err);
	if (!volume_get(call->store->db, id, arena, &volume, &found, err))
		return false;
	if (!found)
		return true;
	if (!layers_depth(call, volume.layer, &depth, err) ||
	    !attachment_of(call->store->db, NULL, id, arena, &attached, &count,
			   err))
		return false;
	if (count && !instance_get(call->store->db, attached[0].instance, arena,
				   &instance, &found, err))
		return false;
	*ret_may = depth >= most || has_open(call, instance.pid, most);
	return true;
}

bool tend_bound(struct call *call, const char *volume, struct error *err)
{
	struct error failed = { 0 };
	size_t depth;
	bool may;

	if (!may_be_deep(call, volume, TEND_DEPTH_MOST, &may, err))
		return false;
	if (!may)
		return true;
	if (!tend_depth(call, volume, &depth, err))
		return false;
	if (depth < TEND_DEPTH_MOST)
		return true;
	log_info("%s is %zu layers deep and is shortened first", volume, depth);
	/* if that fails, a layer more is worse than none, but no harm yet */
	if (!tend_shorten(call, volume, &failed))
		log_warning("%s: %s", volume, failed.text);
	return true;
}
