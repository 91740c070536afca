/* map.h - which bytes a layer holds itself, read from its own tables
 *
 * Our layers are qcow2 files that QEMU wrote in a form that we chose, so their
 * tables are read here, in milliseconds, instead of by a tool that has to be
 * started for each; the tests compare with what `qemu-img map` says.
 */
#ifndef QAMI_CHAIN_MAP_H
#define QAMI_CHAIN_MAP_H

#include "images/chain/chain.h"

/* Bytes of the guest's disk that a layer decides; what lies between extents
 * shows through from below. */
struct extent {
	uint64_t offset; /* bytes, in the guest's disk */
	uint64_t length;
	bool zero; /* reads as zeros and takes no room */
};

typedef bool extent_fn(void *data, const struct extent *extent,
		       struct error *err);

/* Calls `found` for each extent of a layer alone, in ascending order, adjacent
 * ones of one kind joined; stops with its error when it returns false. A raw
 * layer's are those that its filesystem has allocated. The layer must be
 * frozen, or active and written by nobody. Of one that is still being filled
 * it is told in blocks what it will hold (filling.h). FAULT_INTERNAL for a
 * damaged table.
 */
bool layer_map(const struct chain *chain, const struct layer_ref *layer,
	       extent_fn *found, void *data, struct error *err) must_check;

/* The same of what there is by now of one that is still being filled: what its
 * file holds, as far as whoever fills it has written that down, and all of it
 * when it has become whole meanwhile. FAULT_INTERNAL also when its tables were
 * just being written. */
bool filling_extents(const struct chain *chain, const char *name,
		     extent_fn *found, void *data, struct error *err)
	must_check;

#endif
