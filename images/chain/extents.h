/* extents.h - lists of the extents that layers decide, and what is left of one
 * where another covers it */
#ifndef QAMI_CHAIN_EXTENTS_H
#define QAMI_CHAIN_EXTENTS_H

#include <stddef.h>

#include "images/chain/map.h"

/* Ascending, and none reaches into another. */
struct extents {
	struct extent *all;
	size_t count, room;
};

void extents_done(struct extents *extents);

#define auto_extents __attribute__((cleanup(extents_done))) struct extents

/* Adds an extent behind the last; `data` is the list, as layer_map() gives it
 * to what it calls. */
bool extents_add(void *data, const struct extent *extent, struct error *err)
	must_check;

/* What of the lower extents the upper ones leave open; to an empty list. */
bool extents_open(const struct extents *lower, const struct extents *upper,
		  struct extents *ret_open, struct error *err) must_check;

/* What the layers from `top` down to above `base` (NULL: all) decide together:
 * of each place the uppermost layer that decides it. To an empty list. `top` is
 * "" for none, and the base must be found below it. */
bool extents_above(const struct chain *chain, const char *top, const char *base,
		   struct extents *ret_extents, struct error *err) must_check;

#endif
