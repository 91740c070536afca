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
#include "images/encrypt.h"
#include "images/layers.h"
#include "images/registry/layer.h"
#include "images/tier.h"
#include "images/turn.h"
#include "images/volume.h"

#define TOKEN_LIFE (7 * 86400 * USEC_PER_SEC)
#define ABOUT_SIZE 96

/* A snapshot under examination. */
struct side {
	struct snapshot snapshot;
	const struct layer_ref *layers; /* top first */
	size_t count;
	size_t own; /* how many of them the other side does not stand on */
	char about[ABOUT_SIZE];
	struct blockmap *map;	 /* where it shows data; owned */
	struct digests *digests; /* of its own layers; owned, or NULL */
};

/* What a listing is made of: one side, the second, or what two differ in. */
struct question {
	struct side first;
	struct side second;
	struct blockmap *changed; /* where own layers hold something; owned */
	struct digests *common;	  /* of the layers below those; owned */
	bool digested; /* digests say what is there, and there are no maps */
};

static void side_done(struct side *side)
{
	blockmap_free(side->map);
	digests_free(side->digests);
}

static void question_done(struct question *question)
{
	side_done(&question->first);
	side_done(&question->second);
	blockmap_free(question->changed);
	digests_free(question->common);
}

#define auto_question __attribute__((cleanup(question_done))) struct question

uint64_t block_count(int64_t size)
{
	return (uint64_t)size * (GIB / BLOCK_SIZE);
}

bool block_fail_key(struct error *err)
{
	if (err->fault == FAULT_KMS_KEY_NOT_FOUND ||
	    err->fault == FAULT_KMS_KEY_DISABLED ||
	    err->fault == FAULT_KMS_KEY_STATE)
		err->fault = FAULT_EBS_KEY;
	else if (err->fault == FAULT_PARAMETER_DEPENDENCY ||
		 err->fault == FAULT_INVALID_PARAMETER)
		err->fault = FAULT_EBS_PARAMETER;
	return false;
}

bool block_layers(struct call *call, const char *id, struct arena *arena,
		  struct snapshot *ret_snapshot,
		  const struct layer_ref **ret_layers, size_t *ret_count,
		  struct error *err)
{
	if (!authorise_snapshot(call, RIGHT_SEE, id, arena, ret_snapshot, err))
		return false;
	if (strcmp(ret_snapshot->state, "completed") != 0)
		return fail(err, FAULT_EBS_SNAPSHOT_ID,
			    "The snapshot '%s' is in state %s, not completed.",
			    id, ret_snapshot->state);
	if (!tier_check(ret_snapshot, err)) {
		err->fault = FAULT_EBS_SNAPSHOT_ID;
		return false;
	}
	if (!encrypt_may_open(call, ret_snapshot->layer, err))
		return block_fail_key(err);
	return layers_chain(call, ret_snapshot->layer, arena, ret_layers,
			    ret_count, err);
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
	if (!block_layers(call, id, arena, &ret_side->snapshot,
			  &ret_side->layers, &ret_side->count, err))
		return false;
	ret_side->own = ret_side->count;
	return true;
}

/* Finds out what two chains have in common: the lower part of both. */
static void find_common(struct side *first, struct side *second)
{
	while (first->own && second->own &&
	       strcmp(first->layers[first->own - 1].name,
		      second->layers[second->own - 1].name) == 0) {
		first->own--;
		second->own--;
	}
}

static bool related(const struct side *first, const struct side *second,
		    struct error *err)
{
	/* what was flattened shares no layer, but is of the same lineage */
	if (first->own < first->count ||
	    strcmp(first->snapshot.lineage, second->snapshot.lineage) == 0)
		return true;
	return fail(err, FAULT_EBS_UNRELATED,
		    "The snapshots '%s' and '%s' are not of the same volume or "
		    "lineage.",
		    first->snapshot.id, second->snapshot.id);
}

/* Where two snapshots may differ: in what is held by layers that only one of
 * them stands on. */
static bool find_changed(struct call *call, struct question *question,
			 struct error *err)
{
	struct side *const sides[] = { &question->first, &question->second };
	int64_t size = sides[0]->snapshot.size;

	if (sides[1]->snapshot.size > size)
		size = sides[1]->snapshot.size;
	if (!blockmap_new(block_count(size), &question->changed, err))
		return false;
	for (size_t i = 0; i < 2; i++)
		for (size_t j = 0; j < sides[i]->own; j++)
			if (!blockmap_add_held(question->changed,
					       call->store->chain,
					       &sides[i]->layers[j], err))
				return false;
	return true;
}

/* Loads the digests of some layers; *known becomes false when there are not
 * all of them. */
static bool load_some(struct call *call, const struct layer_ref *layers,
		      size_t count, struct digests **ret_digests, bool *known,
		      struct error *err)
{
	if (!*known || !count)
		return true;
	if (!digests_load(call->store->chain, layers, count, ret_digests, err))
		return false;
	*known = *ret_digests;
	return true;
}

static bool load_digests(struct call *call, struct question *question,
			 struct error *err)
{
	struct side *first = &question->first, *second = &question->second;

	question->digested = true;
	return load_some(call, first->layers, first->own, &first->digests,
			 &question->digested, err) &&
	       load_some(call, second->layers, second->own, &second->digests,
			 &question->digested, err) &&
	       load_some(call, first->layers + first->own,
			 first->count - first->own, &question->common,
			 &question->digested, err);
}

