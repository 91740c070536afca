/* bucket-reader.c - an object that is read in pieces
 *
 * A directory's is an open file, which stays the one that it was whatever takes
 * its place. A server's is known by its size and ETag, which each answer has to
 * show again; the first byte is asked for at once, as a server says only by
 * answering that it knows what a range is.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/bucket-private.h"
#include "bundle/http.h"

struct bucket_reader {
	struct bucket *bucket;
	char *key;
	struct bucket_object object;
	int fd; /* of a directory's; -1: of a server */
};

/* Reads `size` bytes of a file. */
static bool read_file(const struct bucket_reader *reader, uint8_t *ret_bytes,
		      size_t size, uint64_t offset, struct error *err)
{
	while (size) {
		ssize_t got = pread(reader->fd, ret_bytes, size, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_errno(err, "cannot read '%.100s'",
					  reader->key);
		if (got == 0)
			return fail(err, FAULT_INVALID_PARAMETER,
				    "'%.100s' was cut short", reader->key);
		ret_bytes += got;
		offset += (uint64_t)got;
		size -= (size_t)got;
	}
	return true;
}

static bool read_pieces(const struct bucket_reader *reader, uint8_t *ret_bytes,
			size_t size, uint64_t offset, struct error *err)
{
	struct bucket *bucket = reader->bucket;

	while (size) {
		size_t piece = size < HTTP_TEXT_MOST ? size : HTTP_TEXT_MOST;

		if (bucket_cancelled(bucket, err) ||
		    !bucket->ops->piece(bucket, &reader->object, ret_bytes,
					piece, offset, err))
			return false;
		ret_bytes += piece;
		offset += piece;
		size -= piece;
	}
	return true;
}

bool bucket_reader_read(struct bucket_reader *reader, void *ret_bytes,
			size_t size, uint64_t offset, struct error *err)
{
	return reader->fd >= 0 ?
		       read_file(reader, ret_bytes, size, offset, err) :
		       read_pieces(reader, ret_bytes, size, offset, err);
}

/* The file, and how large it is. */
static bool open_file(struct bucket_reader *reader, struct error *err)
{
	struct stat st;

	if (!bucket_open_object(reader->bucket, reader->key, UINT64_MAX, NULL,
				&reader->fd, err))
		return false;
	if (fstat(reader->fd, &st) != 0)
		return fail_errno(err, "cannot look at '%.100s'", reader->key);
	reader->object.size = (uint64_t)st.st_size;
	return true;
}

/* What the server says that it is, and whether it gives the first of it. */
static bool open_object(struct bucket_reader *reader, struct error *err)
{
	uint8_t first;

	return bucket_head(reader->bucket, reader->key, &reader->object, err) &&
	       (!reader->object.size ||
		read_pieces(reader, &first, sizeof(first), 0, err));
}

bool bucket_open_reader(struct bucket *bucket, const char *key,
			struct bucket_reader **ret_reader, struct error *err)
{
	auto_of(bucket_reader) reader = calloc(1, sizeof(*reader));

	if (!reader)
		return fail_memory(err);
	reader->bucket = bucket;
	reader->fd = -1;
	reader->key = strdup(key);
	if (!reader->key)
		return fail_memory(err);
	if (bucket->ops->piece ? !open_object(reader, err) :
				 !open_file(reader, err))
		return false;
	*ret_reader = take(reader);
	return true;
}

uint64_t bucket_reader_size(const struct bucket_reader *reader)
{
	return reader->object.size;
}

void bucket_reader_close(struct bucket_reader *reader)
{
	if (!reader)
		return;
	if (reader->fd >= 0)
		close(reader->fd);
	free(reader->key);
	free(reader);
}
