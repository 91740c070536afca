/* deflate.c - libdeflate's whole streams made into pieces of one
 *
 * libdeflate needs a third of zlib's time but knows only whole streams: the
 * last block of each says so in its first bit, and ends at any bit. So a piece
 * is read through once more, as fast as its symbols can be told apart and
 * without making any bytes of them, to find that bit; it is cleared, and an
 * empty stored block leads on to the next byte. That adds a fifth to the time
 * of the compression. The bytes that the symbols stand for are counted: a
 * piece that was misread would not come out with the size that went in.
 */
#include "bundle/deflate.h"

#include <libdeflate.h>
#include <string.h>

#define CODE_MOST 15 /* bits of a code */
#define LITLENS 288
#define DISTANCES 32
#define PRECODES 19
#define PRECODE_MOST 7
#define END_OF_BLOCK 256
#define PADDING 16 /* bytes behind a stream that may be read */
#define STORED_SIZE 5

/* An entry of the table of literals and lengths: the bits of the code with
 * those that follow it, the bits of the code alone, what it is, and how many
 * bytes it stands for at least. */
#define ENTRY(all, code, kind, bytes) \
	((uint32_t)(all) | (uint32_t)(code) << 5 | (kind) | (bytes) << 16)
#define ENTRY_ALL(entry) ((entry) & 31)
#define ENTRY_CODE(entry) ((entry) >> 5 & 15)
#define ENTRY_BYTES(entry) ((entry) >> 16)
#define ENTRY_MATCH 0x200U
#define ENTRY_END 0x400U
#define ENTRY_NONE 0x800U /* no such code */

struct deflate {
	struct libdeflate_compressor *compressor;
	uint32_t litlens[1 << CODE_MOST];
	uint32_t distances[1 << CODE_MOST];
	uint32_t precodes[1 << PRECODE_MOST];
	unsigned litlen_bits, distance_bits; /* that index the tables */
};

/* Bits of a stream, the next one lowest. */
struct bits {
	const uint8_t *at;
	const uint8_t *limit; /* beyond it, nothing more is taken */
	uint64_t held;
	unsigned count;
};

struct deflate *deflate_new(int level)
{
	auto_of(deflate) deflate = malloc(sizeof(*deflate));

	if (!deflate)
		return NULL;
	deflate->compressor = libdeflate_alloc_compressor(level);
	return deflate->compressor ? take(deflate) : NULL;
}

void deflate_free(struct deflate *deflate)
{
	if (!deflate)
		return;
	libdeflate_free_compressor(deflate->compressor);
	free(deflate);
}

size_t deflate_room(size_t size)
{
	return libdeflate_deflate_compress_bound(NULL, size) + STORED_SIZE +
	       PADDING;
}

/* At least 56 bits are held afterwards; behind the limit, none of worth. */
static inline bool refill(struct bits *bits)
{
	uint64_t more;

	if (bits->at > bits->limit)
		return false;
	memcpy(&more, bits->at, sizeof(more));
	bits->held |= le64toh(more) << bits->count;
	bits->at += (63 - bits->count) >> 3;
	bits->count |= 56;
	return true;
}

static inline unsigned peek(const struct bits *bits, unsigned count)
{
	return (unsigned)(bits->held & ((1ULL << count) - 1));
}

static inline void drop(struct bits *bits, unsigned count)
{
	bits->held >>= count;
	bits->count -= count;
}

static unsigned get(struct bits *bits, unsigned count)
{
	unsigned value = peek(bits, count);

	drop(bits, count);
	return value;
}

/* How many bits of the stream were taken. */
static uint64_t position(const struct bits *bits, const uint8_t *begin)
{
	return 8 * (uint64_t)(bits->at - begin) - bits->count;
}

static unsigned reverse(unsigned code, unsigned length)
{
	unsigned reversed = 0;

	for (unsigned i = 0; i < length; i++)
		reversed |= (code >> i & 1) << (length - 1 - i);
	return reversed;
}

/* Fills a table that has room for codes of `most` bits, from the codes'
 * lengths (RFC 1951, 3.2.2); `entry` makes an entry of a symbol. The table is
 * doubled for each bit more. Returns the bits that index it, 0 when the codes
 * are none. */
