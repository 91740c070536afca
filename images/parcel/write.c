/* write.c - putting a parcel together
 *
 * The index is made by going through what was written once more, from one
 * block's head to the next: so nothing has to be remembered of a disk, however
 * many blocks it has.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "images/base/file.h"
#include "images/base/id.h"
#include "images/parcel/parcel-private.h"

#define NAME "the stored image"

struct parcel_writer {
	int fd;
	uint64_t at;   /* bytes written */
	uint64_t data; /* where the first disk begins */
	unsigned disks;
	unsigned added;
	uint64_t blocks;
	EVP_MD_CTX *running;
	struct form form;
	struct press *press;
};

static bool put(struct parcel_writer *writer, const void *data, size_t size,
		struct error *err)
{
	if (!EVP_DigestUpdate(writer->running, data, size))
		return fail_memory(err);
	writer->at += size;
	return write_all(writer->fd, data, size, NAME, err);
}

void parcel_writer_free(struct parcel_writer *writer)
{
	if (!writer)
		return;
	EVP_MD_CTX_free(writer->running);
	press_free(writer->press);
	free(writer);
}

/* The header, with the metadata behind it. */
static bool put_header(struct parcel_writer *writer, const char *metadata,
		       size_t metadata_size, const uint8_t *salt,
		       struct error *err)
{
	uint8_t header[PARCEL_HEADER] = { 0 };

	memcpy(header, HEADER_MAGIC, MAGIC_SIZE);
	put32(header + HEADER_VERSION,
	      (writer->form.dense ? VERSION_DENSE : VERSION) + (salt ? 1 : 0));
	put32(header + HEADER_BLOCK, (uint32_t)writer->form.block);
	put32(header + HEADER_DISKS, writer->disks);
	put32(header + HEADER_METADATA, (uint32_t)metadata_size);
	sha256(metadata, metadata_size, header + HEADER_DIGEST);
	return put(writer, header, sizeof(header), err) &&
	       (!salt || put(writer, salt, SALT_SIZE, err)) &&
	       put(writer, metadata, metadata_size, err);
}

bool parcel_create(int fd, const char *metadata, size_t metadata_size,
		   unsigned disks, const struct parcel_way *way,
		   struct parcel_writer **ret_writer, struct error *err)
{
	static const struct parcel_way plain = { .key = NULL };
	auto_of(parcel_writer) writer = calloc(1, sizeof(*writer));
	uint8_t salt[SALT_SIZE];

	if (!writer)
		return fail_memory(err);
	if (!way)
		way = &plain;
	writer->fd = fd;
	writer->disks = disks;
	writer->form = form_make(way->dense, way->key != NULL);
	writer->running = running_new();
	if (!writer->running)
		return fail_memory(err);
	if (disks < 1 || disks > PARCEL_DISKS_MOST ||
	    metadata_size > PARCEL_METADATA_MOST)
		return fail(err, FAULT_UNSUPPORTED,
			    "The image has %u disks and %zu bytes of "
			    "metadata: at most %d and %u can be stored",
			    disks, metadata_size, PARCEL_DISKS_MOST,
			    PARCEL_METADATA_MOST);
	random_bytes(salt, sizeof(salt));
	if (!press_open(way, &writer->form, salt, &writer->press, err) ||
	    !put_header(writer, metadata, metadata_size, way->key ? salt : NULL,
			err))
		return false;
	writer->data = writer->at;
	*ret_writer = take(writer);
	return true;
}

/* Writes the oldest block that was packed, unless it is zeros; *ret_found is
 * false when all are written. */
static bool put_block(struct parcel_writer *writer, bool *ret_found,
		      struct error *err)
{
	struct pressed block;
	uint8_t head[BLOCK_HEAD];

	if (!press_take(writer->press, &block, ret_found, err))
		return false;
	if (!*ret_found || !block.size)
		return true;
	put64(head + BLOCK_NUMBER, block.field);
	put32(head + BLOCK_BYTES, (uint32_t)block.size);
	memcpy(head + BLOCK_DIGEST, block.digest, SHA256_SIZE);
	writer->blocks++;
	return put(writer, head, sizeof(head), err) &&
	       put(writer, block.data, block.size, err);
}

/* Room for a block, when so many are written that there is some. */
static bool make_room(struct parcel_writer *writer, uint8_t **ret_block,
		      struct error *err)
{
	bool found;

	while (!(*ret_block = press_room(writer->press)))
		if (!put_block(writer, &found, err))
			return false;
	return true;
}

static bool put_rest(struct parcel_writer *writer, struct error *err)
{
	bool found = true;

	while (found)
		if (!put_block(writer, &found, err))
			return false;
	return true;
}

/* Reads what of a block the disk has data in, from `at` on. */
static bool read_block(struct source *disk, uint64_t number, size_t bytes,
		       uint8_t *ret_block, struct error *err)
{
	uint64_t begin = number * bytes, end = begin + bytes;

	memset(ret_block, 0, bytes);
	if (end > disk->size)
		end = disk->size;
	for (uint64_t at = begin, size; at < end; at += size) {
		bool data;

		if (!source_next(disk, at, &size, &data, err))
			return false;
		if (size > end - at)
			size = end - at;
		if (data && !source_read(disk, ret_block + (at - begin), size,
					 at, err))
			return false;
	}
	return true;
}

