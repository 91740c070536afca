/* space.c - what layers take
 *
 * One pass over the maps for each question, each cheap because lists that are
 * no longer needed are short: downwards for what a layer shows, upwards for
 * who sees a byte. What a deletion frees is played through on copies of the
 * lists, by the rule by which `qami gc` merges (images/tend.h): as long as it
 * makes the store smaller.
 */
#include "images/space.h"

#include "images/chain/map.h"
#include "images/space-private.h"
#include "images/registry/tier.h"
#include "images/span.h"
#include "images/turn.h"

#define UNIT 4096U /* that the layers which we make allocate */
#define TRIES 3

void world_done(struct world *world)
{
	for (size_t i = 0; world->maps && i < world->tree.count; i++)
		spans_done(&world->maps[i]);
	free(world->maps);
	world->maps = NULL;
}

static bool map_add(void *data, const struct extent *extent, struct error *err)
{
	return spans_add(data, extent->offset, extent->offset + extent->length,
			 extent->zero ? SPAN_ZERO : SPAN_DATA, err);
}

static bool map_read(struct call *call, const struct node_layer *layer,
		     struct spans *ret_spans, struct error *err)
{
	const struct chain *chain = call->store->chain;
	auto_spans spans = SPANS_INIT;

	/* what is still being filled counts by what is here of it */
	if (!(layer->row->fills ?
		      filling_extents(chain, layer->name, map_add, &spans,
				      err) :
		      layer_map(chain, &layer->ref, map_add, &spans, err))) {
		/* a guest is at its tables right now, or it is gone */
		if (layer_is(layer, "frozen"))
			return false;
		error_clear(err);
		spans_done(&spans);
	}
	*ret_spans = spans;
	spans = (struct spans)SPANS_INIT;
	return true;
}

static bool world_read(struct call *call, struct arena *arena,
		       struct world *world, struct error *err)
{
	if (!tree_load(call, arena, &world->tree, err))
		return false;
	world->maps = calloc(world->tree.count + 1, sizeof(*world->maps));
	world->spaces = arena_alloc(arena, (world->tree.count + 1) *
						   sizeof(*world->spaces));
	if (!world->maps || !world->spaces)
		return fail_memory(err);
	for (size_t i = 0; i < world->tree.count; i++) {
		if (!map_read(call, &world->tree.layers[i], &world->maps[i],
			      err))
			return false;
		world->spaces[i].own = spans_bytes(&world->maps[i], SPAN_DATA);
	}
	return true;
}

/* Files may be merged away before their rows, or after these were read: then
 * once more, in the end while nobody merges. */
bool world_load(struct call *call, struct arena *arena, struct world *ret_world,
		struct error *err)
{
	auto_turn pin = TURN_INIT;

	for (int i = 1;; i++) {
		if (world_read(call, arena, ret_world, err))
			return true;
		world_done(ret_world);
		if (i == TRIES)
			return false;
		error_clear(err);
		if (i == TRIES - 1 && !turn_pin(call, &pin, err))
			return false;
	}
}

/* What each layer shows: its own spans over what its parent shows, which is
 * dropped with its last child. */
static bool measure_full(struct world *world, struct error *err)
{
	struct tree *tree = &world->tree;
	struct spans *shown = calloc(tree->count + 1, sizeof(*shown));
	size_t *waiting = calloc(tree->count + 1, sizeof(*waiting));
	bool ok = shown && waiting;

	if (!ok)
		fail_memory(err);
	for (size_t i = 0; ok && i < tree->count; i++) {
		size_t parent = tree->layers[i].parent;
		struct spans none = SPANS_INIT;

		waiting[i] = tree->layers[i].children;
		ok = spans_over(&world->maps[i],
				parent == TREE_NONE ? &none : &shown[parent],
				&shown[i], err);
		world->spaces[i].full = spans_bytes(&shown[i], SPAN_DATA);
		if (parent != TREE_NONE && !--waiting[parent])
			spans_done(&shown[parent]);
		if (!waiting[i])
			spans_done(&shown[i]);
	}
	for (size_t i = 0; shown && i < tree->count; i++)
		spans_done(&shown[i]);
	free(shown);
	free(waiting);
	return ok;
}

