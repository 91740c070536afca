/* archivereader.c - an object of the archive, piece by piece */
#include <unistd.h>

#include "images/archive-private.h"
#include "images/objectreader.h"

/* Opens it as a file, wherever it has to be fetched to. */
static bool open_whole(const struct call *call,
		       const struct archive_object *object,
		       struct object_reader **ret_reader, struct error *err)
{
	int fd;

	return archive_open(call, object, &fd, err) &&
	       object_reader_file(fd, ret_reader, err);
}

/* Opens it in its bucket, if that answers pieces. */
static bool open_pieces(const struct call *call,
			const struct archive_object *object,
			struct object_reader **ret_reader, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct bucket *bucket = NULL;
	const char *key;

	if (!arena)
		return fail_memory(err);
	if (!archive_bucket(call, object, false, arena, &bucket, &key, err))
		return false;
	if (object_reader_bucket(bucket, key, ret_reader, err))
		return true;
	if (err->fault != FAULT_UNSUPPORTED)
		return false;
	error_clear(err);
	return open_whole(call, object, ret_reader, err);
}

bool archive_reader_open(const struct call *call,
			 const struct archive_object *object,
			 struct object_reader **ret_reader, struct error *err)
{
	auto_of(object_reader) reader = NULL;
	auto_free char *otherwise = format_text(
		"the archive's object %s is not what was archived", object->id);

	if (!otherwise)
		return fail_memory(err);
	if (!(archive_is_directory(object->place) ?
		      open_whole(call, object, &reader, err) :
		      open_pieces(call, object, &reader, err)) ||
	    !object_reader_expect(reader, object->digest, otherwise, err))
		return false;
	*ret_reader = take(reader);
	return true;
}