/* The first block, from one on, in which the disk may hold data; the count of
 * its blocks when there is none. */
static bool next_block(struct source *disk, uint64_t *block, size_t bytes,
		       uint64_t count, struct error *err)
{
	uint64_t at = *block * bytes;

	while (at < disk->size) {
		uint64_t size;
		bool data;

		if (!source_next(disk, at, &size, &data, err))
			return false;
		if (data) {
			*block = at / bytes;
			return true;
		}
		at += size;
	}
	*block = count;
	return true;
}

static bool add(struct parcel_writer *writer, struct source *disk,
		const struct parcel_watch *watch, struct error *err)
{
	size_t bytes = writer->form.block;
	uint64_t count = (disk->size + bytes - 1) / bytes;
	uint8_t head[BLOCK_HEAD] = { 0 }, *block;

	if (!disk->size || disk->size % 512 || disk->size > PARCEL_DISK_MOST)
		return fail(err, FAULT_UNSUPPORTED,
			    "a disk of %llu bytes cannot be stored",
			    (unsigned long long)disk->size);
	put64(head, disk->size);
	if (!put(writer, head, DISK_HEAD, err))
		return false;
	press_disk(writer->press, writer->added, watch);
	for (uint64_t i = 0;; i++) {
		if (watch->cancel &&
		    __atomic_load_n(watch->cancel, __ATOMIC_ACQUIRE))
			return fail(err, FAULT_UNAVAILABLE, "cancelled");
		if (!next_block(disk, &i, bytes, count, err))
			return false;
		if (i == count)
			break;
		if (!make_room(writer, &block, err) ||
		    !read_block(disk, i, bytes, block, err))
			return false;
		press_give(writer->press, i);
		if (watch->progress)
			watch->progress(watch->data, i * bytes, disk->size);
	}
	if (!put_rest(writer, err))
		return false;
	memset(head, 0, sizeof(head));
	put64(head + BLOCK_NUMBER, PARCEL_NO_BLOCK);
	writer->added++;
	return put(writer, head, sizeof(head), err);
}

bool parcel_add(struct parcel_writer *writer, struct source *disk,
		const struct parcel_watch *watch, struct error *err)
{
	if (add(writer, disk, watch, err))
		return true;
	/* nobody asks about blocks any more when this returns */
	press_drop(writer->press);
	return false;
}

static bool look(struct parcel_writer *writer, uint8_t *ret_data, size_t size,
		 uint64_t at, struct error *err)
{
	ssize_t got = pread(writer->fd, ret_data, size, (off_t)at);

	if (got < 0)
		return fail_errno(err, "cannot read " NAME);
	return (size_t)got == size ||
	       fail(err, FAULT_INTERNAL, NAME " was cut short");
}

/* The index of the disk that begins at *at, which goes on behind it. */
static bool put_index(struct parcel_writer *writer, uint64_t *at,
		      struct error *err)
{
	uint8_t entry[ENTRY_SIZE], head[BLOCK_HEAD], size[DISK_HEAD];
	uint64_t blocks = 0;

	if (!look(writer, size, sizeof(size), *at, err))
		return false;
	for (*at += DISK_HEAD;; *at += BLOCK_HEAD + get32(head + BLOCK_BYTES)) {
		if (!look(writer, head, sizeof(head), *at, err))
			return false;
		if (get64(head + BLOCK_NUMBER) == PARCEL_NO_BLOCK)
			break;
		blocks++;
		put64(entry, get64(head + BLOCK_NUMBER));
		put64(entry + 8, *at);
		if (!put(writer, entry, sizeof(entry), err))
			return false;
	}
	*at += BLOCK_HEAD;
	memcpy(entry, size, DISK_HEAD);
	put64(entry + DISK_HEAD, blocks);
	return put(writer, entry, sizeof(entry), err);
}

bool parcel_finish(struct parcel_writer *writer, struct error *err)
{
	uint64_t index = writer->at, at = writer->data;
	uint8_t end[END_SIZE];

	if (writer->added != writer->disks)
		return fail(err, FAULT_INTERNAL, "%u of %u disks were stored",
			    writer->added, writer->disks);
	for (unsigned i = 0; i < writer->disks; i++)
		if (!put_index(writer, &at, err))
			return false;
	memcpy(end, END_MAGIC, MAGIC_SIZE);
	put64(end + END_INDEX, index);
	put64(end + END_TOTAL, writer->at + END_SIZE);
	put64(end + END_BLOCKS, writer->blocks);
	if (!put(writer, end, END_DIGEST, err))
		return false;
	if (!running_end(writer->running, end + END_DIGEST))
		return fail_memory(err);
	return write_all(writer->fd, end + END_DIGEST, SHA256_SIZE, NAME, err);
}