/* Reads where the sides show data: what both stand on is read once. */
static bool load_maps(struct call *call, struct question *question, bool both,
		      struct error *err)
{
	struct chain *chain = call->store->chain;
	struct side *sides[] = { &question->second, &question->first };
	struct blockmap *maps[2];
	size_t count = both ? 2 : 1;

	for (size_t i = 0; i < count; i++) {
		if (!blockmap_new(block_count(sides[i]->snapshot.size),
				  &sides[i]->map, err) ||
		    !blockmap_add_data(&sides[i]->map, 1, chain,
				       sides[i]->layers, sides[i]->own, err))
			return false;
		maps[i] = sides[i]->map;
	}
	return blockmap_add_data(maps, count, chain,
				 sides[0]->layers + sides[0]->own,
				 sides[0]->count - sides[0]->own, err);
}

static bool question_open(struct call *call,
			  const struct block_listing *listing,
			  struct arena *arena, struct question *question,
			  struct error *err)
{
	struct side *first = &question->first, *second = &question->second;

	if (listing->first &&
	    !side_open(call, listing->first, arena, first, err))
		return false;
	if (!side_open(call, listing->second, arena, second, err))
		return false;
	if (!listing->first)
		return load_maps(call, question, false, err);
	find_common(first, second);
	return related(first, second, err) &&
	       find_changed(call, question, err) &&
	       load_digests(call, question, err) &&
	       (question->digested || load_maps(call, question, true, err));
}

/* Whether the listing has the blocks that differ and no other. */
static bool is_exact(const struct question *question)
{
	const struct digests *const all[] = { question->first.digests,
					      question->second.digests,
					      question->common };

	if (!question->changed ||
	    blockmap_next(question->changed, 0) == BLOCK_NONE)
		return true;
	return question->digested &&
	       digests_comparable(all, sizeof(all) / sizeof(*all));
}

/* What a side's block says; NULL where nothing was ever written. */
static const uint8_t *digest_of(const struct question *question,
				const struct side *side, uint64_t block)
{
	const uint8_t *digest =
		side->digests ? digests_get(side->digests, block) : NULL;

	if (digest || !question->common)
		return digest;
	return digests_get(question->common, block);
}

/* Whether a block holds anything, as far as is known. */
static bool holds(const struct question *question, const struct side *side,
		  uint64_t block)
{
	const uint8_t *digest;

	if (!question->digested)
		return side->map && blockmap_has(side->map, block);
	digest = digest_of(question, side, block);
	return digest && memcmp(digest, digest_of_zeros, SHA256_SIZE) != 0;
}

/* Whether two snapshots differ in a block that a layer of only one holds. */
static bool differs(const struct question *question, uint64_t block)
{
	const struct side *first = &question->first;
	const struct side *second = &question->second;
	bool in_first = holds(question, first, block);
	bool in_second = holds(question, second, block);

	if (!in_first || !in_second)
		return in_first || in_second;
	return !question->digested ||
	       memcmp(digest_of(question, first, block),
		      digest_of(question, second, block), SHA256_SIZE) != 0;
}

/* The token of a side's block; NULL where it holds nothing. */
static const char *token_of(const struct question *question,
			    const struct side *side, uint64_t block,
			    const struct seal *seal, usec_t expires,
			    char text[SEAL_SIZE])
{
	if (!holds(question, side, block))
		return NULL;
	seal_close(seal, block, expires, side->about, text);
	return text;
}

static void walk(struct block_listing *listing, const struct question *question,
		 const struct seal *seal, block_fn *found, void *data)
{
	const struct blockmap *map = question->changed ? question->changed :
							 question->second.map;
	uint64_t block = blockmap_next(map, listing->start);
	size_t count = 0;

	for (; block != BLOCK_NONE; block = blockmap_next(map, block + 1)) {
		char first[SEAL_SIZE], second[SEAL_SIZE];

		if (question->changed && !differs(question, block))
			continue;
		if (listing->most && count++ == listing->most)
			break;
		found(data, block,
		      token_of(question, &question->first, block, seal,
			       listing->expires, first),
		      token_of(question, &question->second, block, seal,
			       listing->expires, second));
	}
	listing->next = block;
}

bool block_list(struct call *call, struct block_listing *listing,
		block_fn *found, void *data, struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_question question = { .changed = NULL };
	auto_turn pin = TURN_INIT;
	struct seal seal;

	if (!arena)
		return fail_memory(err);
	if (!turn_pin(call, &pin, err) ||
	    !question_open(call, listing, arena, &question, err) ||
	    !seal_open(call, &seal, err))
		return false;
	listing->size = question.second.snapshot.size;
	listing->expires = clock_wall() + TOKEN_LIFE;
	listing->exact = is_exact(&question);
	walk(listing, &question, &seal, found, data);
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
	if (!seal_check(&seal, token, clock_wall(), about, &number) ||
	    number != block)
		return fail(err, FAULT_EBS_BLOCK_TOKEN,
			    "The block token is not valid for block %llu of "
			    "snapshot '%s', or has expired.",
			    (unsigned long long)block, snapshot);
	return disk_open(call->store->chain, &layers[0], &disk, err) &&
	       disk_read(disk, ret_data, BLOCK_SIZE, block * BLOCK_SIZE, err);
}
