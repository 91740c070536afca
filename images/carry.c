/* carry.c - blocks of a region that a layer here does not show yet
 *
 * What has to be read there is asked for as soon as that is known, and taken
 * when so much is under way that the first of it will have come: between the
 * two lies the way there and back.
 */
#include "images/carry.h"

#include <stdlib.h>
#include <string.h>

#include "images/base/digest.h"

/* A block that was asked for. */
struct wanted {
	uint64_t block;
	bool differs; /* else that is seen when it is there */
};

/* The blocks under way, in a ring, and one of each side. */
struct way {
	struct wanted wanted[FAR_AHEAD];
	size_t first, count;
	uint8_t *there, *here; /* BLOCK_SIZE bytes; owned */
};

static void way_done(struct way *way)
{
	free(way->there);
	free(way->here);
}

#define auto_way __attribute__((cleanup(way_done))) struct way

static uint64_t blocks_of(const struct carry *carry)
{
	return (carry->from->size + BLOCK_SIZE - 1) / BLOCK_SIZE;
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

/* Notes that what has failed is the source. */
static bool at_source(struct carry *carry, bool ok)
{
	carry->damaged |= !ok;
	return ok;
}

bool carry_since(struct carry *carry, size_t older, struct error *err)
{
	const struct far_disk_ops *ops = carry->from->ops;
	bool known = false;

	if (!ops->since)
		return true;
	if (!blockmap_new(blocks_of(carry), &carry->changed, err) ||
	    !at_source(carry, ops->since(carry->from, older, carry->changed,
					 &known, err)))
		return false;
	if (!known)
		blockmap_free(take(carry->changed));
	return true;
}

/* A block as it can be read here, zeros where nothing is held. */
static bool read_here(const struct carry *carry, uint64_t block, uint8_t *data,
		      struct error *err)
{
	if (blockmap_has(carry->held, block) ||
	    blockmap_has(carry->below.map, block))
		return disk_read(carry->below.disk, data, BLOCK_SIZE,
				 block * BLOCK_SIZE, err);
	memset(data, 0, BLOCK_SIZE);
	return true;
}

/* What the lists say of a block here; NULL where they cannot be asked: of what
 * the layer itself holds, and of what is encrypted. */
static const uint8_t *listed_here(const struct carry *carry, uint64_t block)
{
	const struct digests *digests = carry->below.digests;
	const uint8_t *digest;

	if (!carry->plain || blockmap_has(carry->held, block) ||
	    (!digests && blockmap_has(carry->below.map, block)))
		return NULL;
	digest = digests ? digests_get(digests, block) : NULL;
	return digest ? digest : digest_of_zeros;
}

static bool is_zeros(const uint8_t *data)
{
	return !data[0] && memcmp(data, data + 1, BLOCK_SIZE - 1) == 0;
}

/* Whether a block here is what it is there by the lists of both; false when
 * they cannot say it. */
static bool compare_listed(const struct carry *carry, uint64_t block,
			   bool there, bool *ret_same)
{
	const struct far_disk *from = carry->from;
	const uint8_t *listed = listed_here(carry, block);
	const uint8_t *wanted = there ? from->ops->digest(from, block) :
					digest_of_zeros;

	if (listed && wanted)
		*ret_same = memcmp(listed, wanted, BLOCK_DIGEST_SIZE) == 0;
	return listed && wanted;
}

/* Whether nothing need be known of a block but that it has not changed. */
static bool is_unchanged(const struct carry *carry, uint64_t block)
{
	return carry->changed && !blockmap_has(carry->changed, block) &&
	       !blockmap_has(carry->held, block);
}

bool carry_differing(const struct carry *carry, struct blockmap *map,
		     struct error *err)
{
	uint64_t blocks = blocks_of(carry);

	for (uint64_t block = 0; block < blocks; block++) {
		bool there = carry->from->ops->has(carry->from, block);
		bool same = !there && !blockmap_has(carry->held, block) &&
			    !blockmap_has(carry->below.map, block);

		if (same || is_unchanged(carry, block) ||
		    (compare_listed(carry, block, there, &same) && same))
			continue;
		if (!blockmap_add(map, block, err))
			return false;
	}
	return true;
}

/* Whether a block here is what it is there, as far as that can be said without
 * reading it there. */
static bool compare_unread(const struct carry *carry, uint64_t block,
			   struct way *way, bool *ret_same, struct error *err)
{
	const struct far_disk *from = carry->from;
	bool there = from->ops->has(from, block);

	if (compare_listed(carry, block, there, ret_same))
		return true;
	if (!read_here(carry, block, way->here, err))
		return false;
	*ret_same = there ? from->ops->matches(from, block, way->here) :
			    is_zeros(way->here);
	return true;
}

/* The same when it has been read. */
static bool compare_read(const struct carry *carry, uint64_t block,
			 struct way *way, bool *ret_same, struct error *err)
{
	const uint8_t *listed = listed_here(carry, block);
	uint8_t is[BLOCK_DIGEST_SIZE];

	if (listed) {
		sha256(way->there, BLOCK_SIZE, is);
		*ret_same = memcmp(listed, is, sizeof(is)) == 0;
		return true;
	}
	if (!read_here(carry, block, way->here, err))
		return false;
	*ret_same = memcmp(way->there, way->here, BLOCK_SIZE) == 0;
	return true;
}

static bool write_here(struct carry *carry, uint64_t block, const uint8_t *data,
		       struct error *err)
{
	uint64_t at = block * BLOCK_SIZE;
	uint64_t size = carry->from->size - at;

	carry->carried++;
	return disk_write(carry->below.disk, data,
			  size < BLOCK_SIZE ? (size_t)size : BLOCK_SIZE, at,
			  err);
}

/* Takes the first block that is under way, and writes it if it differs. */
static bool arrive(struct carry *carry, struct way *way, struct error *err)
{
	struct far_disk *from = carry->from;
	struct wanted wanted = way->wanted[way->first];
	bool same = false;

	way->first = (way->first + 1) % FAR_AHEAD;
	way->count--;
	return at_source(carry, from->ops->read(from, wanted.block, way->there,
						err)) &&
	       (wanted.differs ||
		compare_read(carry, wanted.block, way, &same, err)) &&
	       (same || write_here(carry, wanted.block, way->there, err));
}

/* Asks for a block; to make room for it another one arrives. */
static bool ask(struct carry *carry, struct way *way, uint64_t block,
		bool differs, struct error *err)
{
	struct far_disk *from = carry->from;

	if (way->count == FAR_AHEAD && !arrive(carry, way, err))
		return false;
	way->wanted[(way->first + way->count++) % FAR_AHEAD] =
		(struct wanted){ block, differs };
	return !from->ops->want ||
	       at_source(carry, from->ops->want(from, block, err));
}

/* Does what is to be done about a block. */
static bool look_at(struct carry *carry, struct way *way, uint64_t block,
		    struct error *err)
{
	const struct far_disk *from = carry->from;
	bool there, same;

	if (is_unchanged(carry, block))
		return true;
	there = from->ops->has(from, block);
	if (there && !from->listed)
		return ask(carry, way, block, false, err);
	if (!compare_unread(carry, block, way, &same, err))
		return false;
	if (same)
		return true;
	if (there)
		return ask(carry, way, block, true, err);
	memset(way->here, 0, BLOCK_SIZE);
	return write_here(carry, block, way->here, err);
}

bool carry_blocks(struct carry *carry, struct error *err)
{
	auto_way way = { .there = malloc(BLOCK_SIZE),
			 .here = malloc(BLOCK_SIZE) };
	uint64_t blocks = blocks_of(carry);

	if (!way.there || !way.here)
		return fail_memory(err);
	for (uint64_t block = 0; block < blocks; block++)
		if (!carry->tell(carry->data, block, blocks, err) ||
		    !look_at(carry, &way, block, err))
			return false;
	while (way.count)
		if (!carry->tell(carry->data, way.wanted[way.first].block,
				 blocks, err) ||
		    !arrive(carry, &way, err))
			return false;
	return disk_flush(carry->below.disk, err);
}

void carry_done(struct carry *carry)
{
	side_done(&carry->below);
	blockmap_free(take(carry->held));
	blockmap_free(take(carry->changed));
}