static void add_unique(void *context, size_t tag, uint64_t bytes)
{
	struct space *spaces = context;

	if (tag != TAG_MANY)
		spaces[tag].unique += bytes;
}

size_t tag_shared(size_t left, size_t right)
{
	return left == right ? left : TAG_MANY;
}

bool spans_join_into(struct spans *spans, const struct spans *more,
		     size_t (*both)(size_t left, size_t right),
		     struct error *err)
{
	auto_spans joined = SPANS_INIT;

	if (!spans_join(spans, more, both, &joined, err))
		return false;
	spans_done(spans);
	*spans = joined;
	joined = (struct spans)SPANS_INIT;
	return true;
}

/* Who sees what a layer holds: those who name it, and those who see through
 * its children, children first. */
static bool measure_unique(struct world *world, struct error *err)
{
	struct tree *tree = &world->tree;
	struct spans *seen = calloc(tree->count + 1, sizeof(*seen));
	bool ok = seen || fail_memory(err);

	for (size_t i = tree->count; ok && i--;) {
		const struct node_layer *layer = &tree->layers[i];
		auto_spans mine = SPANS_INIT, through = SPANS_INIT;

		if (layer->row->users)
			ok = spans_add(&mine, 0,
				       (uint64_t)layer->row->layer.size,
				       layer->row->users > 1 ? TAG_MANY : i,
				       err) &&
			     spans_join_into(&seen[i], &mine, tag_shared, err);
		if (!ok)
			break;
		spans_tally(&world->maps[i], &seen[i], add_unique,
			    world->spaces);
		if (layer->parent != TREE_NONE)
			ok = spans_minus(&seen[i], &world->maps[i], &through,
					 err) &&
			     spans_join_into(&seen[layer->parent], &through,
					     tag_shared, err);
		spans_done(&seen[i]);
	}
	for (size_t i = 0; seen && i < tree->count; i++)
		spans_done(&seen[i]);
	free(seen);
	return ok;
}

/* The tree as it is once everything that frees something is merged. */
struct plan {
	const struct world *world;
	struct spans *maps;
	size_t *parent;
	size_t *children;
	bool *hidden;
	bool *gone;
	bool *raw;
};

static void plan_done(struct plan *plan)
{
	for (size_t i = 0; plan->maps && i < plan->world->tree.count; i++)
		spans_done(&plan->maps[i]);
	free(plan->maps);
	free(plan->parent);
	free(plan->children);
	free(plan->hidden);
	free(plan->gone);
	free(plan->raw);
}
#define auto_plan __attribute__((cleanup(plan_done))) struct plan

static bool plan_init(const struct world *world, struct plan *plan,
		      struct error *err)
{
	const struct tree *tree = &world->tree;
	size_t room = tree->count + 1;

	*plan = (struct plan){
		.world = world,
		.maps = calloc(room, sizeof(*plan->maps)),
		.parent = calloc(room, sizeof(*plan->parent)),
		.children = calloc(room, sizeof(*plan->children)),
		.hidden = calloc(room, sizeof(*plan->hidden)),
		.gone = calloc(room, sizeof(*plan->gone)),
		.raw = calloc(room, sizeof(*plan->raw)),
	};
	if (!plan->maps || !plan->parent || !plan->children || !plan->hidden ||
	    !plan->gone || !plan->raw)
		return fail_memory(err);
	for (size_t i = 0; i < tree->count; i++) {
		struct spans none = SPANS_INIT;

		if (!spans_over(&world->maps[i], &none, &plan->maps[i], err))
			return false;
		plan->parent[i] = tree->layers[i].parent;
		plan->children[i] = tree->layers[i].children;
		plan->hidden[i] = tree->layers[i].hidden;
		plan->raw[i] = tree->layers[i].ref.format == LAYER_RAW;
	}
	/* the doomed are as good as gone, children before their parents */
	for (size_t i = tree->count; i--;)
		if (layer_is(&tree->layers[i], "doomed")) {
			plan->gone[i] = true;
			if (plan->parent[i] != TREE_NONE)
				plan->children[plan->parent[i]]--;
		}
	return true;
}

/* What a merge of `below` into `child` frees (0: it would not be done), and
 * what the child holds then. */
