/* space-private.h - all layers with what each holds, for several questions */
#ifndef QAMI_IMAGES_SPACE_PRIVATE_H
#define QAMI_IMAGES_SPACE_PRIVATE_H

#include "images/space.h"
#include "images/span.h"

#define TAG_MANY (SIZE_MAX - 1) /* what several show */

/* A tree with the spans of each layer. */
struct world {
	struct tree tree;
	struct spans *maps;
	struct space *spaces; /* only `own` is there from the beginning */
};

/* Reads all layers' tables; the rows are in the arena. */
bool world_load(struct call *call, struct arena *arena, struct world *ret_world,
		struct error *err) must_check;
void world_done(struct world *world);
#define auto_world __attribute__((cleanup(world_done))) struct world

/* The tag itself where both are the same, else TAG_MANY. */
size_t tag_shared(size_t left, size_t right);

/* Replaces a list by its join with another one. */
bool spans_join_into(struct spans *spans, const struct spans *more,
		     size_t (*both)(size_t left, size_t right),
		     struct error *err) must_check;

/* The bytes of all layers once `dropped[i]` of the names of layer i (NULL: of
 * none) are gone and `qami gc` has run. */
bool world_without(const struct world *world, const int64_t *dropped,
		   uint64_t *ret_bytes, struct error *err) must_check;

#endif
