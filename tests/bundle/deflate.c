/* deflate.c - pieces put together are one stream that zlib reads to its end */
#include "bundle/deflate.h"

#include <zlib.h>

#include "tests/images/chain/testing.h"

#define MOST (3 << 20)

static struct error err;
static uint8_t plain[MOST], got[MOST];

/* Of each kind that a disk has: bytes of noise, text that repeats, zeros. */
static void fill(uint8_t *to, size_t size, unsigned kind)
{
	static uint32_t noise = 1;

	for (size_t i = 0; i < size; i++) {
		noise = noise * 1664525 + 1013904223;
		to[i] = kind == 0 ?
				(uint8_t)(noise >> 24) :
			kind == 1 ?
				(uint8_t)("etaoin shrdlu"[noise >> 24 & 11]) :
			kind == 2 ? (uint8_t)(i / 700 * 7) :
			kind == 3 ? (uint8_t)(noise >> 30) :
				    0;
	}
}

/* Puts pieces of these sizes together and has zlib read them. */
static void whole(int level, const size_t *sizes, size_t count)
{
	auto_of(deflate) deflate = deflate_new(level);
	uint8_t *stream = malloc(deflate_room(MOST) + 64 * deflate_room(0));
	size_t used = 0, total = 0, size;
	z_stream zlib = { 0 };

	check(deflate && stream);
	for (size_t i = 0; i < count; i++) {
		fill(plain + total, sizes[i], (unsigned)i % 5);
		good(deflate_piece(deflate, plain + total, sizes[i],
				   stream + used, &size, &err));
		check(size <= deflate_room(sizes[i]));
		used += size;
		total += sizes[i];
	}
	memcpy(stream + used, DEFLATE_END, DEFLATE_END_SIZE);
	used += DEFLATE_END_SIZE;
	check(inflateInit2(&zlib, -15) == Z_OK);
	zlib.next_in = stream;
	zlib.avail_in = (unsigned)used;
	zlib.next_out = got;
	zlib.avail_out = sizeof(got);
	check(inflate(&zlib, Z_FINISH) == Z_STREAM_END);
	check(zlib.avail_in == 0 && zlib.total_out == total);
	check(memcmp(got, plain, total) == 0);
	inflateEnd(&zlib);
	free(stream);
}

/* Zeros, and noise that cannot be made smaller, take no more room than the
 * format has to. */
static void sizes_of_pieces(void)
{
	auto_of(deflate) deflate = deflate_new(DEFLATE_LEVEL);
	uint8_t *stream = malloc(deflate_room(1 << 20));
	size_t size;

	check(deflate && stream);
	fill(plain, 1 << 20, 4);
	good(deflate_piece(deflate, plain, 1 << 20, stream, &size, &err));
	check(size < 1200);
	fill(plain, 1 << 20, 0);
	good(deflate_piece(deflate, plain, 1 << 20, stream, &size, &err));
	check(size < (1 << 20) + 200);
	free(stream);
}

int main(void)
{
	static const size_t small[] = { 1,   2,	  3,   4,  5,	7,   8,
					100, 511, 512, 513, 1000, 4095, 4096,
					1,   1,	  1,   1,  258,	259, 65535,
					65536, 65537 };
	static const size_t large[] = { 1 << 20, 700001, 300000, 400000,
					99999 };
	size_t kinds[5] = { 0 };

	for (int level = 1; level <= DEFLATE_LEVEL_MOST; level++) {
		whole(level, small, sizeof(small) / sizeof(*small));
		whole(level, large, sizeof(large) / sizeof(*large));
		/* each kind alone, at every size of the last byte */
		for (unsigned kind = 0; kind < 5; kind++)
			for (size_t size = 1; size < 3000; size += 37) {
				kinds[kind] = size;
				whole(level, kinds, kind + 1);
				kinds[kind] = 0;
			}
	}
	whole(DEFLATE_LEVEL, NULL, 0);
	sizes_of_pieces();
	return 0;
}
