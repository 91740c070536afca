/* objectreader.c - an object that is one parcel, piece by piece
 *
 * Blocks that are fetched one behind the other lie one behind the other, and a
 * server takes about as long for several that are small as for one. So whoever
 * goes on where the last read ended is given what is read ahead; a block that
 * somebody waits for is asked for alone.
 */
#include "images/objectreader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define AHEAD (1 << 20)

struct object_reader {
	int fd; /* -1: of a bucket */
	struct bucket *bucket;
	char *key;
	struct bucket_reader *pieces;
	uint8_t digest[SHA256_SIZE]; /* that the object has to have, … */
	bool known;		     /* … if it was said */
	uint64_t size;
	uint64_t end;	/* of the last read of a server */
	uint64_t at;	/* of what was read ahead */
	size_t ahead;	/* bytes of that */
	uint64_t taken; /* up to here */
	uint8_t *bytes;
};

static bool read_file(const struct object_reader *reader, uint8_t *ret_bytes,
		      size_t size, uint64_t offset, struct error *err)
{
	while (size) {
		ssize_t got = pread(reader->fd, ret_bytes, size, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_errno(err, "cannot read the object");
		if (got == 0)
			return fail(err, FAULT_INVALID_PARAMETER,
				    "the object was cut short");
		ret_bytes += got;
		offset += (uint64_t)got;
		size -= (size_t)got;
	}
	return true;
}

/* Reads ahead from an offset on. */
static bool read_ahead(struct object_reader *reader, uint64_t offset,
		       struct error *err)
{
	uint64_t rest = reader->size - offset;

	if (!reader->bytes)
		reader->bytes = malloc(AHEAD);
	if (!reader->bytes)
		return fail_memory(err);
	reader->ahead = 0;
	if (!bucket_reader_read(reader->pieces, reader->bytes,
				rest < AHEAD ? rest : AHEAD, offset, err))
		return false;
	reader->at = reader->taken = offset;
	reader->ahead = rest < AHEAD ? rest : AHEAD;
	return true;
}

/* Takes what was read ahead, as far as that goes; how much that was. Once:
 * whoever comes again does so because it was not right. */
static size_t take_ahead(struct object_reader *reader, uint8_t *ret_bytes,
			 size_t size, uint64_t offset)
{
	size_t from, count;

	if (offset < reader->taken || offset - reader->at >= reader->ahead)
		return 0;
	from = offset - reader->at;
	count = reader->ahead - from;
	if (count > size)
		count = size;
	memcpy(ret_bytes, reader->bytes + from, count);
	reader->taken = offset + count;
	return count;
}

static bool read_bucket(struct object_reader *reader, uint8_t *ret_bytes,
			size_t size, uint64_t offset, struct error *err)
{
	bool goes_on = offset == reader->end;
	size_t taken = take_ahead(reader, ret_bytes, size, offset);

	reader->end = offset + size;
	ret_bytes += taken;
	offset += taken;
	size -= taken;
	if (!size)
		return true;
	if (!goes_on || size >= AHEAD)
		return bucket_reader_read(reader->pieces, ret_bytes, size,
					  offset, err);
	return read_ahead(reader, offset, err) &&
	       (take_ahead(reader, ret_bytes, size, offset) == size ||
		fail(err, FAULT_INVALID_PARAMETER, "the object was cut short"));
}

bool object_reader_again(struct object_reader *reader)
{
	auto_of(bucket_reader) pieces = NULL;
	uint8_t digest[SHA256_SIZE];
	struct error ignored = { 0 };

	if (!reader->bucket || !reader->known ||
	    !bucket_open_reader(reader->bucket, reader->key, &pieces,
				&ignored) ||
	    bucket_reader_size(pieces) != reader->size ||
	    !bucket_reader_read(pieces, digest, sizeof(digest),
				reader->size - sizeof(digest), &ignored) ||
	    memcmp(digest, reader->digest, sizeof(digest)) != 0)
		return false;
	bucket_reader_close(reader->pieces);
	reader->pieces = take(pieces);
	reader->ahead = 0;
	reader->end = UINT64_MAX;
	return true;
}

static bool read_pieces(struct object_reader *reader, uint8_t *ret_bytes,
			size_t size, uint64_t offset, struct error *err)
{
	if (read_bucket(reader, ret_bytes, size, offset, err))
		return true;
	if (err->fault != FAULT_INVALID_PARAMETER ||
	    !object_reader_again(reader))
		return false;
	error_clear(err);
	return read_bucket(reader, ret_bytes, size, offset, err);
}

bool object_reader_read(struct object_reader *reader, void *ret_bytes,
			size_t size, uint64_t offset, struct error *err)
{
	return reader->fd >= 0 ?
		       read_file(reader, ret_bytes, size, offset, err) :
		       read_pieces(reader, ret_bytes, size, offset, err);
}

static bool read_piece(void *data, void *ret_bytes, size_t size,
		       uint64_t offset, struct error *err)
{
	return object_reader_read(data, ret_bytes, size, offset, err);
}

bool object_reader_pick(struct object_reader *reader, unsigned disk,
			const struct secret *key, struct pick **ret_pick,
			struct error *err)
{
	const struct pick_reader pieces = { read_piece, reader, reader->size };

	return pick_open(&pieces, disk, key, ret_pick, err);
}

static struct object_reader *reader_new(void)
{
	struct object_reader *reader = calloc(1, sizeof(*reader));

	if (reader)
		reader->fd = -1;
	return reader;
}

bool object_reader_file(int fd, struct object_reader **ret_reader,
			struct error *err)
{
	auto_of(object_reader) reader = reader_new();
	struct stat st;

	if (!reader) {
		close(fd);
		return fail_memory(err);
	}
	reader->fd = fd;
	if (fstat(fd, &st) != 0)
		return fail_errno(err, "cannot look at the object");
	reader->size = (uint64_t)st.st_size;
	*ret_reader = take(reader);
	return true;
}

bool object_reader_bucket(struct bucket *bucket, const char *key,
			  struct object_reader **ret_reader, struct error *err)
{
	auto_of(object_reader) reader = reader_new();

	if (!reader) {
		bucket_close(bucket);
		return fail_memory(err);
	}
	reader->bucket = bucket;
	reader->end = UINT64_MAX;
	reader->key = strdup(key);
	if (!reader->key)
		return fail_memory(err);
	if (!bucket_open_reader(bucket, key, &reader->pieces, err))
		return false;
	reader->size = bucket_reader_size(reader->pieces);
	*ret_reader = take(reader);
	return true;
}

bool object_reader_digest(struct object_reader *reader,
			  uint8_t ret_digest[SHA256_SIZE], struct error *err)
{
	if (reader->size < SHA256_SIZE)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "the object was cut short");
	return object_reader_read(reader, ret_digest, SHA256_SIZE,
				  reader->size - SHA256_SIZE, err);
}

bool object_reader_expect(struct object_reader *reader,
			  const uint8_t digest[SHA256_SIZE],
			  const char *otherwise, struct error *err)
{
	uint8_t is[SHA256_SIZE];

	if (!object_reader_digest(reader, is, err))
		return false;
	if (memcmp(is, digest, sizeof(is)) != 0)
		return fail(err, FAULT_INVALID_PARAMETER, "%s", otherwise);
	memcpy(reader->digest, digest, sizeof(reader->digest));
	reader->known = true;
	return true;
}

uint64_t object_reader_size(const struct object_reader *reader)
{
	return reader->size;
}

void object_reader_close(struct object_reader *reader)
{
	if (!reader)
		return;
	if (reader->fd >= 0)
		close(reader->fd);
	bucket_reader_close(reader->pieces);
	bucket_close(reader->bucket);
	free(reader->key);
	free(reader->bytes);
	free(reader);
}
