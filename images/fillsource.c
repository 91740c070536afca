/* fillsource.c - where the bytes of a layer that is filled come from */
#include <stdlib.h>
#include <string.h>

#include "images/fill-private.h"

#define PAUSE (2 * USEC_PER_SEC)
#define PAUSE_MOST (30 * USEC_PER_SEC)

static const struct kind {
	const char *name;
	bool ours;
	bool (*open)(struct call *call, const struct filling *filling,
		     struct fill_source **ret_source, struct error *err);
} kinds[] = {
	{ "archive", true, fill_archive_open },
	{ "bucket", false, fill_bucket_open },
	{ "region", false, fill_region_open },
};

static const struct kind *kind_of(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

bool fill_kind_ours(const char *name)
{
	const struct kind *kind = kind_of(name);

	return kind && kind->ours;
}

bool fill_fault_lasts(enum fault fault)
{
	return fault == FAULT_INVALID_PARAMETER ||
	       fault == FAULT_KEY_NOT_FOUND ||
	       fault == FAULT_BUCKET_NOT_FOUND ||
	       fault == FAULT_SNAPSHOT_NOT_FOUND;
}

usec_t fill_pause(unsigned times)
{
	usec_t pause = PAUSE;

	while (times-- && pause < PAUSE_MOST)
		pause += pause / 4;
	return pause < PAUSE_MOST ? pause : PAUSE_MOST;
}

bool fill_source_open(struct call *call, const struct filling *filling,
		      struct fill_source **ret_source, struct error *err)
{
	const struct kind *kind = kind_of(filling->kind);

	return kind ? kind->open(call, filling, ret_source, err) :
		      fail(err, FAULT_INTERNAL,
			   "this qami does not fill layers from a place of "
			   "kind '%s'",
			   filling->kind);
}

void fill_source_close(struct fill_source *source)
{
	if (source)
		source->ops->close(source);
}

bool fill_parcel_open(struct fill_parcel *parcel, unsigned disk,
		      const struct secret *key, struct error *err)
{
	if (!object_reader_pick(parcel->reader, disk, key, &parcel->pick, err))
		return false;
	parcel->source.size = pick_size(parcel->pick);
	parcel->source.blocks = pick_blocks(parcel->pick);
	return true;
}

static struct fill_parcel *parcel_of(const struct fill_source *source)
{
	return (struct fill_parcel *)source;
}

bool fill_parcel_has(const struct fill_source *source, uint64_t number)
{
	return pick_has(parcel_of(source)->pick, number);
}

uint64_t fill_parcel_next(const struct fill_source *source, uint64_t number)
{
	return pick_next(parcel_of(source)->pick, number);
}

bool fill_parcel_block(struct fill_source *source, uint64_t number,
		       uint8_t ret_data[PARCEL_BLOCK], struct error *err)
{
	return pick_block(parcel_of(source)->pick, number, ret_data, err);
}

void fill_parcel_close(struct fill_source *source)
{
	struct fill_parcel *parcel = parcel_of(source);

	pick_close(parcel->pick);
	object_reader_close(parcel->reader);
	free(parcel);
}

/* A source that has nothing. */
struct lost {
	struct fill_source source;
	const char *why;
};

static bool lost_has(const struct fill_source *source, uint64_t number)
{
	(void)source;
	(void)number;
	return false;
}

static uint64_t lost_next(const struct fill_source *source, uint64_t number)
{
	(void)source;
	(void)number;
	return PARCEL_NO_BLOCK;
}

static bool lost_block(struct fill_source *source, uint64_t number,
		       uint8_t ret_data[PARCEL_BLOCK], struct error *err)
{
	(void)number;
	(void)ret_data;
	return fail(err, FAULT_INVALID_PARAMETER, "%s",
		    ((const struct lost *)source)->why);
}

static void lost_close(struct fill_source *source)
{
	free(source);
}

bool fill_source_lost(uint64_t size, const char *why,
		      struct fill_source **ret_source, struct error *err)
{
	static const struct fill_source_ops ops = {
		.has = lost_has,
		.next = lost_next,
		.block = lost_block,
		.close = lost_close,
	};
	struct lost *lost = calloc(1, sizeof(*lost));

	if (!lost)
		return fail_memory(err);
	lost->source.ops = &ops;
	lost->source.size = size;
	lost->why = why ? why : "the source is lost";
	*ret_source = &lost->source;
	return true;
}
