/* carry.c - blocks of a chain that a layer of another one does not show yet */
#include "images/carry.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "images/base/digest.h"

/* A block of each chain. */
struct pair {
	uint8_t *there, *here; /* BLOCK_SIZE bytes; owned */
	bool read;	       /* `there` is the block's */
};

static void pair_done(struct pair *pair)
{
	free(pair->there);
	free(pair->here);
}

#define auto_pair __attribute__((cleanup(pair_done))) struct pair

static uint64_t blocks_of(const struct carry *carry)
{
	return (carry->size + BLOCK_SIZE - 1) / BLOCK_SIZE;
}

/* Digests if there are lists, and where the chain shows data. */
static bool side_open(struct side *side, uint64_t blocks,
		      const struct chain *chain, const struct layer_ref *layers,
		      size_t count, struct error *err)
{
	if (!blockmap_new(blocks, &side->map, err))
		return false;
	return !count ||
	       (blockmap_add_data(&side->map, 1, chain, layers, count, err) &&
		digests_load(chain, layers, count, &side->digests, err));
}

static void side_done(struct side *side)
{
	disk_close(side->disk);
	digests_free(side->digests);
	blockmap_free(side->map);
	*side = (struct side){ .disk = NULL };
}

/* Notes that what has failed is the source. */
static bool at_source(struct carry *carry, bool ok)
{
	carry->damaged |= !ok;
	return ok;
}

bool carry_open_from(struct carry *carry, struct chain *chain,
		     const struct layer_ref *layers, size_t count,
		     struct error *err)
{
	struct side *from = &carry->from;

	return at_source(
		carry,
		side_open(from, blocks_of(carry), chain, layers, count, err) &&
			(!from->digests ||
			 digests_take_keys(chain, from->digests, err)) &&
			disk_open(chain, layers, &from->disk, err));
}

bool carry_open_to(struct carry *carry, struct chain *chain,
		   const struct layer_ref *layers, size_t count,
		   struct error *err)
{
	uint64_t blocks = blocks_of(carry);

	return blockmap_new(blocks, &carry->held, err) &&
	       blockmap_add_held(carry->held, chain, layers, err) &&
	       side_open(&carry->below, blocks, chain, layers + 1, count - 1,
			 err) &&
	       disk_open_write(chain, layers, &carry->below.disk, err);
}

/* A block as it can be read; zeros follow the disk's end. */
static bool read_block(const struct side *side, uint64_t block,
		       uint8_t *ret_data, struct error *err)
{
	return disk_read(side->disk, ret_data, BLOCK_SIZE, block * BLOCK_SIZE,
			 err);
}

/* What a side says of a block: by its list, by its tables where it holds
 * nothing, or by the bytes. */
static bool find_digest(const struct side *side, uint64_t block, bool trusted,
			uint8_t *data, uint8_t ret_digest[BLOCK_DIGEST_SIZE],
			struct error *err)
{
	const uint8_t *known = NULL;

	if (trusted && side->digests)
		known = digests_get(side->digests, block);
	else if (!trusted || blockmap_has(side->map, block)) {
		if (!read_block(side, block, data, err))
			return false;
		sha256(data, BLOCK_SIZE, ret_digest);
		return true;
	}
	memcpy(ret_digest, known ? known : digest_of_zeros, BLOCK_DIGEST_SIZE);
	return true;
}

/* Whether a block here is what it is there, by digests. */
static bool compare_digests(struct carry *carry, uint64_t block,
			    struct pair *pair, bool *ret_same,
			    struct error *err)
{
	bool held = blockmap_has(carry->held, block);
	uint8_t wanted[BLOCK_DIGEST_SIZE], is[BLOCK_DIGEST_SIZE];

	if (!at_source(carry, find_digest(&carry->from, block, true,
					  pair->there, wanted, err)) ||
	    !find_digest(&carry->below, block, !held, pair->here, is, err))
		return false;
	pair->read = !carry->from.digests &&
		     blockmap_has(carry->from.map, block);
	*ret_same = memcmp(wanted, is, sizeof(is)) == 0;
	return true;
}

/* The same by the bytes; where neither holds anything there are none. */
static bool compare_bytes(struct carry *carry, uint64_t block,
			  struct pair *pair, bool *ret_same, struct error *err)
{
	bool there = blockmap_has(carry->from.map, block);
	bool here = blockmap_has(carry->held, block) ||
		    blockmap_has(carry->below.map, block);

	memset(pair->there, 0, BLOCK_SIZE);
	memset(pair->here, 0, BLOCK_SIZE);
	if ((there && !at_source(carry, read_block(&carry->from, block,
						   pair->there, err))) ||
	    (here && !read_block(&carry->below, block, pair->here, err)))
		return false;
	pair->read = true;
	*ret_same = (!there && !here) ||
		    memcmp(pair->there, pair->here, BLOCK_SIZE) == 0;
	return true;
}

/* Reads a block there, unless the comparison has, makes sure that it is what
 * its digest says, and writes it here. */
static bool carry_block(struct carry *carry, uint64_t block,
			const struct pair *pair, struct error *err)
{
	const struct side *from = &carry->from;
	uint64_t at = block * BLOCK_SIZE;
	uint64_t size = carry->size - at;

	if (!pair->read &&
	    !at_source(carry, read_block(from, block, pair->there, err)))
		return false;
	if (!at_source(carry,
		       !from->digests || digests_check(from->digests, block,
						       pair->there)))
		return fail(err, FAULT_INTERNAL,
			    "block %" PRIu64 " of the source is not what it "
			    "was when it was frozen",
			    block);
	carry->carried++;
	return disk_write(carry->below.disk, pair->there,
			  size < BLOCK_SIZE ? (size_t)size : BLOCK_SIZE, at,
			  err);
}

bool carry_blocks(struct carry *carry, struct error *err)
{
	auto_pair pair = { malloc(BLOCK_SIZE), malloc(BLOCK_SIZE), false };
	uint64_t blocks = blocks_of(carry);
	bool same;

	if (!pair.there || !pair.here)
		return fail_memory(err);
	for (uint64_t block = 0; block < blocks; block++)
		if (!carry->tell(carry->data, block, blocks, err) ||
		    !(carry->plain ? compare_digests : compare_bytes)(
			    carry, block, &pair, &same, err) ||
		    (!same && !carry_block(carry, block, &pair, err)))
			return false;
	return disk_flush(carry->below.disk, err);
}

void carry_done(struct carry *carry)
{
	side_done(&carry->from);
	side_done(&carry->below);
	blockmap_free(carry->held);
	carry->held = NULL;
}
