/* tar-write.c - headers of the GNU format, and a walk over the source
 *
 * A sparse member's header lists its data before the first byte of it. So its
 * extents are collected first, which reads none of them; they begin and end at
 * whole blocks, because readers do not agree about what follows a part of one.
 */
#include "bundle/tar-write.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "images/base/buf.h"

#define BLOCK 512U
#define RECORD 10240U
#define SPARSE_FIRST 4	/* extents in the header */
#define SPARSE_MORE 21	/* extents in each block behind it */
#define EXTENTS_MOST (1U << 20)
#define LONG_NAME "././@LongLink"

/* The fields that are not empty, at their places (tar.h, "oldgnu_header"). */
struct header {
	char name[100];
	char mode[8], uid[8], gid[8];
	char size[12], mtime[12], sum[8];
	char type;
	char link[100];
	char magic[8];
	char user[32], group[32];
	char unused[57];
	struct {
		char offset[12], size[12];
	} extents[SPARSE_FIRST];
	char more; /* extents follow in the next block */
	char real_size[12];
	char rest[17];
};
_Static_assert(sizeof(struct header) == BLOCK, "a header is one block");

struct sparse_block {
	struct {
		char offset[12], size[12];
	} extents[SPARSE_MORE];
	char more;
	char rest[7];
};
_Static_assert(sizeof(struct sparse_block) == BLOCK, "so is what follows it");

struct extent {
	uint64_t offset, size; /* bytes, whole blocks but at the source's end */
};

struct map {
	struct extent *extents;
	size_t count;
	uint64_t stored; /* bytes in all of them */
};

static uint64_t blocks_up(uint64_t size)
{
	return (size + BLOCK - 1) / BLOCK * BLOCK;
}

/* Octal where it fits; else base 256, as GNU tar has it. */
static void put_number(char *field, size_t width, uint64_t value)
{
	if (3 * (width - 1) >= 64 || !(value >> 3 * (width - 1))) {
		char text[24];

		snprintf(text, sizeof(text), "%0*llo", (int)width - 1,
			 (unsigned long long)value);
		memcpy(field, text, width);
		return;
	}
	memset(field, 0, width);
	for (size_t i = width; value; value >>= 8)
		field[--i] = (char)(value & 255);
	field[0] = (char)-128;
}

static void header_init(struct header *header, char type, const char *name,
			uint64_t size)
{
	size_t length = strlen(name);

	memset(header, 0, sizeof(*header));
	memcpy(header->name, name,
	       length < sizeof(header->name) ? length : sizeof(header->name));
	put_number(header->mode, sizeof(header->mode), 0644);
	put_number(header->uid, sizeof(header->uid), 0);
	put_number(header->gid, sizeof(header->gid), 0);
	put_number(header->size, sizeof(header->size), size);
	put_number(header->mtime, sizeof(header->mtime), 0);
	header->type = type;
	memcpy(header->magic, "ustar  ", sizeof(header->magic));
	memcpy(header->user, "root", 5);
	memcpy(header->group, "root", 5);
}

static void header_add(struct header *header, struct buf *to)
{
	const unsigned char *bytes = (const unsigned char *)header;
	unsigned sum = 0;

	memset(header->sum, ' ', sizeof(header->sum));
	for (size_t i = 0; i < sizeof(*header); i++)
		sum += bytes[i];
	put_number(header->sum, 7, sum);
	buf_add(to, header, sizeof(*header));
}

/* A name that has no room in a header goes before it, as a member's data. */
static void long_name_add(const char *name, struct buf *to)
{
	static const char zeros[BLOCK];
	size_t size = strlen(name) + 1;
	struct header header;

	if (size - 1 <= sizeof(header.name))
		return;
	header_init(&header, 'L', LONG_NAME, size);
	header_add(&header, to);
	buf_add(to, name, size);
	buf_add(to, zeros, blocks_up(size) - size);
}

static void plain_add(const char *name, uint64_t size, struct buf *to)
{
	struct header header;

	long_name_add(name, to);
	header_init(&header, '0', name, size);
	header_add(&header, to);
}

static void sparse_add(const char *name, uint64_t size, const struct map *map,
		       struct buf *to)
{
	struct sparse_block block;
	struct header header;
	size_t at;

