/* block.c - the blocks of completed snapshots
 *
 * Nothing is remembered between two pages: each is answered from the tables of
 * the layers alone, which takes milliseconds, so that a listing holds nothing
 * up and ends with nobody.
 */
#include "images/block.h"

#include <stdio.h>
#include <string.h>

#include "images/authorise.h"
#include "images/chain/digests.h"
#include "images/registry/layer.h"
#include "images/turn.h"
#include "images/volume.h"

#define TOKEN_LIFE (7 * 86400 * USEC_PER_SEC)
#define ABOUT_SIZE 96

/* A snapshot under examination. */
struct side {
	struct snapshot snapshot;
	const struct layer_ref *layers; /* top first */
	size_t count;
	char about[ABOUT_SIZE];
	struct blockmap *map;	 /* where it shows data; owned */
	struct digests *digests; /* NULL: not all there; owned */
};

static void side_done(struct side *side)
{
	blockmap_free(side->map);
	digests_free(side->digests);
}

#define auto_side __attribute__((cleanup(side_done))) struct side

uint64_t block_count(int64_t size)
{
	return (uint64_t)size * (GIB / BLOCK_SIZE);
}

bool block_layers(struct call *call, const char *id, struct arena *arena,
		  struct snapshot *ret_snapshot,
		  const struct layer_ref **ret_layers, size_t *ret_count,
		  struct error *err)
{
	const struct layer *layers;
	struct layer_ref *refs;

	if (!authorise_snapshot(call, RIGHT_SEE, id, arena, ret_snapshot, err))
		return false;
	if (strcmp(ret_snapshot->state, "completed") != 0)
		return fail(err, FAULT_EBS_SNAPSHOT_ID,
			    "The snapshot '%s' is in state %s, not completed.",
			    id, ret_snapshot->state);
	if (!layer_chain(call->store->db, ret_snapshot->layer, arena, &layers,
			 ret_count, err))
		return false;
	refs = arena_alloc(arena, *ret_count * sizeof(*refs));
	if (!refs)
		return fail_memory(err);
	for (size_t i = 0; i < *ret_count; i++) {
		refs[i].name = layers[i].name;
		refs[i].format = layers[i].format[0] == 'r' ? LAYER_RAW :
							      LAYER_QCOW2;
	}
	*ret_layers = refs;
	return true;
}

/* What a token of one of its blocks is about. */
static void about_block(const struct call *call, const char *snapshot,
			char ret_about[ABOUT_SIZE])
{
	snprintf(ret_about, ABOUT_SIZE, "block %s %s", call->account, snapshot);
}

static bool side_open(struct call *call, const char *id, struct arena *arena,
		      struct side *ret_side, struct error *err)
{
	about_block(call, id, ret_side->about);
	return block_layers(call, id, arena, &ret_side->snapshot,
			    &ret_side->layers, &ret_side->count, err) &&
	       blockmap_new(block_count(ret_side->snapshot.size),
			    &ret_side->map, err) &&
	       blockmap_add_data(ret_side->map, call->store->chain,
				 ret_side->layers, ret_side->count, err);
}

static bool side_has_layer(const struct side *side, const char *name)
{
	for (size_t i = 0; i < side->count; i++)
		if (strcmp(side->layers[i].name, name) == 0)
			return true;
	return false;
}

/* Adds what one side's layers hold that the other one does not stand on. */
static bool add_unshared(struct call *call, struct blockmap *map,
			 const struct side *side, const struct side *other,
			 bool *shared, struct error *err)
{
	for (size_t i = 0; i < side->count; i++) {
		if (side_has_layer(other, side->layers[i].name))
			*shared = true;
		else if (!blockmap_add_held(map, call->store->chain,
					    &side->layers[i], err))
			return false;
	}
	return true;
}

/* The blocks in which two snapshots may differ: what is held by layers that
 * only one of them stands on. */
static bool differing(struct call *call, const struct side *first,
		      const struct side *second, struct blockmap **ret_map,
		      struct error *err)
{
	int64_t size = first->snapshot.size > second->snapshot.size ?
			       first->snapshot.size :
			       second->snapshot.size;
	auto_of(blockmap) map = NULL;
	bool shared = false;

	if (!blockmap_new(block_count(size), &map, err) ||
	    !add_unshared(call, map, first, second, &shared, err) ||
	    !add_unshared(call, map, second, first, &shared, err))
		return false;
	if (!shared && (strcmp(first->snapshot.volume,
			       second->snapshot.volume) != 0 ||
			strcmp(first->snapshot.volume, "vol-ffffffff") == 0))
		return fail(err, FAULT_EBS_UNRELATED,
			    "The snapshots '%s' and '%s' are not of the same "
			    "volume or lineage.",
			    first->snapshot.id, second->snapshot.id);
	*ret_map = take(map);
	return true;
}

