/* holding.c - who holds which bytes of the layers, and whose they are
 *
 * What is seen of a layer is passed down from its children, as lists of spans
 * whose tag says by whom: once by group, where two groups make "many", and
 * once by the holder's number, where the lower one keeps it. What one group
 * sees in all is found along its own chains, which are short.
 */
#include "images/holding.h"

#include <stdlib.h>

/* Holders with their places in the tree. */
struct ledger {
	const struct world *world;
	const struct holder *holders;
	size_t count;
	size_t *at;	    /* each holder's layer; TREE_NONE */
	size_t *first;	    /* each layer's first holder … */
	size_t *next;	    /* … and the one after each; TREE_NONE */
	struct spans *seen; /* of each layer, while it is worked on */
};

static void ledger_done(struct ledger *ledger)
{
	for (size_t i = 0; ledger->seen && i < ledger->world->tree.count; i++)
		spans_done(&ledger->seen[i]);
	free(ledger->at);
	free(ledger->first);
	free(ledger->next);
	free(ledger->seen);
}
#define auto_ledger __attribute__((cleanup(ledger_done))) struct ledger

struct named {
	const char *name;
	size_t at;
};

static int by_name(const void *left, const void *right)
{
	const struct named *a = left, *b = right;

	return strcmp(a->name, b->name);
}

/* Finds the holders' layers. */
static bool ledger_place(struct ledger *ledger, struct error *err)
{
	const struct tree *tree = &ledger->world->tree;
	auto_free struct named *names = calloc(tree->count + 1, sizeof(*names));

	if (!names)
		return fail_memory(err);
	for (size_t i = 0; i < tree->count; i++)
		names[i] = (struct named){ tree->layers[i].name, i };
	qsort(names, tree->count, sizeof(*names), by_name);
	for (size_t i = 0; i < ledger->count; i++) {
		const struct holder *holder = &ledger->holders[i];
		struct named key = { .name = holder->layer };
		struct named *found = holder->layer && !holder->dropped ?
					      bsearch(&key, names, tree->count,
						      sizeof(*names), by_name) :
					      NULL;

		ledger->at[i] = found ? found->at : TREE_NONE;
	}
	return true;
}

static bool ledger_init(struct ledger *ledger, struct error *err)
{
	size_t layers = ledger->world->tree.count + 1;

	ledger->at = calloc(ledger->count + 1, sizeof(*ledger->at));
	ledger->next = calloc(ledger->count + 1, sizeof(*ledger->next));
	ledger->first = calloc(layers, sizeof(*ledger->first));
	ledger->seen = calloc(layers, sizeof(*ledger->seen));
	if (!ledger->at || !ledger->next || !ledger->first || !ledger->seen)
		return fail_memory(err);
	if (!ledger_place(ledger, err))
		return false;
	for (size_t i = 0; i + 1 < layers; i++)
		ledger->first[i] = TREE_NONE;
	for (size_t i = ledger->count; i--;) {
		if (ledger->at[i] == TREE_NONE)
			continue;
		ledger->next[i] = ledger->first[ledger->at[i]];
		ledger->first[ledger->at[i]] = i;
	}
	return true;
}

/* Adds what one holder sees of its own layer: all of it. */
static bool see(struct ledger *ledger, size_t layer, size_t tag,
		size_t (*both)(size_t left, size_t right), struct error *err)
{
	auto_spans whole = SPANS_INIT;
	int64_t size = ledger->world->tree.layers[layer].row->layer.size;

	return spans_add(&whole, 0, (uint64_t)size, tag, err) &&
	       spans_join_into(&ledger->seen[layer], &whole, both, err);
}

/* Hands on to a layer's parent what is seen through it. */
static bool see_below(struct ledger *ledger, size_t layer,
		      size_t (*both)(size_t left, size_t right),
		      struct error *err)
{
	size_t parent = ledger->world->tree.layers[layer].parent;
	auto_spans through = SPANS_INIT;
	bool ok = parent == TREE_NONE ||
		  (spans_minus(&ledger->seen[layer],
			       &ledger->world->maps[layer], &through, err) &&
		   spans_join_into(&ledger->seen[parent], &through, both, err));

	spans_done(&ledger->seen[layer]);
	return ok;
}

struct count {
	const struct holder *holders;
	struct holding *holdings;
	uint64_t counted;
};

static void count_unique(void *context, size_t tag, uint64_t bytes)
{
	struct count *count = context;

	if (tag != TAG_MANY)
		count->holdings[tag].unique += bytes;
}

static void count_stored(void *context, size_t tag, uint64_t bytes)
{
	struct count *count = context;

	count->holdings[count->holders[tag].group].stored += bytes;
	count->counted += bytes;
}

static void count_full(void *context, size_t tag, uint64_t bytes)
{
	struct count *count = context;

	count->holdings[tag].full += bytes;
}

static size_t tag_first(size_t left, size_t right)
{
	return left < right ? left : right;
}

