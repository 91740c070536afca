/* tree.c - all layers of a store, as trees in memory */
#include "images/tree.h"

#include <stdlib.h>

static int by_name(const void *left, const void *right)
{
	const struct layer_use *a = left, *b = right;

	return strcmp(a->layer.name, b->layer.name);
}

/* The rows sorted by name, and where each one's parent is among them. */
struct rows {
	struct layer_use *all;
	size_t *parents;
	size_t count;
};

static size_t row_find(const struct rows *rows, const char *name)
{
	struct layer_use key = { .layer.name = name };
	struct layer_use *found =
		bsearch(&key, rows->all, rows->count, sizeof(key), by_name);

	return found ? (size_t)(found - rows->all) : TREE_NONE;
}

static bool rows_load(struct call *call, struct arena *arena,
		      struct rows *ret_rows, struct error *err)
{
	const struct layer_use *all;
	struct rows rows;

	if (!layer_all(call->store->db, arena, &all, &rows.count, err))
		return false;
	rows.all = arena_alloc(arena, (rows.count + 1) * sizeof(*rows.all));
	rows.parents =
		arena_alloc(arena, (rows.count + 1) * sizeof(*rows.parents));
	if (!rows.all || !rows.parents)
		return fail_memory(err);
	if (rows.count)
		memcpy(rows.all, all, rows.count * sizeof(*all));
	qsort(rows.all, rows.count, sizeof(*rows.all), by_name);
	for (size_t i = 0; i < rows.count; i++)
		rows.parents[i] =
			rows.all[i].layer.parent ?
				row_find(&rows, rows.all[i].layer.parent) :
				TREE_NONE;
	*ret_rows = rows;
	return true;
}

static void place(struct tree *tree, const struct layer_use *row, size_t parent)
{
	struct node_layer *layer = &tree->layers[tree->count];

	*layer = (struct node_layer){
		.name = row->layer.name,
		.ref = { row->layer.name, row->layer.format[0] == 'r' ?
						  LAYER_RAW :
						  LAYER_QCOW2 },
		.row = row,
		.parent = parent,
		.first_child = TREE_NONE,
		.next_sibling = TREE_NONE,
		.depth = 1,
		.hidden = strcmp(row->layer.state, "frozen") == 0 &&
			  !row->users,
		.fills = row->fills,
	};
	if (parent != TREE_NONE) {
		struct node_layer *below = &tree->layers[parent];

		layer->depth = below->depth + 1;
		layer->fills |= below->fills;
		layer->next_sibling = below->first_child;
		below->first_child = tree->count;
		below->children++;
	}
	tree->count++;
}

/* Each row once its parent has its place: walks down to the first ancestor
 * that has one, and back up. */
static void place_all(struct tree *tree, const struct rows *rows, size_t *at,
		      size_t *path)
{
	for (size_t i = 0; i < rows->count; i++)
		at[i] = TREE_NONE;
	for (size_t i = 0; i < rows->count; i++) {
		size_t steps = 0;

		/* a damaged registry may go in circles */
		for (size_t row = i; row != TREE_NONE && at[row] == TREE_NONE &&
				     steps < rows->count;
		     row = rows->parents[row])
			path[steps++] = row;
		while (steps--) {
			size_t row = path[steps], parent = rows->parents[row];

			if (at[row] != TREE_NONE)
				continue;
			at[row] = tree->count;
			place(tree, &rows->all[row],
			      parent == TREE_NONE ? TREE_NONE : at[parent]);
		}
	}
}

bool tree_load(struct call *call, struct arena *arena, struct tree *ret_tree,
	       struct error *err)
{
	struct tree tree = { .count = 0 };
	struct rows rows = { .count = 0 };
	size_t *at, *path;

	if (!rows_load(call, arena, &rows, err))
		return false;
	tree.layers =
		arena_alloc(arena, (rows.count + 1) * sizeof(*tree.layers));
	at = arena_alloc(arena, (rows.count + 1) * sizeof(*at));
	path = arena_alloc(arena, (rows.count + 1) * sizeof(*path));
	if (!tree.layers || !at || !path)
		return fail_memory(err);
	place_all(&tree, &rows, at, path);
	*ret_tree = tree;
	return true;
}

size_t tree_find(const struct tree *tree, const char *name)
{
	for (size_t i = 0; name && i < tree->count; i++)
		if (strcmp(tree->layers[i].name, name) == 0)
			return i;
	return TREE_NONE;
}
