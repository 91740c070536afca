/* mover.c - moving extents from one disk into another
 *
 * Extents gather until they are worth it, and then all are on their way at
 * once: the servers have many to work on instead of one after the other.
 */
#include "images/chain/mover.h"

#include <stdlib.h>

#include "images/base/auto.h"
#include "images/chain/blocks-private.h"

#define ROOM (8U << 20) /* bytes that are under way at once … */
#define PARTS_MOST 1024 /* … in so many parts */
#define ZEROS_MOST (1U << 30)

struct mover {
	struct disk *from;
	struct disk *to;
	uint8_t *buffer;	       /* ROOM bytes */
	size_t used;		       /* of it */
	struct part parts[PARTS_MOST]; /* data first, zeros from the end */
	size_t data_count;
	size_t zero_count;
};

bool mover_new(struct disk *from, struct disk *to, struct mover **ret_mover,
	       struct error *err)
{
	auto_of(mover) mover = calloc(1, sizeof(*mover));

	if (mover)
		mover->buffer = malloc(ROOM);
	if (!mover || !mover->buffer)
		return fail_memory(err);
	mover->from = from;
	mover->to = to;
	*ret_mover = take(mover);
	return true;
}

void mover_free(struct mover *mover)
{
	if (mover)
		free(mover->buffer);
	free(mover);
}

/* Moves what has gathered. */
static bool move(struct mover *mover, struct error *err)
{
	struct part *zeros = mover->parts + PARTS_MOST - mover->zero_count;

	if (!disk_read_parts(mover->from, mover->parts, mover->data_count,
			     err) ||
	    !disk_write_parts(mover->to, mover->parts, mover->data_count,
			      err) ||
	    !disk_write_parts(mover->to, zeros, mover->zero_count, err))
		return false;
	mover->used = mover->data_count = mover->zero_count = 0;
	return true;
}

/* Adds a piece, as much as there is room for; returns its size. */
static uint64_t gather(struct mover *mover, uint64_t offset, uint64_t size,
		       bool zero)
{
	struct part *part;

	if (zero) {
		part = mover->parts + PARTS_MOST - ++mover->zero_count;
		if (size > ZEROS_MOST)
			size = ZEROS_MOST;
		*part = (struct part){ offset, size, NULL, 0 };
		return size;
	}
	part = mover->parts + mover->data_count++;
	if (size > ROOM - mover->used)
		size = ROOM - mover->used;
	*part = (struct part){ offset, size, mover->buffer + mover->used, 0 };
	mover->used += size;
	return size;
}

bool mover_add(void *data, const struct extent *extent, struct error *err)
{
	uint64_t offset = extent->offset, rest = extent->length;
	struct mover *mover = data;

	while (rest) {
		uint64_t size = gather(mover, offset, rest, extent->zero);

		offset += size;
		rest -= size;
		if ((mover->used == ROOM ||
		     mover->data_count + mover->zero_count == PARTS_MOST) &&
		    !move(mover, err))
			return false;
	}
	return true;
}

bool mover_flush(struct mover *mover, struct error *err)
{
	return move(mover, err) && disk_flush(mover->to, err);
}
