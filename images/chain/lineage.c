/* lineage.c - the digests of a whole chain, from the lists of its layers
 *
 * Lists are united two by two, so that a chain of hundreds costs a few passes
 * over its entries and not one for each layer; the entries stay where they
 * were read.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "images/chain/digests.h"
#include "images/chain/list.h"

struct digests {
	struct list **lists; /* top first */
	char (*names)[LAYER_NAME_SIZE];
	struct hasher *hashers; /* NULL: the keys were not taken */
	size_t list_count;
	const uint8_t **entries; /* ascending, within the lists */
	uint64_t count;
};

void digests_free(struct digests *digests)
{
	if (!digests)
		return;
	for (size_t i = 0; digests->lists && i < digests->list_count; i++)
		list_free(digests->lists[i]);
	for (size_t i = 0; digests->hashers && i < digests->list_count; i++)
		hasher_done(digests->hashers + i);
	free(digests->lists);
	free(digests->names);
	free(digests->hashers);
	free(digests->entries);
	free(digests);
}

/* Some entries in ascending order; owned. */
struct run {
	const uint8_t **entries;
	uint64_t count;
};

static bool run_new(struct run *run, uint64_t room, struct error *err)
{
	run->count = 0;
	run->entries = malloc((room + 1) * sizeof(*run->entries));
	return run->entries || fail_memory(err);
}

static bool unite(const struct run *upper, const struct run *lower,
		  struct run *ret_both, struct error *err)
{
	uint64_t up = 0, down = 0;
	struct run both;

	if (!run_new(&both, upper->count + lower->count, err))
		return false;
	while (up < upper->count || down < lower->count) {
		uint64_t high = up < upper->count ?
					entry_block(upper->entries[up]) :
					UINT64_MAX;
		uint64_t low = down < lower->count ?
				       entry_block(lower->entries[down]) :
				       UINT64_MAX;

		/* all below the count: NOLINTNEXTLINE(clang-analyzer-*) */
		both.entries[both.count++] = high <= low ? upper->entries[up] :
							   lower->entries[down];
		up += high <= low;
		down += low <= high;
	}
	*ret_both = both;
	return true;
}

/* The entries of `count` lists, the upper ones' first. */
static bool gather(struct list *const *lists, size_t count, struct run *ret_run,
		   struct error *err)
{
	struct run upper = { NULL, 0 }, lower = { NULL, 0 };
	bool done;

	if (count == 1) {
		if (!run_new(ret_run, lists[0]->count, err))
			return false;
		for (uint64_t i = 0; i < lists[0]->count; i++)
			ret_run->entries[ret_run->count++] =
				list_entry(lists[0], i);
		return true;
	}
	done = gather(lists, count / 2, &upper, err) &&
	       gather(lists + count / 2, count - count / 2, &lower, err) &&
	       unite(&upper, &lower, ret_run, err);
	free(upper.entries);
	free(lower.entries);
	return done;
}

bool digests_load(const struct chain *chain, const struct layer_ref *layers,
		  size_t count, struct digests **ret_digests, struct error *err)
{
	auto_of(digests) digests = calloc(1, sizeof(*digests));
	struct run run = { NULL, 0 };

	if (digests) {
		digests->lists = calloc(count + 1, sizeof(*digests->lists));
		digests->names = calloc(count + 1, sizeof(*digests->names));
	}
	if (!digests || !digests->lists || !digests->names)
		return fail_memory(err);
	while (digests->list_count < count) {
		const char *name = layers[digests->list_count].name;
		struct list **list = digests->lists + digests->list_count;

		snprintf(digests->names[digests->list_count],
			 sizeof(*digests->names), "%s", name);
		if (!list_read(chain, name, list, err))
			return false;
		if (!*list) {
			*ret_digests = NULL;
			return true;
		}
		digests->list_count++;
	}
	if (count && !gather(digests->lists, count, &run, err))
		return false;
	digests->entries = run.entries;
	digests->count = run.count;
	*ret_digests = take(digests);
	return true;
}

bool digests_merge(struct chain *chain, const char *child, const char *gone,
		   struct error *err)
{
	const struct layer_ref layers[] = { { .name = child },
					    { .name = gone } };
	auto_of(digests) both = NULL;
	auto_of(list) list = NULL;

	if (!list_exists(chain, child))
		return true;
	if (!list_exists(chain, gone))
		return list_remove(chain, child, err);
	if (!digests_load(chain, layers, 2, &both, err))
		return false;
	if (both && !list_same_key(both->lists[0], both->lists[1]))
		return list_remove(chain, child, err);
	if (!both || both->count == both->lists[0]->count)
		return true;
	list = list_new(list_size(both->lists[0]), both->count,
			list_mark(both->lists[0]));
	if (!list)
		return fail_memory(err);
	for (uint64_t i = 0; i < both->count; i++)
		memcpy(list_entry(list, i), both->entries[i], LIST_ENTRY_SIZE);
	return list_write(chain, child, list, err);
}

/* The first entry of that block or a later one. */
static uint64_t find(const struct digests *digests, uint64_t block)
{
	uint64_t low = 0, high = digests->count;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (entry_block(digests->entries[middle]) < block)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool digests_comparable(const struct digests *const *all, size_t count)
{
	const struct list *first = NULL;

	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; all[i] && k < all[i]->list_count; k++) {
			const struct list *list = all[i]->lists[k];

			if (!first)
				first = list;
			if (!list_same_key(first, list))
				return false;
		}
	return true;
}

const uint8_t *digests_get(const struct digests *digests, uint64_t block)
{
	uint64_t at = find(digests, block);

	if (at == digests->count || entry_block(digests->entries[at]) != block)
		return NULL;
	return digests->entries[at] + 8;
}

bool digests_take_keys(const struct chain *chain, struct digests *digests,
		       struct error *err)
{
	digests->hashers =
		calloc(digests->list_count + 1, sizeof(*digests->hashers));
	if (!digests->hashers)
		return fail_memory(err);
	for (size_t i = 0; i < digests->list_count; i++)
		if (!hasher_find(chain, digests->names[i], digests->hashers + i,
				 err))
			return false;
	return true;
}

bool digests_check(const struct digests *digests, uint64_t block,
		   const uint8_t *data)
{
	static const struct hasher plain = { .keyed = false };
	const uint8_t *wanted = digests_get(digests, block);
	const struct hasher *hasher = &plain;
	uint8_t is[BLOCK_DIGEST_SIZE];

	for (size_t i = 0; wanted && i < digests->list_count; i++)
		if (list_owns(digests->lists[i], wanted))
			hasher = digests->hashers + i;
	hasher_digest(hasher, data, is);
	return memcmp(is, wanted ? wanted : digest_of_zeros, sizeof(is)) == 0;
}

uint64_t digests_next(const struct digests *digests, uint64_t block)
{
	uint64_t at = find(digests, block);

	return at == digests->count ? UINT64_MAX :
				      entry_block(digests->entries[at]);
}
