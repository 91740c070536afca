/* fillbucket.c - layers that are filled from a disk of a stored image in a
 * bucket
 *
 * The object stays its owner's, who may do with it what he likes: it is known
 * by the digest that it ended with when the filling began. One that was put
 * there again is read on. It has gone for good when its bucket is there and has
 * others, but not this one. A bucket that has nothing may be what is in its
 * place while a disk is not mounted, and one that a server does not know is
 * known again when that was restarted as it should be: these are away.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "images/base/hex.h"
#include "images/bucket.h"
#include "images/fill-private.h"
#include "images/registry/bucket.h"
#include "images/registry/layer.h"

struct fill_bucket {
	struct fill_parcel parcel;
	struct bucket *bucket; /* to look for others in; owned */
};

static bool stop_at_first(void *data, const struct bucket_object *object)
{
	(void)object;
	*(bool *)data = true;
	return false;
}

/* What was said of an object that is missing holds only where its bucket has
 * others; otherwise it is away. */
static bool fail_missing(struct bucket *bucket, struct error *err)
{
	const struct error missing = *err;
	struct error ignored = { 0 };
	bool others = false;

	if (missing.fault != FAULT_KEY_NOT_FOUND ||
	    (bucket_list(bucket, "", stop_at_first, &others, &ignored) &&
	     others))
		return false;
	error_clear(err);
	return fail(err, FAULT_UNAVAILABLE,
		    "%.150s, which is not there or empty: is its disk mounted, "
		    "or its server all there?",
		    missing.text);
}

static bool read_block(struct fill_source *source, uint64_t number,
		       uint8_t ret_data[PARCEL_BLOCK], struct error *err)
{
	struct fill_bucket *from = (struct fill_bucket *)source;

	if (fill_parcel_block(source, number, ret_data, err))
		return true;
	/* it may have been mended by who has put it there once more */
	if (err->fault != FAULT_INVALID_PARAMETER ||
	    !object_reader_again(from->parcel.reader))
		return fail_missing(from->bucket, err);
	error_clear(err);
	return fill_parcel_block(source, number, ret_data, err) ||
	       fail_missing(from->bucket, err);
}

static void close_bucket(struct fill_source *source)
{
	bucket_close(((struct fill_bucket *)source)->bucket);
	fill_parcel_close(source);
}

static const struct fill_source_ops ops = {
	.has = fill_parcel_has,
	.next = fill_parcel_next,
	.block = read_block,
	.close = close_bucket,
};

static bool find_bucket(struct call *call, const struct filling *filling,
			struct bucket **ret_bucket, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct call owner = *call;
	struct location at;

	if (!arena)
		return fail_memory(err);
	snprintf(owner.account, sizeof(owner.account), "%s", filling->account);
	return location_split(filling->place, arena, &at, err) &&
	       bucket_find(&owner, &at, false, ret_bucket, err);
}

/* Has all of the object fetched into an unnamed file: from a server that does
 * not answer pieces. */
static bool open_whole(struct call *call, const struct filling *filling,
		       struct object_reader **ret_reader, struct error *err)
{
	auto_of(bucket) bucket = NULL;
	int fd;

	return find_bucket(call, filling, &bucket, err) &&
	       bucket_open_object(bucket, filling->object, INT64_MAX,
				  call->store->path, &fd, err) &&
	       object_reader_file(fd, ret_reader, err);
}

bool fill_object_open(struct call *call, const struct filling *filling,
		      bool sealed, struct object_reader **ret_reader,
		      struct error *err)
{
	struct bucket *bucket = NULL;

	if (!find_bucket(call, filling, &bucket, err))
		return false;
	if (object_reader_bucket(bucket, filling->object, ret_reader, err))
		return true;
	if (err->fault != FAULT_UNSUPPORTED || sealed)
		return false;
	error_clear(err);
	return open_whole(call, filling, ret_reader, err);
}

static bool expect(struct object_reader *reader, const struct filling *filling,
		   struct error *err)
{
	uint8_t digest[SHA256_SIZE];

	if (!hex_read(filling->version, digest, sizeof(digest)))
		return fail(err, FAULT_INTERNAL, "'%s' is no digest",
			    filling->version);
	return object_reader_expect(
		reader, digest, "the object was replaced by another one", err);
}

/* Whether a bucket was removed, as far as this store says: its own lose their
 * row then. */
static bool was_removed(struct call *call, const struct filling *filling)
{
	auto_of(arena) arena = arena_new();
	struct error failed = { 0 };
	struct location at;
	const char *owner;

	return arena && location_split(filling->place, arena, &at, &failed) &&
	       !at.server &&
	       bucket_row_owner(call->store->db, at.bucket, arena, &owner,
				&failed) &&
	       !(owner && strcmp(owner, filling->account) == 0);
}

/* Opens the object once more. What a server refuses before it has shown a byte
 * says nothing of the object. */
static bool open_object(struct call *call, const struct filling *filling,
			struct fill_bucket *from, struct error *err)
{
	char key[UUID_SIZE];
	struct error why;

	if (!layer_disk_key(call->store->db, filling->layer, key, err))
		return false;
	if (find_bucket(call, filling, &from->bucket, err) &&
	    (fill_object_open(call, filling, *key, &from->parcel.reader, err) ||
	     fail_missing(from->bucket, err)))
		return true;
	why = *err;
	if (why.fault != FAULT_INVALID_PARAMETER &&
	    (why.fault != FAULT_BUCKET_NOT_FOUND || was_removed(call, filling)))
		return false;
	error_clear(err);
	return fail(err, FAULT_UNAVAILABLE, "%s", why.text);
}

bool fill_bucket_open(struct call *call, const struct filling *filling,
		      struct fill_source **ret_source, struct error *err)
{
	struct fill_bucket *from = calloc(1, sizeof(*from));
	auto_of(fill_source) source = NULL;

	if (!from)
		return fail_memory(err);
	source = &from->parcel.source;
	source->ops = &ops;
	if (!open_object(call, filling, from, err) ||
	    !expect(from->parcel.reader, filling, err) ||
	    !fill_parcel_open(&from->parcel, (unsigned)filling->disk, NULL,
			      err))
		return false;
	*ret_source = take(source);
	return true;
}
