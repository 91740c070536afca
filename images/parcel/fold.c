/* fold.c - what a disk has twice is packed once
 *
 * Pieces of 4 KiB are told by their SHA-256, the least that a filesystem lays
 * down anew. The table of those that were seen has a bounded size: in a set
 * that is full the piece of the lowest block goes, so that of a large disk some
 * GiB are remembered, the latest. A block names few others, which bounds what
 * a reader has to unpack to have it; only pieces that lie in a block themselves
 * are noted, so that he goes no further. What is twice within one block is left
 * to zstd.
 */
#include <stdlib.h>
#include <string.h>

#include "images/parcel/parcel-private.h"

#define SETS (1U << 18)
#define WAYS 4

struct seen {
	uint8_t digest[SHA256_SIZE];
	uint32_t block; /* plus 1; 0: there is none */
	uint32_t piece;
};

/* A piece of the block that is planned. */
struct sought {
	uint8_t digest[SHA256_SIZE];
	bool zero;
	struct seen *seen; /* NULL: nowhere yet */
};

struct fold {
	struct seen *table; /* SETS * WAYS */
	bool used;	    /* it is not empty */
	struct sought sought[PIECES];
};

bool fold_open(struct fold **ret_fold, struct error *err)
{
	struct fold *fold = calloc(1, sizeof(*fold));

	if (fold)
		fold->table = calloc((size_t)SETS * WAYS, sizeof(struct seen));
	if (!fold || !fold->table) {
		fold_free(fold);
		return fail_memory(err);
	}
	*ret_fold = fold;
	return true;
}

void fold_free(struct fold *fold)
{
	if (!fold)
		return;
	free(fold->table);
	free(fold);
}

void fold_begin(struct fold *fold)
{
	if (fold->used)
		memset(fold->table, 0,
		       (size_t)SETS * WAYS * sizeof(struct seen));
	fold->used = false;
}

/* A digest's set, whose place in the table is a part of it. */
static struct seen *find_set(struct fold *fold, const uint8_t *digest)
{
	return fold->table + (size_t)(get32(digest) % SETS) * WAYS;
}

static struct seen *find(struct fold *fold, const uint8_t *digest)
{
	struct seen *set = find_set(fold, digest);

	for (unsigned i = 0; i < WAYS; i++)
		if (set[i].block &&
		    memcmp(set[i].digest, digest, SHA256_SIZE) == 0)
			return &set[i];
	return NULL;
}

static void note(struct fold *fold, const struct sought *sought,
		 uint32_t number, uint32_t piece)
{
	struct seen *to = find(fold, sought->digest);
	struct seen *set = find_set(fold, sought->digest);

	if (!to)
		to = set;
	for (unsigned i = 1; to == set && i < WAYS; i++)
		if (set[i].block < to->block)
			to = &set[i];
	memcpy(to->digest, sought->digest, SHA256_SIZE);
	to->block = number + 1;
	to->piece = piece;
	fold->used = true;
}

static void seek(struct fold *fold, const uint8_t *block)
{
	for (unsigned i = 0; i < PIECES; i++) {
		struct sought *sought = &fold->sought[i];
		const uint8_t *piece = block + (size_t)i * PIECE;

		sought->seen = NULL;
		sought->zero = is_zero(piece, PIECE);
		if (sought->zero)
			continue;
		sha256(piece, PIECE, sought->digest);
		sought->seen = find(fold, sought->digest);
	}
}

/* The block that has most of the pieces which none of the chosen ones has;
 * NO_SOURCE when none has any. */
static uint32_t choose(const struct fold *fold, const uint32_t *chosen,
		       unsigned count)
{
	struct {
		uint32_t block;
		unsigned pieces;
	} others[PIECES], best = { NO_SOURCE, 0 };
	unsigned known = 0;

	for (unsigned i = 0; i < PIECES; i++) {
		const struct seen *seen = fold->sought[i].seen;
		unsigned at = 0;

		for (unsigned j = 0; seen && j < count; j++)
			if (chosen[j] == seen->block - 1)
				seen = NULL;
		if (!seen)
			continue;
		while (at < known && others[at].block != seen->block - 1)
			at++;
		if (at == known) {
			others[known].block = seen->block - 1;
			others[known++].pieces = 0;
		}
		if (++others[at].pieces > best.pieces)
			best = others[at];
	}
	return best.block;
}

void plan_plain(uint8_t ret_plan[PLAN_SIZE])
{
	memset(ret_plan, 0xff, SOURCES * 4);
	memset(ret_plan + SOURCES * 4, 0, PIECES * 2);
}

/* Which of the sources a piece was seen in; SOURCES: in none. */
static unsigned source_of(const struct sought *sought, const uint32_t *sources)
{
	unsigned i = 0;

	if (!sought->seen)
		return SOURCES;
	while (i < SOURCES && sources[i] != sought->seen->block - 1)
		i++;
	return i;
}

void fold_plan(struct fold *fold, uint32_t number, const uint8_t *block,
	       uint8_t ret_plan[PLAN_SIZE])
{
	uint32_t sources[SOURCES];

	plan_plain(ret_plan);
	seek(fold, block);
	for (unsigned i = 0; i < SOURCES; i++) {
		sources[i] = choose(fold, sources, i);
		put32(ret_plan + i * 4, sources[i]);
	}
	for (unsigned i = 0; i < PIECES; i++) {
		const struct sought *sought = &fold->sought[i];
		unsigned source = source_of(sought, sources);

		if (source < SOURCES)
			put16(ret_plan + SOURCES * 4 + i * 2,
			      (uint16_t)(1 + source * PIECES +
					 sought->seen->piece));
	}
	/* noting moves what was seen */
	for (unsigned i = 0; i < PIECES; i++)
		if (!fold->sought[i].zero && !plan_piece(ret_plan, i))
			note(fold, &fold->sought[i], number, i);
}

size_t fold_weave(const uint8_t *plan, const uint8_t *block,
		  uint8_t ret_woven[WOVEN_MOST])
{
	size_t size = PLAN_SIZE;

	memcpy(ret_woven, plan, PLAN_SIZE);
	for (unsigned i = 0; i < PIECES; i++) {
		if (plan_piece(plan, i))
			continue;
		memcpy(ret_woven + size, block + (size_t)i * PIECE, PIECE);
		size += PIECE;
	}
	return size;
}
