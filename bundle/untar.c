/* untar.c - ustar, GNU and PAX headers of one member
 *
 * GNU's old form of sparse files is read, because EC2's own tool writes it.
 * PAX's forms keep their map in the data, where a reader that does not know
 * them takes it for the image: they are refused.
 */
#include "bundle/untar.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "images/base/auto.h"

enum { BLOCK = 512 };

/* What stands where in a header; sizes of numbers are 12. */
enum {
	AT_SIZE = 124,
	AT_SUM = 148,
	AT_TYPE = 156,
	AT_MAP = 386,
	AT_EXTENDED = 482,
	AT_REAL_SIZE = 483,
	MAP_COUNT = 4,
	MORE_COUNT = 21, /* of a header that continues the map */
	MORE_EXTENDED = 504,
};

/* Real archives have one header before the file's, of a few hundred bytes, and
 * up to 26624 bytes of zeros behind it. */
#define HEADERS_MOST 16
#define HEADER_MOST 65536
#define TRAIL_MOST (1 << 20)
/* A disk's map is a few thousand entries; this one is 16 MiB of memory. */
#define MAP_MOST (1 << 20)

struct extent {
	uint64_t offset, size;
};

struct reading {
	const struct untar *untar;
	const uint8_t *piece;
	size_t left;	    /* of the piece */
	bool resized;	    /* a PAX header gave the size of what follows */
	uint64_t size;	    /* that it gave */
	struct extent *map; /* owned; ends with an entry of size 0 */
	size_t count;
};

static bool bad(const char *why, struct error *err)
{
	return fail(err, FAULT_INVALID_MANIFEST, "the bundle's archive %s",
		    why);
}

/* Up to `most` bytes, none at the end. */
static bool some(struct reading *reading, uint64_t most, const uint8_t **ret,
		 size_t *ret_size, struct error *err)
{
	const struct untar *untar = reading->untar;

	if (!reading->left &&
	    !untar->next(untar->data, &reading->piece, &reading->left, err))
		return false;
	*ret = reading->piece;
	*ret_size = reading->left < most ? reading->left : (size_t)most;
	if (*ret_size) /* at the end there is no piece */
		reading->piece += *ret_size;
	reading->left -= *ret_size;
	return true;
}

/* Exactly that many bytes into `to`, or nowhere when it is NULL. */
static bool exact(struct reading *reading, uint8_t *to, uint64_t size,
		  struct error *err)
{
	while (size) {
		const uint8_t *piece;
		size_t got;

		if (!some(reading, size, &piece, &got, err))
			return false;
		if (!got)
			return bad("ends too early", err);
		if (to) {
			memcpy(to, piece, got);
			to += got;
		}
		size -= got;
	}
	return true;
}

static uint64_t padding(uint64_t size)
{
	return (BLOCK - size % BLOCK) % BLOCK;
}

/* A number in octal digits, or GNU's form: bytes behind one of 0x80. */
static bool number(const uint8_t *field, size_t size, uint64_t *ret_number)
{
	uint64_t value = 0;
	size_t i = 0;

	if (*field & 0x80) {
		if (*field != 0x80)
			return false; /* negative, or above 2^88 */
		for (i = 1; i < size; i++) {
			if (value >> 55)
				return false;
			value = value << 8 | field[i];
		}
		*ret_number = value;
		return true;
	}
	while (i < size && field[i] == ' ')
		i++;
	for (; i < size && field[i] >= '0' && field[i] <= '7'; i++)
		value = value << 3 | (uint64_t)(field[i] - '0');
	if (i < size && field[i] != 0 && field[i] != ' ')
		return false;
	*ret_number = value;
	return true;
}

static bool is_zero(const uint8_t *data, size_t size)
{
	return !size || (!*data && memcmp(data, data + 1, size - 1) == 0);
}

/* The sum of a header's bytes, its own field taken as blanks; as signed bytes
 * too, which some old tools summed. */
