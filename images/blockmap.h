/* blockmap.h - which 512 KiB blocks of a disk have something about them
 *
 * A set of block numbers, made of what layers say that they hold. Zeros are
 * tracked in parts of 64 KiB: zeros that cover less hide nothing from below, so
 * that a block may be listed which reads as zeros, and none is ever missing.
 */
#ifndef QAMI_IMAGES_BLOCKMAP_H
#define QAMI_IMAGES_BLOCKMAP_H

#include "images/base/auto.h"
#include "images/chain/chain.h"

#define BLOCK_NONE UINT64_MAX

struct blockmap;

/* An empty set over a disk of that many blocks. */
bool blockmap_new(uint64_t blocks, struct blockmap **ret_map, struct error *err)
	must_check;
void blockmap_free(struct blockmap *map);
AUTO_DEFINE(blockmap, blockmap_free)

/* Adds the blocks in which layers, top first, show data: what an upper one has
 * zeroed is none. More of the chain may follow in a further call, and go into
 * several maps at once where chains have their lower part in common. */
bool blockmap_add_data(struct blockmap *const *maps, size_t map_count,
		       const struct chain *chain,
		       const struct layer_ref *layers, size_t count,
		       struct error *err) must_check;

/* Adds the blocks in which one layer decides anything, zeros too. */
bool blockmap_add_held(struct blockmap *map, const struct chain *chain,
		       const struct layer_ref *layer, struct error *err)
	must_check;

/* Adds one block of the disk. */
bool blockmap_add(struct blockmap *map, uint64_t block, struct error *err)
	must_check;

bool blockmap_has(const struct blockmap *map, uint64_t block);

/* The first block of the set from `block` on; BLOCK_NONE: there is none. */
uint64_t blockmap_next(const struct blockmap *map, uint64_t block);

#endif
