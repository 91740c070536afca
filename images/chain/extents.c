/* extents.c - lists of the extents that layers decide */
#include "images/chain/extents.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "images/chain/chain-private.h"
#include "images/chain/head.h"
#include "images/chain/merge.h"

void extents_done(struct extents *extents)
{
	free(extents->all);
	*extents = (struct extents){ NULL, 0, 0 };
}

bool extents_add(void *data, const struct extent *extent, struct error *err)
{
	struct extents *extents = data;
	struct extent *more;

	if (extents->count == extents->room) {
		size_t room = extents->room ? 2 * extents->room : 64;

		more = realloc(extents->all, room * sizeof(*more));
		if (!more)
			return fail_memory(err);
		extents->all = more;
		extents->room = room;
	}
	extents->all[extents->count++] = *extent;
	return true;
}

/* Adds the part of an extent between two places, if there is any. */
static bool add_part(struct extents *extents, const struct extent *extent,
		     uint64_t from, uint64_t to, struct error *err)
{
	const struct extent part = { from, to - from, extent->zero };

	return from >= to || extents_add(extents, &part, err);
}

bool extents_open(const struct extents *lower, const struct extents *upper,
		  struct extents *ret_open, struct error *err)
{
	size_t over = 0;

	for (size_t i = 0; i < lower->count; i++) {
		const struct extent *extent = lower->all + i;
		uint64_t at = extent->offset, end = at + extent->length;

		while (over < upper->count &&
		       upper->all[over].offset + upper->all[over].length <= at)
			over++;
		for (size_t k = over;
		     k < upper->count && upper->all[k].offset < end; k++) {
			const struct extent *cover = upper->all + k;

			if (!add_part(ret_open, extent, at, cover->offset, err))
				return false;
			at = cover->offset + cover->length;
		}
		if (!add_part(ret_open, extent, at, end, err))
			return false;
	}
	return true;
}

/* Both of two lists that have no place in common. */
static bool join(const struct extents *one, const struct extents *other,
		 struct extents *ret_both, struct error *err)
{
	size_t i = 0, k = 0;

	while (i < one->count || k < other->count) {
		bool first = k == other->count ||
			     (i < one->count &&
			      one->all[i].offset < other->all[k].offset);

		if (!extents_add(ret_both,
				 first ? one->all + i++ : other->all + k++,
				 err))
			return false;
	}
	return true;
}

/* Adds what a layer below all that is in the list decides. */
static bool add_layer(const struct chain *chain, const struct layer_ref *layer,
		      struct extents *extents, struct error *err)
{
	auto_extents own = { NULL, 0, 0 };
	auto_extents left = { NULL, 0, 0 };
	struct extents both = { NULL, 0, 0 };

	if (!layer_map(chain, layer, extents_add, &own, err) ||
	    !extents_open(&own, extents, &left, err))
		return false;
	if (!join(extents, &left, &both, err)) {
		extents_done(&both);
		return false;
	}
	extents_done(extents);
	*extents = both;
	return true;
}

bool extents_above(const struct chain *chain, const char *top, const char *base,
		   struct extents *ret_extents, struct error *err)
{
	char at[LAYER_NAME_SIZE];

	snprintf(at, sizeof(at), "%s", top);
	for (unsigned depth = 0; at[0] && (!base || strcmp(at, base) != 0);
	     depth++) {
		struct layer_ref layer = { .name = at };

		if (depth > CHAIN_MOST || !layer_name_format(at, &layer.format))
			return fail(err, FAULT_INTERNAL,
				    "%s is no layer of a chain", at);
		if (!add_layer(chain, &layer, ret_extents, err) ||
		    !layer_parent(chain, at, at, err))
			return false;
	}
	return at[0] || !base ||
	       fail(err, FAULT_INTERNAL, "%s is not below %s", base, top);
}