static unsigned make_table(const uint8_t *lengths, unsigned count,
			   unsigned most,
			   uint32_t (*entry)(unsigned symbol, unsigned length),
			   uint32_t *ret_table)
{
	unsigned bits = 0, code = 0;

	for (unsigned i = 0; i < count; i++)
		bits = lengths[i] > bits ? lengths[i] : bits;
	if (bits > most)
		return 0;
	ret_table[0] = ENTRY_NONE;
	for (unsigned length = 1; length <= (bits ? bits : 1); length++) {
		unsigned half = 1U << (length - 1);

		memcpy(ret_table + half, ret_table, half * sizeof(*ret_table));
		code <<= 1;
		for (unsigned i = 0; i < count; i++) {
			if (lengths[i] != length)
				continue;
			if (code >> length)
				return 0;
			ret_table[reverse(code++, length)] = entry(i, length);
		}
	}
	return bits ? bits : 1;
}

static uint32_t litlen_entry(unsigned symbol, unsigned length)
{
	static const uint16_t bases[] = { 3,  4,  5,  6,   7,	8,   9,	  10,
					  11, 13, 15, 17,  19,	23,  27,  31,
					  35, 43, 51, 59,  67,	83,  99,  115,
					  131, 163, 195, 227, 258 };
	unsigned i = symbol - END_OF_BLOCK - 1;
	unsigned extra = i < 8 || i == 28 ? 0 : i / 4 - 1;

	if (symbol < END_OF_BLOCK)
		return ENTRY(length, length, 0, 1U);
	if (symbol == END_OF_BLOCK)
		return ENTRY(length, length, ENTRY_END, 0U);
	if (i > 28)
		return ENTRY_NONE;
	return ENTRY(length + extra, length, ENTRY_MATCH, (unsigned)bases[i]);
}

static uint32_t distance_entry(unsigned symbol, unsigned length)
{
	unsigned extra = symbol < 4 ? 0 : symbol / 2 - 1;

	return symbol < 30 ? ENTRY(length + extra, length, 0, 0U) : ENTRY_NONE;
}

static uint32_t precode_entry(unsigned symbol, unsigned length)
{
	return ENTRY(length, length, 0, symbol);
}

static bool make_tables(struct deflate *deflate, const uint8_t *lengths,
			unsigned litlens, unsigned distances)
{
	deflate->litlen_bits = make_table(lengths, litlens, CODE_MOST,
					  litlen_entry, deflate->litlens);
	deflate->distance_bits = make_table(lengths + litlens, distances,
					    CODE_MOST, distance_entry,
					    deflate->distances);
	return deflate->litlen_bits && deflate->distance_bits;
}

/* The tables of a block with codes of its own. */
static bool read_dynamic(struct deflate *deflate, struct bits *bits)
{
	static const uint8_t order[PRECODES] = { 16, 17, 18, 0,	 8,  7, 9,
						 6,  10, 5,  11, 4,  12, 3,
						 13, 2,	 14, 1,	 15 };
	uint8_t lengths[LITLENS + DISTANCES + 138] = { 0 };
	uint8_t precodes[PRECODES] = { 0 };
	unsigned litlens = get(bits, 5) + 257;
	unsigned distances = get(bits, 5) + 1;
	unsigned count = get(bits, 4) + 4;
	unsigned index;

	for (unsigned i = 0; i < count; i++) {
		if (i == 12 && !refill(bits))
			return false;
		precodes[order[i]] = (uint8_t)get(bits, 3);
	}
	index = make_table(precodes, PRECODES, PRECODE_MOST, precode_entry,
			   deflate->precodes);
	for (unsigned i = 0; i < litlens + distances;) {
		unsigned symbol, again = 1;
		uint32_t entry;

		if (!index || !refill(bits))
			return false;
		entry = deflate->precodes[peek(bits, index)];
		if (entry == ENTRY_NONE)
			return false;
		symbol = ENTRY_BYTES(entry);
		drop(bits, ENTRY_ALL(entry));
		if (symbol == 16)
			again = 3 + get(bits, 2);
		else if (symbol == 17)
			again = 3 + get(bits, 3);
		else if (symbol == 18)
			again = 11 + get(bits, 7);
		if (symbol == 16 && !i)
			return false;
		memset(lengths + i,
		       symbol < 16  ? (int)symbol :
		       symbol == 16 ? lengths[i - 1] :
				      0,
		       again);
		i += again;
	}
	return make_tables(deflate, lengths, litlens, distances);
}