static bool merged(const struct plan *plan, size_t below,
		   const struct spans *child, uint64_t *ret_freed,
		   struct spans *ret_child, struct error *err)
{
	const struct spans *from = &plan->maps[below];
	uint64_t before =
		spans_bytes(from, SPAN_DATA) + spans_bytes(child, SPAN_DATA);
	auto_spans whole = SPANS_INIT, both = SPANS_INIT;
	uint64_t after;

	if (plan->raw[below]) {
		if (!spans_round(from, UNIT,
				 (uint64_t)plan->world->tree.layers[below]
					 .row->layer.size,
				 &whole, err))
			return false;
		from = &whole;
	}
	if (!spans_over(child, from, &both, err))
		return false;
	after = spans_bytes(&both, SPAN_DATA);
	*ret_freed = before > after ? before - after : 0;
	if (*ret_freed) {
		*ret_child = both;
		both = (struct spans)SPANS_INIT;
	}
	return true;
}

static bool plan_hidden(const struct plan *plan, size_t layer, size_t dropped)
{
	return layer != TREE_NONE && !plan->gone[layer] &&
	       (layer == dropped || plan->hidden[layer]);
}

/* Merges all that is hidden now, from the bottoms up; a layer that took one
 * in may be able to take in the next one below. */
static bool plan_tidy(struct plan *plan, struct error *err)
{
	for (size_t i = 0; i < plan->world->tree.count; i++) {
		size_t below = plan->parent[i];

		while (!plan->gone[i] && plan_hidden(plan, below, TREE_NONE) &&
		       plan->children[below] == 1) {
			struct spans both = SPANS_INIT;
			uint64_t freed;

			if (!merged(plan, below, &plan->maps[i], &freed, &both,
				    err))
				return false;
			if (!freed)
				break;
			spans_done(&plan->maps[i]);
			plan->maps[i] = both;
			plan->gone[below] = true;
			below = plan->parent[i] = plan->parent[below];
		}
	}
	return true;
}

/* The only child of a layer but for `except`. */
static size_t plan_child(const struct plan *plan, size_t layer, size_t except)
{
	for (size_t i = 0; i < plan->world->tree.count; i++)
		if (plan->parent[i] == layer && i != except && !plan->gone[i])
			return i;
	return TREE_NONE;
}

/* What a child frees by taking in what lies below it, as far as that goes. */
static bool take_in(const struct plan *plan, size_t child, size_t below,
		    size_t dropped, size_t lost, uint64_t *freed,
		    struct error *err)
{
	auto_spans now = SPANS_INIT;
	const struct spans *holds = &plan->maps[child];

	while (plan_hidden(plan, below, dropped) &&
	       plan->children[below] - (below == lost) == 1) {
		struct spans both = SPANS_INIT;
		uint64_t more;

		if (!merged(plan, below, holds, &more, &both, err))
			return false;
		if (!more)
			return true;
		*freed += more;
		spans_done(&now);
		now = both;
		holds = &now;
		below = plan->parent[below];
	}
	return true;
}

/* Plays the deletion of the snapshot of one layer through. */
static bool plan_drop(const struct plan *plan, size_t layer,
		      uint64_t *ret_freed, struct error *err)
{
	size_t at = layer, below;

	*ret_freed = 0;
	if (plan->children[layer] == 1)
		return take_in(plan, plan_child(plan, layer, TREE_NONE), layer,
			       layer, TREE_NONE, ret_freed, err);
	if (plan->children[layer])
		return true;
	/* it goes, and with it what only it stood on */
	for (;;) {
		*ret_freed += spans_bytes(&plan->maps[at], SPAN_DATA);
		below = plan->parent[at];
		if (!plan_hidden(plan, below, TREE_NONE) ||
		    plan->children[below] != 1)
			break;
		at = below;
	}
	if (!plan_hidden(plan, below, TREE_NONE) || plan->children[below] != 2)
		return true;
	return take_in(plan, plan_child(plan, below, at), below, TREE_NONE,
		       below, ret_freed, err);
}