static bool sum_right(const uint8_t *header)
{
	uint64_t wanted, sum = 0;
	int64_t odd = 0;

	for (size_t i = 0; i < BLOCK; i++) {
		uint8_t byte = i >= AT_SUM && i < AT_SUM + 8 ? ' ' : header[i];

		sum += byte;
		odd += (int8_t)byte;
	}
	return number(header + AT_SUM, 8, &wanted) &&
	       (wanted == sum || (odd > 0 && wanted == (uint64_t)odd));
}

/* One "length key=value\n" of a PAX header. */
static bool record(struct reading *reading, const char *key, size_t key_size,
		   const char *value, size_t size, bool global,
		   struct error *err)
{
	if (key_size >= 10 && memcmp(key, "GNU.sparse", 10) == 0)
		return bad("holds a sparse file in the PAX form, which is not"
			   " read: pack it by tar --format=gnu",
			   err);
	if (key_size != 4 || memcmp(key, "size", 4) != 0)
		return true;
	if (global || size < 1 || size > 18)
		return bad("has a wrong size in a PAX header", err);
	reading->size = 0;
	for (size_t i = 0; i < size; i++) {
		if (value[i] < '0' || value[i] > '9')
			return bad("has a wrong size in a PAX header", err);
		reading->size = 10 * reading->size + (uint64_t)(value[i] - '0');
	}
	reading->resized = true;
	return true;
}

static bool records(struct reading *reading, const char *text, size_t size,
		    bool global, struct error *err)
{
	while (size) {
		size_t length = 0, digits = 0;
		const char *key, *equals;

		while (digits < size && digits < 6 && text[digits] >= '0' &&
		       text[digits] <= '9')
			length = 10 * length + (size_t)(text[digits++] - '0');
		if (!digits || length > size || length < digits + 3 ||
		    text[digits] != ' ' || text[length - 1] != '\n')
			return bad("has a broken PAX header", err);
		key = text + digits + 1;
		equals = memchr(key, '=', length - digits - 2);
		if (!equals)
			return bad("has a broken PAX header", err);
		if (!record(reading, key, (size_t)(equals - key), equals + 1,
			    (size_t)(text + length - 1 - (equals + 1)), global,
			    err))
			return false;
		text += length;
		size -= length;
	}
	return true;
}

/* Reads what stands before the file: PAX headers, and GNU's long names. */
static bool before(struct reading *reading, char type, uint64_t size,
		   struct error *err)
{
	auto_free uint8_t *text = NULL;

	if (size > HEADER_MOST)
		return bad("has too large a header", err);
	text = malloc(size + 1);
	if (!text)
		return fail_memory(err);
	if (!exact(reading, text, size, err) ||
	    !exact(reading, NULL, padding(size), err))
		return false;
	return (type != 'x' && type != 'g') ||
	       records(reading, (char *)text, size, type == 'g', err);
}

/* Adds entries of the map, until one is blank (*ret_more false). Each must lie
 * behind the last; those before the last are of whole blocks, and only the
 * last, which tells the size of a file that ends with a hole, is empty. */
static bool map_add(struct reading *reading, const uint8_t *entries,
		    size_t count, bool *ret_more, struct error *err)
{
	const uint64_t size = reading->untar->size;

	for (size_t i = 0; i < count; i++, entries += 24) {
		struct extent *map = reading->map;
		const struct extent *last =
			reading->count ? &map[reading->count - 1] : NULL;
		struct extent next;

		if (!entries[12]) {
			*ret_more = false;
			return true;
		}
		if (!number(entries, 12, &next.offset) ||
		    !number(entries + 12, 12, &next.size) ||
		    next.offset > size || next.size > size - next.offset ||
		    (last && (next.offset < last->offset + last->size ||
			      (next.size && last->size % BLOCK) ||
			      (next.size && !last->size))))
			return bad("has a wrong map of its holes", err);
		if (reading->count >= MAP_MOST ||
		    reading->count >= size / BLOCK + 16)
			return bad("has too large a map of its holes", err);
		if (!map || !(reading->count & (reading->count - 1))) {
			map = realloc(map, (2 * reading->count + 1) *
						   sizeof(*map));
			if (!map)
				return fail_memory(err);
			reading->map = map;
		}
		map[reading->count++] = next;
	}
	return true;
}

