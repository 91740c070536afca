/* recode.c - copying what a chain shows into a layer of another key
 *
 * The layer that is written is the journal of its own copy: a stretch that was
 * written twice holds the same bytes, so that a copy goes on from the last
 * place that is known to be durable.
 */
#include "images/chain/recode.h"

#include "images/base/auto.h"
#include "images/chain/blocks.h"
#include "images/chain/chain-private.h"
#include "images/chain/empty.h"
#include "images/chain/mover.h"
#include "images/chain/extents.h"

#define STRETCH (16ULL << 20) /* bytes of data between two notes */

struct recode {
	struct mover *mover;
	uint64_t size;
	uint64_t written; /* since the last note */
	recode_note_fn *note;
	void *data;
};

static bool settle(struct recode *recode, uint64_t *at, uint64_t up_to,
		   struct error *err)
{
	if (!mover_flush(recode->mover, err))
		return false;
	recode->written = 0;
	*at = up_to;
	return !recode->note ||
	       recode->note(recode->data,
			    up_to < recode->size ? up_to : recode->size,
			    recode->size, err);
}

/* Moves one extent, from *at on, a stretch at a time. */
static bool move(struct recode *recode, const struct extent *extent,
		 uint64_t *at, struct error *err)
{
	uint64_t from = extent->offset, end = from + extent->length;

	if (from < *at)
		from = *at;
	while (from < end) {
		uint64_t room = STRETCH - recode->written;
		struct extent part = { from, end - from, extent->zero };

		if (!part.zero && part.length > room)
			part.length = room;
		if (!mover_add(recode->mover, &part, err))
			return false;
		from += part.length;
		if (!part.zero)
			recode->written += part.length;
		if (recode->written == STRETCH &&
		    !settle(recode, at, from, err))
			return false;
	}
	return true;
}

bool layer_recode(struct chain *chain, const struct layer_ref *from,
		  const struct layer_ref *since, const struct layer_ref *to,
		  uint64_t *at, recode_note_fn *note, void *data,
		  struct error *err)
{
	struct recode recode = { .note = note, .data = data };
	auto_extents extents = { NULL, 0, 0 };
	auto_of(disk) source = NULL;
	auto_of(disk) target = NULL;
	auto_of(mover) mover = NULL;

	if (!disk_open(chain, from, &source, err) ||
	    !disk_open_write(chain, to, &target, err))
		return false;
	recode.size = disk_size(source);
	if (disk_size(target) < recode.size)
		return fail(err, FAULT_INTERNAL,
			    "%s is too small for what %s shows", to->name,
			    from->name);
	if (!extents_above(chain, from->name, since ? since->name : NULL,
			   &extents, err) ||
	    !mover_new(source, target, &mover, err))
		return false;
	recode.mover = mover;
	for (size_t i = 0; i < extents.count; i++)
		if (!move(&recode, extents.all + i, at, err))
			return false;
	return settle(&recode, at, UINT64_MAX, err);
}
