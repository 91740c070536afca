/* blockmap.c - sets of blocks
 *
 * Two bits for each 64 KiB: whether an upper layer has decided it, and whether
 * there is data. They are kept in chunks that are made when something falls
 * into them, so that an empty disk of 64 TiB costs a table of pointers.
 */
#include "images/blockmap.h"

#include <string.h>

#include "images/chain/blocks.h"
#include "images/chain/map.h"

#define PART_SIZE (64 * 1024U)
#define PARTS 8 /* of a block, a bit each */
#define CHUNK_BLOCKS 4096

_Static_assert(PART_SIZE *PARTS == BLOCK_SIZE, "a byte has a bit a part");

struct chunk {
	uint8_t decided[CHUNK_BLOCKS];
	uint8_t data[CHUNK_BLOCKS];
};

struct blockmap {
	uint64_t blocks;
	size_t chunk_count;
	struct chunk *chunks[];
};

bool blockmap_new(uint64_t blocks, struct blockmap **ret_map, struct error *err)
{
	size_t count = (size_t)((blocks + CHUNK_BLOCKS - 1) / CHUNK_BLOCKS);
	struct blockmap *map =
		calloc(1, sizeof(*map) + count * sizeof(map->chunks[0]));

	if (!map)
		return fail_memory(err);
	map->blocks = blocks;
	map->chunk_count = count;
	*ret_map = map;
	return true;
}

void blockmap_free(struct blockmap *map)
{
	for (size_t i = 0; map && i < map->chunk_count; i++)
		free(map->chunks[i]);
	free(map);
}

static struct chunk *chunk_get(struct blockmap *map, uint64_t block)
{
	struct chunk **chunk = &map->chunks[block / CHUNK_BLOCKS];

	if (!*chunk)
		*chunk = calloc(1, sizeof(**chunk));
	return *chunk;
}

/* The bits of the parts from `first` up to before `end`, as far as they are
 * the block's. */
static uint8_t part_bits(uint64_t block, uint64_t first, uint64_t end)
{
	uint64_t begin = block * PARTS;
	unsigned from = first > begin ? (unsigned)(first - begin) : 0;
	unsigned to = end < begin + PARTS ? (unsigned)(end - begin) : PARTS;

	return (uint8_t)((0xffU << from) & (0xffU >> (PARTS - to)));
}

/* Adds one extent: what is data to what there is, unless an upper layer has
 * decided, what is zero to what is decided. With `held` everything is data, and
 * nothing is decided. */
static bool paint_one(struct blockmap *map, const struct extent *extent,
		      bool held, struct error *err)
{
	uint64_t end = extent->offset + extent->length;
	bool zero = extent->zero && !held;
	/* data that touches a part is in it, zeros must cover it */
	uint64_t first =
		(extent->offset + (zero ? PART_SIZE - 1 : 0)) / PART_SIZE;
	uint64_t last = (end + (zero ? 0 : PART_SIZE - 1)) / PART_SIZE;

	if (last > map->blocks * PARTS)
		last = map->blocks * PARTS;
	for (uint64_t block = first / PARTS; block * PARTS < last; block++) {
		struct chunk *chunk = chunk_get(map, block);
		uint8_t bits = part_bits(block, first, last);
		size_t at = block % CHUNK_BLOCKS;

		if (!chunk)
			return fail_memory(err);
		if (!zero)
			chunk->data[at] |= bits & (uint8_t)~chunk->decided[at];
		if (!held)
			chunk->decided[at] |= bits;
	}
	return true;
}

struct painter {
	struct blockmap *const *maps;
	size_t count;
	bool held;
};

static bool paint(void *data, const struct extent *extent, struct error *err)
{
	const struct painter *painter = data;

	for (size_t i = 0; i < painter->count; i++)
		if (!paint_one(painter->maps[i], extent, painter->held, err))
			return false;
	return true;
}

bool blockmap_add_data(struct blockmap *const *maps, size_t map_count,
		       const struct chain *chain,
		       const struct layer_ref *layers, size_t count,
		       struct error *err)
{
	struct painter painter = { maps, map_count, false };

	for (size_t i = 0; i < count; i++)
		if (!layer_map(chain, &layers[i], paint, &painter, err))
			return false;
	return true;
}

bool blockmap_add_held(struct blockmap *map, const struct chain *chain,
		       const struct layer_ref *layer, struct error *err)
{
	struct painter painter = { &map, 1, true };

	return layer_map(chain, layer, paint, &painter, err);
}

bool blockmap_add(struct blockmap *map, uint64_t block, struct error *err)
{
	const struct extent whole = { block * PARTS * PART_SIZE,
				      (uint64_t)PARTS * PART_SIZE, false };

	return paint_one(map, &whole, true, err);
}

bool blockmap_has(const struct blockmap *map, uint64_t block)
{
	const struct chunk *chunk =
		block < map->blocks ? map->chunks[block / CHUNK_BLOCKS] : NULL;

	return chunk && chunk->data[block % CHUNK_BLOCKS];
}

uint64_t blockmap_next(const struct blockmap *map, uint64_t block)
{
	while (block < map->blocks) {
		if (!map->chunks[block / CHUNK_BLOCKS])
			block += CHUNK_BLOCKS - block % CHUNK_BLOCKS;
		else if (blockmap_has(map, block))
			return block;
		else
			block++;
	}
	return BLOCK_NONE;
}