static bool map_read(struct reading *reading, const uint8_t *header,
		     struct error *err)
{
	bool more = true, extended = header[AT_EXTENDED];
	uint64_t size;

	if (!number(header + AT_REAL_SIZE, 12, &size) ||
	    size != reading->untar->size)
		return bad("holds a file of another size than the manifest"
			   " says",
			   err);
	if (!map_add(reading, header + AT_MAP, MAP_COUNT, &more, err))
		return false;
	while (extended) {
		uint8_t block[BLOCK];

		if (!more)
			return bad("has a map of its holes that goes on behind"
				   " its end",
				   err);
		if (!exact(reading, block, BLOCK, err) ||
		    !map_add(reading, block, MORE_COUNT, &more, err))
			return false;
		extended = block[MORE_EXTENDED];
	}
	return true;
}

static bool copy(struct reading *reading, struct extent extent,
		 struct error *err)
{
	const struct untar *untar = reading->untar;

	while (extent.size) {
		const uint8_t *piece;
		size_t got;

		if (!some(reading, extent.size, &piece, &got, err))
			return false;
		if (!got)
			return bad("ends too early", err);
		if (!untar->write(untar->data, piece, got, extent.offset, err))
			return false;
		extent.offset += got;
		extent.size -= got;
	}
	return true;
}

static bool sparse(struct reading *reading, const uint8_t *header,
		   uint64_t stored, struct error *err)
{
	uint64_t sum = 0;

	if (reading->resized)
		return bad("has two sizes for a sparse file", err);
	if (!map_read(reading, header, err))
		return false;
	for (size_t i = 0; i < reading->count; i++)
		sum += reading->map[i].size;
	if (sum != stored)
		return bad("has a map of its holes that does not fit its data",
			   err);
	for (size_t i = 0; i < reading->count; i++)
		if (!copy(reading, reading->map[i], err))
			return false;
	return exact(reading, NULL, padding(stored), err);
}

static bool plain(struct reading *reading, uint64_t size, struct error *err)
{
	const struct extent all = { 0, reading->untar->size };

	if (reading->resized)
		size = reading->size;
	if (size != all.size)
		return bad("holds a file of another size than the manifest"
			   " says",
			   err);
	return copy(reading, all, err) &&
	       exact(reading, NULL, padding(size), err);
}

/* Headers up to the file's own, then the file. */
static bool member(struct reading *reading, struct error *err)
{
	for (unsigned i = 0; i < HEADERS_MOST; i++) {
		uint8_t header[BLOCK];
		uint64_t size;
		char type;

		if (!exact(reading, header, BLOCK, err))
			return false;
		if (is_zero(header, BLOCK))
			return bad("is empty", err);
		if (!sum_right(header) || !number(header + AT_SIZE, 12, &size))
			return bad("is none of tar's", err);
		type = (char)header[AT_TYPE];
		if (type == 'S')
			return sparse(reading, header, size, err);
		if (type == '0' || type == '7' || type == 0)
			return plain(reading, size, err);
		if (type != 'x' && type != 'g' && type != 'L' && type != 'K')
			return bad("holds something that is not a file", err);
		if (!before(reading, type, size, err))
			return false;
	}
	return bad("has too many headers", err);
}

static bool trail(struct reading *reading, struct error *err)
{
	uint64_t total = 0;

	for (;;) {
		const uint8_t *piece;
		size_t got;

		if (!some(reading, UINT64_MAX, &piece, &got, err))
			return false;
		if (!got)
			return true;
		total += got;
		if (!is_zero(piece, got))
			return bad("holds more than one file", err);
		if (total > TRAIL_MOST)
			return bad("does not end", err);
	}
}

bool untar(const struct untar *untar, struct error *err)
{
	struct reading reading = { .untar = untar };
	bool done = member(&reading, err) && trail(&reading, err);

	free(reading.map);
	return done;
}
