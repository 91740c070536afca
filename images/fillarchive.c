/* fillarchive.c - layers that are filled from an object of the archive */
#include <stdlib.h>

#include "images/archive.h"
#include "images/fill-private.h"
#include "images/tier-private.h"

static const struct fill_source_ops ops = {
	.has = fill_parcel_has,
	.next = fill_parcel_next,
	.block = fill_parcel_block,
	.close = fill_parcel_close,
};

static bool find_object(struct call *call, const char *id, struct arena *arena,
			struct archive_object *ret_object, struct error *err)
{
	bool found;

	return archive_object_get(call->store->db, id, arena, ret_object,
				  &found, err) &&
	       (found ||
		fail(err, FAULT_INTERNAL, "the archive has no object %s", id));
}

bool fill_archive_open(struct call *call, const struct filling *filling,
		       struct fill_source **ret_source, struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_of(fill_source) source = NULL;
	struct fill_parcel *parcel = calloc(1, sizeof(*parcel));
	struct archive_object object;
	const struct secret *key;
	auto_secret secret;

	if (!parcel)
		return fail_memory(err);
	source = &parcel->source;
	source->ops = &ops;
	if (!arena)
		return fail_memory(err);
	if (!find_object(call, filling->object, arena, &object, err) ||
	    !tier_object_key(call, &object, &secret, &key, err) ||
	    !archive_reader_open(call, &object, &parcel->reader, err) ||
	    !fill_parcel_open(parcel, 0, key, err))
		return false;
	*ret_source = take(source);
	return true;
}