/* One pass from the children down, with tags of one kind. */
static bool pass(struct ledger *ledger, struct count *count, bool by_group,
		 struct error *err)
{
	size_t (*both)(size_t, size_t) = by_group ? tag_shared : tag_first;

	for (size_t i = ledger->world->tree.count; i--;) {
		for (size_t holder = ledger->first[i]; holder != TREE_NONE;
		     holder = ledger->next[holder])
			if (!see(ledger, i,
				 by_group ? ledger->holders[holder].group :
					    holder,
				 both, err))
				return false;
		spans_tally(&ledger->world->maps[i], &ledger->seen[i],
			    by_group ? count_unique : count_stored, count);
		if (!see_below(ledger, i, both, err))
			return false;
	}
	return true;
}

static int by_group_of(const void *left, const void *right, void *data)
{
	const struct ledger *ledger = data;
	size_t a = ledger->holders[*(const size_t *)left].group;
	size_t b = ledger->holders[*(const size_t *)right].group;

	return a < b ? -1 : a > b;
}

static int downwards(const void *left, const void *right)
{
	size_t a = *(const size_t *)left, b = *(const size_t *)right;

	return a > b ? -1 : a < b;
}

/* The layers of some holders' chains, children before their parents; each
 * once. Holders that hold nothing are left out. */
static size_t chains(const struct ledger *ledger, const size_t *holders,
		     size_t count, bool *marks, size_t *ret_layers)
{
	size_t layers = 0;

	for (size_t i = 0; i < count; i++)
		for (size_t at = ledger->at[holders[i]];
		     at != TREE_NONE && !marks[at];
		     at = ledger->world->tree.layers[at].parent) {
			marks[at] = true;
			ret_layers[layers++] = at;
		}
	qsort(ret_layers, layers, sizeof(*ret_layers), downwards);
	return layers;
}

/* What one group sees, along its own chains. */
static bool full_of(struct ledger *ledger, struct count *count,
		    const size_t *holders, size_t holder_count, bool *marks,
		    size_t *layers, struct error *err)
{
	size_t group = ledger->holders[holders[0]].group;
	size_t layer_count =
		chains(ledger, holders, holder_count, marks, layers);

	for (size_t i = 0; i < holder_count; i++)
		if (ledger->at[holders[i]] != TREE_NONE &&
		    !see(ledger, ledger->at[holders[i]], group, tag_shared,
			 err))
			return false;
	for (size_t i = 0; i < layer_count; i++) {
		spans_tally(&ledger->world->maps[layers[i]],
			    &ledger->seen[layers[i]], count_full, count);
		if (!see_below(ledger, layers[i], tag_shared, err))
			return false;
		marks[layers[i]] = false;
	}
	return true;
}

static bool full_all(struct ledger *ledger, struct count *count,
		     struct error *err)
{
	size_t layers = ledger->world->tree.count + 1;
	auto_free size_t *order = calloc(ledger->count + 1, sizeof(*order));
	auto_free size_t *room = calloc(layers, sizeof(*room));
	auto_free bool *marks = calloc(layers, sizeof(*marks));

	if (!order || !room || !marks)
		return fail_memory(err);
	for (size_t i = 0; i < ledger->count; i++)
		order[i] = i;
	qsort_r(order, ledger->count, sizeof(*order), by_group_of, ledger);
	for (size_t i = 0, end; i < ledger->count; i = end) {
		for (end = i + 1; end < ledger->count &&
				  by_group_of(&order[i], &order[end],
					      ledger) == 0;
		     end++)
			;
		if (!full_of(ledger, count, order + i, end - i, marks, room,
			     err))
			return false;
	}
	return true;
}

bool holding_count(const struct world *world, const struct holder *holders,
		   size_t count, size_t groups, struct holding *ret_holdings,
		   uint64_t *ret_rest, struct error *err)
{
	auto_ledger ledger = {
		.world = world,
		.holders = holders,
		.count = count,
	};
	struct count sums = { .holders = holders, .holdings = ret_holdings };
	uint64_t all = 0;

	memset(ret_holdings, 0, groups * sizeof(*ret_holdings));
	if (!ledger_init(&ledger, err) || !pass(&ledger, &sums, true, err) ||
	    !pass(&ledger, &sums, false, err) || !full_all(&ledger, &sums, err))
		return false;
	for (size_t i = 0; i < world->tree.count; i++)
		all += world->spaces[i].own;
	*ret_rest = all - sums.counted;
	return true;
}

bool holding_left(const struct world *world, const struct holder *holders,
		  size_t count, uint64_t *ret_bytes, struct error *err)
{
	auto_free int64_t *dropped =
		calloc(world->tree.count + 1, sizeof(*dropped));

	if (!dropped)
		return fail_memory(err);
	for (size_t i = 0; i < count; i++) {
		size_t at = holders[i].dropped && holders[i].layer ?
				    tree_find(&world->tree, holders[i].layer) :
				    TREE_NONE;

		if (at != TREE_NONE)
			dropped[at]++;
	}
	return world_without(world, dropped, ret_bytes, err);
}
