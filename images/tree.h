/* tree.h - all layers of a store, as trees in memory
 *
 * For those who look at all of them: tending, accounting, checking.
 */
#ifndef QAMI_IMAGES_TREE_H
#define QAMI_IMAGES_TREE_H

#include <stdint.h>
#include <string.h>

#include "images/registry/layer.h"
#include "images/store.h"

#define TREE_NONE SIZE_MAX

struct node_layer {
	const char *name;
	struct layer_ref ref;
	const struct layer_use *row;
	size_t parent;			  /* TREE_NONE: a bottom */
	size_t first_child, next_sibling; /* TREE_NONE: no more */
	size_t children; /* doomed ones included: their files refer to it */
	unsigned depth;	 /* layers of its chain, itself included */
	bool hidden;	 /* frozen, and named by no volume, snapshot, image */
	bool fills;	 /* it, or what it stands on, is still being filled */
};

/* Parents come before their children. */
struct tree {
	struct node_layer *layers;
	size_t count;
};

/* What the rows say now; in the arena. */
bool tree_load(struct call *call, struct arena *arena, struct tree *ret_tree,
	       struct error *err) must_check;

/* TREE_NONE when there is no such layer. */
size_t tree_find(const struct tree *tree, const char *name);

static inline bool layer_is(const struct node_layer *layer, const char *state)
{
	return strcmp(layer->row->layer.state, state) == 0;
}

#endif