	long_name_add(name, to);
	header_init(&header, 'S', name, map->stored);
	put_number(header.real_size, sizeof(header.real_size), size);
	for (at = 0; at < SPARSE_FIRST && at < map->count; at++) {
		put_number(header.extents[at].offset, 12,
			   map->extents[at].offset);
		put_number(header.extents[at].size, 12, map->extents[at].size);
	}
	header.more = at < map->count;
	header_add(&header, to);
	while (at < map->count) {
		memset(&block, 0, sizeof(block));
		for (size_t i = 0; i < SPARSE_MORE && at < map->count;
		     i++, at++) {
			put_number(block.extents[i].offset, 12,
				   map->extents[at].offset);
			put_number(block.extents[i].size, 12,
				   map->extents[at].size);
		}
		block.more = at < map->count;
		buf_add(to, &block, sizeof(block));
	}
}

/* Adds an extent, or makes the last one larger when it reaches it. */
static bool map_add(struct map *map, uint64_t begin, uint64_t end,
		    struct error *err)
{
	struct extent *last = map->count ? map->extents + map->count - 1 : NULL;

	if (last && last->offset + last->size >= begin) {
		last->size = end - last->offset;
		return true;
	}
	if (map->count == EXTENTS_MOST)
		return fail(err, FAULT_UNSUPPORTED,
			    "the disk has too many holes for a sparse archive");
	if ((map->count & (map->count - 1)) == 0) {
		struct extent *more = reallocarray(
			map->extents, map->count ? 2 * map->count : 1,
			sizeof(*more));

		if (!more)
			return fail_memory(err);
		map->extents = more;
	}
	map->extents[map->count++] = (struct extent){ begin, end - begin };
	return true;
}

/* Lists a source's data. What ends in a hole has an empty extent at its end:
 * older readers know its size from that alone. */
static bool map_make(struct source *source, struct map *map, struct error *err)
{
	uint64_t size, end = 0;
	bool data;

	for (uint64_t at = 0; at < source->size; at += size) {
		if (!source_next(source, at, &size, &data, err))
			return false;
		if (!data)
			continue;
		end = blocks_up(at + size);
		if (end > source->size)
			end = source->size;
		if (!map_add(map, at / BLOCK * BLOCK, end, err))
			return false;
	}
	for (size_t i = 0; i < map->count; i++)
		map->stored += map->extents[i].size;
	return end == source->size ||
	       map_add(map, source->size, source->size, err);
}

static bool write_sparse(struct source *source, const char *name,
			 const struct tar_sink *sink, uint64_t *ret_size,
			 struct error *err)
{
	struct map map = { 0 };
	auto_free struct extent *extents = NULL;
	auto_buf header = BUF_INIT;
	bool mapped = map_make(source, &map, err);

	extents = map.extents;
	if (!mapped)
		return false;
	sparse_add(name, source->size, &map, &header);
	if (header.broken)
		return fail_memory(err);
	if (!sink->bytes(sink->data, header.data, header.size, err))
		return false;
	for (size_t i = 0; i < map.count; i++)
		if (!sink->copy(sink->data, extents[i].offset, extents[i].size,
				err))
			return false;
	*ret_size = header.size + map.stored;
	return true;
}

static bool write_plain(struct source *source, const char *name,
			const struct tar_sink *sink, uint64_t *ret_size,
			struct error *err)
{
	auto_buf header = BUF_INIT;
	uint64_t size;
	bool data;

	plain_add(name, source->size, &header);
	if (header.broken)
		return fail_memory(err);
	if (!sink->bytes(sink->data, header.data, header.size, err))
		return false;
	for (uint64_t at = 0; at < source->size; at += size)
		if (!source_next(source, at, &size, &data, err) ||
		    !(data ? sink->copy(sink->data, at, size, err) :
			     sink->zeros(sink->data, size, err)))
			return false;
	*ret_size = header.size + source->size;
	return true;
}

bool tar_write(struct source *source, const char *name, bool sparse,
	       const struct tar_sink *sink, struct error *err)
{
	uint64_t size, padding;

	assert(!strchr(name, '/'));
	if (!(sparse ? write_sparse : write_plain)(source, name, sink, &size,
						   err))
		return false;
	padding = blocks_up(size) - size + 2 * BLOCK;
	padding += (RECORD - (size + padding) % RECORD) % RECORD;
	return sink->zeros(sink->data, padding, err);
}
