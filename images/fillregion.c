/* fillregion.c - a disk of another region as what a layer is filled from
 *
 * The layer may stand on the copy of something older, and may hold blocks that
 * were carried before: what is here already is known by the digests of there,
 * and is not carried. That only some blocks have to be looked at was found when
 * the filling began (images/regionfill.c).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "images/blockmap.h"
#include "images/chain/filling.h"
#include "images/farreader.h"
#include "images/fill-private.h"
#include "images/region.h"

_Static_assert(PARCEL_BLOCK == BLOCK_SIZE, "both have blocks of 512 KiB");

struct fill_region {
	struct fill_source source;
	struct call call;    /* the reader's thread's alone … */
	struct store *store; /* … with a store of its own; owned */
	const char *place;   /* borrowed, as is what the origin names */
	struct far_origin origin;
	struct far_reader *reader; /* owned, as is all below */
	struct blockmap *data; /* where it may be anything but zeros there */
	uint8_t *bits;	       /* what has to be looked at; NULL: all */
};

static struct fill_region *region_of(const struct fill_source *source)
{
	return (struct fill_region *)(uintptr_t)source;
}

/* A region that cannot be opened may be there again tomorrow, whatever keeps it
 * away. */
static bool open_region(void *data, struct far **ret_far, struct error *err)
{
	struct fill_region *region = data;
	struct error why;

	if (region_open(&region->call, region->place, ret_far, err))
		return true;
	why = *err;
	error_clear(err);
	return fail(err, FAULT_UNAVAILABLE, "%s", why.text);
}

/* What fails at a region that was opened is damage, and keys that were deleted
 * there do not come back: a source that has gone bad for good, if it stays so.
 * One that is disabled, or is to be deleted, may be enabled again. */
static bool as_source(bool ok, struct error *err)
{
	struct error was = *err;
	bool closed = was.fault == FAULT_KMS_KEY_DISABLED ||
		      was.fault == FAULT_KMS_KEY_STATE;

	if (ok || was.fault == FAULT_UNAVAILABLE ||
	    was.fault == FAULT_VOLUME_IN_USE || fill_fault_lasts(was.fault))
		return ok;
	error_clear(err);
	return fail(err, closed ? FAULT_UNAVAILABLE : FAULT_INVALID_PARAMETER,
		    "%s", was.text);
}

static bool region_has(const struct fill_source *source, uint64_t number)
{
	const uint8_t *bits = region_of(source)->bits;

	return !bits || bits[number / 8] & 1 << number % 8;
}

static uint64_t region_next(const struct fill_source *source, uint64_t number)
{
	const uint64_t count = (source->size + PARCEL_BLOCK - 1) / PARCEL_BLOCK;

	while (number < count && !region_has(source, number))
		number++;
	return number < count ? number : PARCEL_NO_BLOCK;
}

static bool region_block(struct fill_source *source, uint64_t number,
			 uint8_t ret_data[PARCEL_BLOCK], struct error *err)
{
	struct fill_region *region = region_of(source);

	if (!blockmap_has(region->data, number)) {
		memset(ret_data, 0, PARCEL_BLOCK);
		return true;
	}
	return as_source(far_reader_read(region->reader, number, ret_data, err),
			 err);
}

static void region_want(struct fill_source *source, uint64_t number)
{
	struct fill_region *region = region_of(source);

	if (blockmap_has(region->data, number))
		far_reader_want(region->reader, number);
}

/* A block here, to be held against that of there. */
struct held {
	uint64_t number;
	const uint8_t *data;
	bool same;
};

static bool hold_against(void *data, struct far_disk *disk, struct error *err)
{
	struct held *held = data;

	(void)err;
	held->same = disk->listed &&
		     disk->ops->matches(disk, held->number, held->data);
	return true;
}

static bool region_same(struct fill_source *source, uint64_t number,
			const uint8_t data[PARCEL_BLOCK])
{
	struct fill_region *region = region_of(source);
	struct held held = { .number = number, .data = data };
	bool zeros = !data[0] && memcmp(data, data + 1, PARCEL_BLOCK - 1) == 0;
	struct error ignored = { 0 };

	if (zeros || !blockmap_has(region->data, number))
		return zeros && !blockmap_has(region->data, number);
	/* what cannot be asked is read */
	return far_reader_ask(region->reader, hold_against, &held, &ignored) &&
	       held.same;
}

static void region_close(struct fill_source *source)
{
	struct fill_region *region = region_of(source);

	far_reader_close(region->reader);
	blockmap_free(region->data);
	store_close(region->store);
	free(region->bits);
	free(region);
}

static const struct fill_source_ops ops = {
	.has = region_has,
	.next = region_next,
	.block = region_block,
	.same = region_same,
	.want = region_want,
	.close = region_close,
};

/* Takes down where there is anything. */
static bool take_map(void *data, struct far_disk *disk, struct error *err)
{
	struct fill_region *region = data;
	const uint64_t count = (disk->size + BLOCK_SIZE - 1) / BLOCK_SIZE;

	blockmap_free(take(region->data));
	if (!blockmap_new(count, &region->data, err))
		return false;
	for (uint64_t block = 0; block < count; block++)
		if (disk->ops->has(disk, block) &&
		    !blockmap_add(region->data, block, err))
			return false;
	return true;
}

static bool open_reader(struct fill_region *region, struct error *err)
{
	if (!as_source(far_reader_open(&region->origin, &region->reader, err),
		       err))
		return false;
	if (!region->reader)
		return fail(err, FAULT_SNAPSHOT_NOT_FOUND,
			    "The source snapshot is gone");
	return far_reader_ask(region->reader, take_map, region, err);
}

/* Counts what has to be looked at. */
static bool count_blocks(struct fill_region *region, struct call *call,
			 const char *layer, struct error *err)
{
	struct fill_source *source = &region->source;
	const uint64_t count = (source->size + PARCEL_BLOCK - 1) / PARCEL_BLOCK;
	uint64_t block;

	if (!filling_held(call->store->chain, layer, (size_t)(count / 8 + 1),
			  &region->bits, err))
		return false;
	block = region_next(source, 0);
	for (; block != PARCEL_NO_BLOCK; block = region_next(source, block + 1))
		source->blocks++;
	return true;
}

bool fill_region_open(struct call *call, const struct filling *filling,
		      struct fill_source **ret_source, struct error *err)
{
	auto_of(fill_source) opened = NULL;
	struct fill_region *region = calloc(1, sizeof(*region));

	if (!region)
		return fail_memory(err);
	opened = &region->source;
	opened->ops = &ops;
	region->call = *call;
	snprintf(region->call.account, ACCOUNT_SIZE, "%s", filling->account);
	region->place = filling->place;
	region->origin = (struct far_origin){ open_region, region,
					      filling->object,
					      filling->version };
	if (!store_open(call->store->path, call->store->region, &region->store,
			err))
		return false;
	region->call.store = region->store;
	if (!open_reader(region, err))
		return false;
	/* a layer ends with a sector */
	opened->size = (far_reader_size(region->reader) + 511) & ~511ULL;
	if (!count_blocks(region, call, filling->layer, err))
		return false;
	*ret_source = take(opened);
	return true;
}