static bool measure_frees(struct world *world, struct error *err)
{
	auto_plan plan = { .world = world };

	if (!plan_init(world, &plan, err) || !plan_tidy(&plan, err))
		return false;
	for (size_t i = 0; i < world->tree.count; i++) {
		const struct node_layer *layer = &world->tree.layers[i];

		if (layer->row->users == 1 && !layer->row->volume &&
		    layer_is(layer, "frozen") &&
		    !plan_drop(&plan, i, &world->spaces[i].frees, err))
			return false;
	}
	return true;
}

/* Takes names off the layers. What nobody names and nothing stands on goes,
 * children before their parents; the rest of it is hidden. */
static void plan_forget(struct plan *plan, const int64_t *dropped)
{
	const struct tree *tree = &plan->world->tree;

	for (size_t i = tree->count; i--;) {
		if (plan->gone[i])
			continue;
		if (dropped && dropped[i] &&
		    tree->layers[i].row->users <= dropped[i])
			plan->hidden[i] = true;
		if (!plan->hidden[i] || plan->children[i])
			continue;
		plan->gone[i] = true;
		if (plan->parent[i] != TREE_NONE)
			plan->children[plan->parent[i]]--;
	}
}

bool world_without(const struct world *world, const int64_t *dropped,
		   uint64_t *ret_bytes, struct error *err)
{
	auto_plan plan = { .world = world };
	uint64_t bytes = 0;

	if (!plan_init(world, &plan, err))
		return false;
	plan_forget(&plan, dropped);
	if (!plan_tidy(&plan, err))
		return false;
	for (size_t i = 0; i < world->tree.count; i++)
		if (!plan.gone[i])
			bytes += spans_bytes(&plan.maps[i], SPAN_DATA);
	*ret_bytes = bytes;
	return true;
}

bool space_measure(struct call *call, struct arena *arena,
		   struct tree *ret_tree, const struct space **ret_spaces,
		   struct error *err)
{
	auto_world world = { .maps = NULL };

	if (!world_load(call, arena, &world, err) ||
	    !measure_full(&world, err) || !measure_unique(&world, err) ||
	    !measure_frees(&world, err))
		return false;
	*ret_tree = world.tree;
	*ret_spaces = world.spaces;
	return true;
}

/* What a chain shows, from its bottom up. */
static bool chain_full(struct call *call, const char *name, uint64_t *ret_bytes,
		       struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_spans shown = SPANS_INIT;
	const struct layer *chain;
	size_t count;

	if (!arena)
		return fail_memory(err);
	if (!layer_chain(call->store->db, name, arena, &chain, &count, err))
		return false;
	while (count--) {
		auto_spans own = SPANS_INIT, over = SPANS_INIT;
		struct layer_ref ref = {
			chain[count].name,
			chain[count].format[0] == 'r' ? LAYER_RAW : LAYER_QCOW2,
		};

		if (!layer_map(call->store->chain, &ref, map_add, &own, err) ||
		    !spans_over(&own, &shown, &over, err))
			return false;
		spans_done(&shown);
		shown = over;
		over = (struct spans)SPANS_INIT;
	}
	*ret_bytes = spans_bytes(&shown, SPAN_DATA);
	return true;
}

bool space_full(struct call *call, const char *layer, uint64_t *ret_bytes,
		struct error *err)
{
	auto_turn pin = TURN_INIT;
	bool known;

	if (!layer_full(call->store->db, layer, &known, ret_bytes, err))
		return false;
	if (known)
		return true;
	for (int i = 1;; i++) {
		if (chain_full(call, layer, ret_bytes, err))
			return true;
		if (i == TRIES)
			return false;
		error_clear(err);
		if (i == TRIES - 1 && !turn_pin(call, &pin, err))
			return false;
	}
}

bool space_total(struct call *call, uint64_t *ret_bytes, struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_world world = { .maps = NULL };
	uint64_t bytes = 0;

	if (!arena)
		return fail_memory(err);
	if (!world_load(call, arena, &world, err))
		return false;
	for (size_t i = 0; i < world.tree.count; i++)
		bytes += world.spaces[i].own;
	*ret_bytes = bytes;
	return true;
}

bool space_archived(struct call *call, uint64_t *ret_bytes, struct error *err)
{
	return archive_object_total(call->store->db, ret_bytes, err);
}