/* The tables of a block with the codes that everybody knows. */
static bool read_fixed(struct deflate *deflate)
{
	uint8_t lengths[LITLENS + DISTANCES];

	memset(lengths, 8, 144);
	memset(lengths + 144, 9, 112);
	memset(lengths + 256, 7, 24);
	memset(lengths + 280, 8, 8);
	memset(lengths + LITLENS, 5, DISTANCES);
	return make_tables(deflate, lengths, LITLENS, DISTANCES);
}

/* Goes through a block's symbols, counting what they stand for. */
static bool pass_symbols(const struct deflate *deflate, struct bits *from,
			 uint64_t *bytes)
{
	const unsigned litlen_bits = deflate->litlen_bits;
	const unsigned distance_bits = deflate->distance_bits;
	struct bits bits = *from;
	uint64_t count = *bytes;
	uint32_t entry;

	do {
		if (!refill(&bits))
			return false;
		entry = deflate->litlens[peek(&bits, litlen_bits)];
		/* 15 bits of a literal each leave 20 and 28 of a match */
		while (!(entry & (ENTRY_MATCH | ENTRY_END | ENTRY_NONE))) {
			count++;
			drop(&bits, ENTRY_ALL(entry));
			if (bits.count < 48 && !refill(&bits))
				return false;
			entry = deflate->litlens[peek(&bits, litlen_bits)];
		}
		count += ENTRY_BYTES(entry) +
			 (peek(&bits, ENTRY_ALL(entry)) >> ENTRY_CODE(entry));
		drop(&bits, ENTRY_ALL(entry));
		if (entry & ENTRY_MATCH) {
			uint32_t distance =
				deflate->distances[peek(&bits, distance_bits)];

			drop(&bits, ENTRY_ALL(distance));
			entry |= distance & ENTRY_NONE;
		}
	} while (!(entry & (ENTRY_END | ENTRY_NONE)));
	*from = bits;
	*bytes = count;
	return entry & ENTRY_END;
}

/* Goes past a stored block's bytes. */
static bool pass_stored(struct bits *bits, const uint8_t *begin,
			uint64_t *bytes)
{
	const uint8_t *at = begin + (position(bits, begin) + 7) / 8;
	unsigned size;

	if (at > bits->limit)
		return false;
	size = at[0] | (unsigned)at[1] << 8;
	*bytes += size;
	*bits = (struct bits){ at + 4 + size, bits->limit, 0, 0 };
	return (at[2] ^ at[0]) == 255 && (at[3] ^ at[1]) == 255;
}

/* Finds the bit at which the last block of a stream begins, and the one behind
 * its end. */
static bool find_last(struct deflate *deflate, const uint8_t *data, size_t size,
		      size_t plain, uint64_t *ret_last, uint64_t *ret_end)
{
	/* up to 8 bytes are held that were not taken */
	struct bits bits = { .at = data, .limit = data + size + 8 };
	uint64_t bytes = 0;
	bool last, passed;

	do {
		*ret_last = position(&bits, data);
		if (!refill(&bits))
			return false;
		last = get(&bits, 1);
		switch (get(&bits, 2)) {
		case 0:
			passed = pass_stored(&bits, data, &bytes);
			break;
		case 1:
			passed = read_fixed(deflate) &&
				 pass_symbols(deflate, &bits, &bytes);
			break;
		case 2:
			passed = read_dynamic(deflate, &bits) &&
				 pass_symbols(deflate, &bits, &bytes);
			break;
		default:
			passed = false;
		}
	} while (passed && !last);
	*ret_end = position(&bits, data);
	return passed && bytes == plain && (*ret_end + 7) / 8 == size;
}

bool deflate_piece(struct deflate *deflate, const void *data, size_t size,
		   uint8_t *ret_piece, size_t *ret_size, struct error *err)
{
	uint64_t last, end;
	size_t made = libdeflate_deflate_compress(
		deflate->compressor, data, size, ret_piece,
		deflate_room(size) - STORED_SIZE - PADDING);

	memset(ret_piece + made, 0, PADDING);
	if (!made || !find_last(deflate, ret_piece, made, size, &last, &end))
		return fail(err, FAULT_INTERNAL,
			    "libdeflate made a stream that is not understood");
	ret_piece[last / 8] &= (uint8_t) ~(1U << last % 8);
	/* the stored block's three bits, all zero, then up to the byte */
	made = (end + 3 + 7) / 8;
	memcpy(ret_piece + made, "\0\0\377\377", 4);
	*ret_size = made + 4;
	return true;
}