static bool load_digests(struct call *call, struct side *side,
			 struct error *err)
{
	return digests_load(call->store->chain, side->layers, side->count,
			    &side->digests, err);
}

/* Whether a digest, NULL for what was never written, is that of zeros. */
static bool is_zero(const uint8_t *digest)
{
	return !digest || memcmp(digest, digest_of_zeros, SHA256_SIZE) == 0;
}

/* Whether a block holds anything, as far as is known. */
static bool holds(const struct side *side, uint64_t block)
{
	return side->map && blockmap_has(side->map, block) &&
	       !(side->digests && is_zero(digests_get(side->digests, block)));
}

/* Whether two snapshots differ in a block that a layer of only one holds. */
static bool differs(const struct side *first, const struct side *second,
		    uint64_t block)
{
	if (!holds(first, block) || !holds(second, block))
		return holds(first, block) || holds(second, block);
	return !first->digests || !second->digests ||
	       memcmp(digests_get(first->digests, block),
		      digests_get(second->digests, block), SHA256_SIZE) != 0;
}

/* The token of a side's block; NULL where it holds nothing. */
static const char *token_of(const struct side *side, uint64_t block,
			    const struct seal *seal, usec_t expires,
			    char text[SEAL_SIZE])
{
	if (!holds(side, block))
		return NULL;
	seal_close(seal, block, expires, side->about, text);
	return text;
}

static void walk(struct block_listing *listing, const struct blockmap *map,
		 const struct side *first, const struct side *second,
		 const struct seal *seal, block_fn *found, void *data)
{
	uint64_t block = blockmap_next(map, listing->start);
	size_t count = 0;

	for (; block != BLOCK_NONE; block = blockmap_next(map, block + 1)) {
		char of_first[SEAL_SIZE], of_second[SEAL_SIZE];

		if (listing->first && !differs(first, second, block))
			continue;
		if (listing->most && count++ == listing->most)
			break;
		found(data, block,
		      token_of(first, block, seal, listing->expires, of_first),
		      token_of(second, block, seal, listing->expires,
			       of_second));
	}
	listing->next = block;
}

bool block_list(struct call *call, struct block_listing *listing,
		block_fn *found, void *data, struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_side first = { .map = NULL }, second = { .map = NULL };
	auto_of(blockmap) changed = NULL;
	auto_turn pin = TURN_INIT;
	struct seal seal;

	if (!arena)
		return fail_memory(err);
	if (!turn_pin(call, &pin, err))
		return false;
	if (listing->first &&
	    !side_open(call, listing->first, arena, &first, err))
		return false;
	if (!side_open(call, listing->second, arena, &second, err))
		return false;
	if (listing->first &&
	    (!differing(call, &first, &second, &changed, err) ||
	     !load_digests(call, &first, err) ||
	     !load_digests(call, &second, err)))
		return false;
	if (!seal_open(call, &seal, err))
		return false;
	listing->size = second.snapshot.size;
	listing->expires = call->now + TOKEN_LIFE;
	listing->exact = (first.digests && second.digests) || !changed ||
			 blockmap_next(changed, 0) == BLOCK_NONE;
	walk(listing, changed ? changed : second.map, &first, &second, &seal,
	     found, data);
	return true;
}

bool block_read(struct call *call, const char *snapshot, uint64_t block,
		const char *token, void *ret_data, struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_of(disk) disk = NULL;
	auto_turn pin = TURN_INIT;
	const struct layer_ref *layers;
	char about[ABOUT_SIZE];
	struct snapshot row;
	struct seal seal;
	uint64_t number;
	size_t count;

	if (!arena)
		return fail_memory(err);
	if (!turn_pin(call, &pin, err) ||
	    !block_layers(call, snapshot, arena, &row, &layers, &count, err) ||
	    !seal_open(call, &seal, err))
		return false;
	about_block(call, snapshot, about);
	if (!seal_check(&seal, token, call->now, about, &number) ||
	    number != block)
		return fail(err, FAULT_EBS_BLOCK_TOKEN,
			    "The block token is not valid for block %llu of "
			    "snapshot '%s', or has expired.",
			    (unsigned long long)block, snapshot);
	return disk_open(call->store->chain, &layers[0], &disk, err) &&
	       disk_read(disk, ret_data, BLOCK_SIZE, block * BLOCK_SIZE, err);
}
