/* space.h - what layers take, exactly: who holds which bytes, and what would
 * become free
 *
 * Counted in the bytes that the layers' own tables allocate (layer_map), not
 * in what a filesystem makes of them. A layer that a running guest writes is
 * counted as far as its tables are on the disk.
 */
#ifndef QAMI_IMAGES_SPACE_H
#define QAMI_IMAGES_SPACE_H

#include "images/tree.h"

struct space {
	uint64_t own;	 /* in the layer's file itself */
	uint64_t full;	 /* all blocks that a volume made from it shows */
	uint64_t unique; /* of these, what nothing else shows: no other
			  * snapshot, volume or image */
	uint64_t frees;	 /* what goes from the store when the snapshot that
			  * names the layer is deleted and `qami gc` has run.
			  * Not always `unique`: blocks that two others cover,
			  * in a layer that both stand on, stay; without the
			  * layer of a fast restore. 0 when several name it. */
};

/* Measures all layers; both in the arena, in the same order. */
bool space_measure(struct call *call, struct arena *arena,
		   struct tree *ret_tree, const struct space **ret_spaces,
		   struct error *err) must_check;

/* The `full` of one frozen layer: remembered in its row, or found in its
 * chain. */
bool space_full(struct call *call, const char *layer, uint64_t *ret_bytes,
		struct error *err) must_check;

/* What the objects of the archive take, apart from all that: compressed, and
 * wherever they lie. */
bool space_archived(struct call *call, uint64_t *ret_bytes, struct error *err)
	must_check;

/* The `own` of all layers together. */
bool space_total(struct call *call, uint64_t *ret_bytes, struct error *err)
	must_check;

#endif
