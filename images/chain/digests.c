/* digests.c - making and checking digest lists
 *
 * A block is digested as 512 KiB whatever the disk's size, with zeros behind
 * its end: so a list stays true under a layer that shows a larger disk. The
 * server hands out one block at a time, and every core digests one.
 */
#include "images/chain/digests.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "images/base/digest.h"
#include "images/base/hex.h"
#include "images/chain/chain-private.h"
#include "images/chain/empty.h"
#include "images/chain/list.h"
#include "images/chain/map.h"

#define THREADS_MOST 8
#define BATCH 128 /* blocks between two looks at the clock */
#define MARK "qami digest list"

/* The blocks in which a layer holds anything. */
struct blocks {
	uint64_t *numbers;
	size_t count, room;
};

static void blocks_done(struct blocks *blocks)
{
	free(blocks->numbers);
}

#define auto_blocks __attribute__((cleanup(blocks_done))) struct blocks

const uint8_t digest_of_zeros[BLOCK_DIGEST_SIZE] = {
	0x07, 0x85, 0x4d, 0x2f, 0xef, 0x29, 0x7a, 0x06,
	0xba, 0x81, 0x68, 0x5e, 0x66, 0x0c, 0x33, 0x2d,
	0xe3, 0x6d, 0x5d, 0x18, 0xd5, 0x46, 0x92, 0x7d,
	0x30, 0xda, 0xad, 0x6d, 0x7f, 0xda, 0x15, 0x41,
};

static bool add_blocks(void *data, const struct extent *extent,
		       struct error *err)
{
	uint64_t last = (extent->offset + extent->length - 1) / BLOCK_SIZE;
	struct blocks *blocks = data;

	for (uint64_t at = extent->offset / BLOCK_SIZE; at <= last; at++) {
		if (blocks->count && blocks->numbers[blocks->count - 1] == at)
			continue;
		if (blocks->count == blocks->room) {
			size_t room = blocks->room ? 2 * blocks->room : 256;
			uint64_t *more =
				realloc(blocks->numbers, room * sizeof(*more));

			if (!more)
				return fail_memory(err);
			blocks->numbers = more;
			blocks->room = room;
		}
		blocks->numbers[blocks->count++] = at;
	}
	return true;
}

void hasher_done(struct hasher *hasher)
{
	OPENSSL_cleanse(hasher, sizeof(*hasher));
}

bool hasher_of(const struct layer_secret *secret, struct hasher *ret_hasher)
{
	ret_hasher->keyed = *secret->text;
	if (!ret_hasher->keyed)
		return true;
	if (!hex_read(secret->text, ret_hasher->key, sizeof(ret_hasher->key)))
		return false;
	hmac_sha256(ret_hasher->key, MARK, strlen(MARK), ret_hasher->mark);
	return true;
}

bool hasher_find(const struct chain *chain, const char *layer,
		 struct hasher *ret_hasher, struct error *err)
{
	auto_layer_secret secret = { .key = "" };
	bool keyed;

	ret_hasher->keyed = false;
	if (!layer_encrypted(chain, layer, &keyed, err))
		return false;
	if (keyed && !secret_of(chain, layer, true, &secret, err))
		return false;
	return (hasher_of(&secret, ret_hasher) && ret_hasher->keyed == keyed) ||
	       fail(err, FAULT_INTERNAL, "the key of %s is no key", layer);
}

static const uint8_t *mark_of(const struct hasher *hasher)
{
	return hasher->keyed ? hasher->mark : NULL;
}

void hasher_digest(const struct hasher *hasher, const uint8_t *block,
		   uint8_t ret_digest[BLOCK_DIGEST_SIZE])
{
	/* to find zeros takes a fraction of the time of digesting them */
	if (!block[0] && memcmp(block, block + 1, BLOCK_SIZE - 1) == 0)
		memcpy(ret_digest, digest_of_zeros, BLOCK_DIGEST_SIZE);
	else if (hasher->keyed)
		hmac_sha256(hasher->key, block, BLOCK_SIZE, ret_digest);
	else
		SHA256(block, BLOCK_SIZE, ret_digest);
}

/* Digests of blocks that are being taken, by several threads. */
struct work {
	const struct hasher *hasher;
	struct disk *disk;
	const struct list *list; /* says which blocks */
	uint64_t first, count;	 /* entries of it */
	uint8_t *digests;	 /* where those go … */
	size_t stride;		 /* … and so far apart */
	atomic_uint_fast64_t next;
	pthread_mutex_t lock; /* of err */
	struct error err;     /* the first failure */
};

static bool work_one(struct work *work, uint64_t i, uint8_t *buffer,
		     struct error *err)
{
	const uint8_t *entry = list_entry(work->list, work->first + i);

	if (!disk_read(work->disk, buffer, BLOCK_SIZE,
		       entry_block(entry) * BLOCK_SIZE, err))
		return false;
	hasher_digest(work->hasher, buffer, work->digests + i * work->stride);
	return true;
}

static void *work_on(void *data)
{
	struct work *work = data;
	auto_free uint8_t *buffer = malloc(BLOCK_SIZE);
	struct error err = { FAULT_NONE };
	bool done = buffer || fail_memory(&err);
	uint64_t i;

	while (done && (i = atomic_fetch_add(&work->next, 1)) < work->count)
		done = work_one(work, i, buffer, &err);
	if (done)
		return NULL;
	atomic_store(&work->next, work->count);
	pthread_mutex_lock(&work->lock);
	if (work->err.fault == FAULT_NONE)
		work->err = err;
	pthread_mutex_unlock(&work->lock);
	return NULL;
}

/* Takes the digests of `count` blocks, those of the list from `first` on. */
static bool take_digests(const struct hasher *hasher, struct disk *disk,
			 const struct list *list, uint64_t first,
			 uint64_t count, uint8_t *ret_digests, size_t stride,
			 struct error *err)
{
	struct work work = {
		.hasher = hasher,
		.disk = disk,
		.list = list,
		.first = first,
		.count = count,
		.digests = ret_digests,
		.stride = stride,
		.lock = PTHREAD_MUTEX_INITIALIZER,
	};
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	pthread_t threads[THREADS_MOST];
	unsigned helpers = 0;

	while (helpers < THREADS_MOST && (long)helpers + 1 < cores &&
	       helpers + 1 < count &&
	       pthread_create(threads + helpers, NULL, work_on, &work) == 0)
		helpers++;
	work_on(&work);
	while (helpers > 0)
		pthread_join(threads[--helpers], NULL);
	if (work.err.fault == FAULT_NONE)
		return true;
	*err = work.err;
	return false;
}

bool digests_make(struct chain *chain, const struct layer_ref *layer,
		  struct error *err)
{
	auto_blocks blocks = { 0 };
	auto_of(list) list = NULL;
	auto_of(disk) disk = NULL;
	auto_hasher hasher = { .keyed = false };
	uint64_t size;

	if (list_exists(chain, layer->name))
		return true;
	if (!layer_map(chain, layer, add_blocks, &blocks, err) ||
	    !layer_size_read(chain->fd, layer, &size, err) ||
	    !hasher_find(chain, layer->name, &hasher, err))
		return false;
	list = list_new(size, blocks.count, mark_of(&hasher));
	if (!list)
		return fail_memory(err);
	for (size_t i = 0; i < blocks.count; i++)
		entry_set_block(list_entry(list, i), blocks.numbers[i]);
	if (list->count &&
	    (!disk_open(chain, layer, &disk, err) ||
	     !take_digests(&hasher, disk, list, 0, list->count,
			   list_entry(list, 0) + 8, LIST_ENTRY_SIZE, err)))
		return false;
	return list_write(chain, layer->name, list, err);
}

struct digests_maker {
	uint64_t size;
	struct hasher hasher;
	uint8_t *entries;
	size_t count, room;
};

struct digests_maker *digests_begin(uint64_t size,
				    const struct layer_secret *secret)
{
	struct digests_maker *maker = calloc(1, sizeof(*maker));

	if (!maker)
		return NULL;
	maker->size = size;
	if (hasher_of(secret, &maker->hasher))
		return maker;
	digests_maker_free(maker);
	return NULL;
}

void digests_maker_free(struct digests_maker *maker)
{
	if (!maker)
		return;
	hasher_done(&maker->hasher);
	free(maker->entries);
	free(maker);
}

bool digests_add(struct digests_maker *maker, uint64_t block,
		 const uint8_t *data, struct error *err)
{
	uint8_t *entry;

	if (maker->count == maker->room) {
		size_t room = maker->room ? 2 * maker->room : 256;
		uint8_t *more =
			realloc(maker->entries, room * LIST_ENTRY_SIZE);

		if (!more)
			return fail_memory(err);
		maker->entries = more;
		maker->room = room;
	}
	entry = maker->entries + maker->count++ * LIST_ENTRY_SIZE;
	entry_set_block(entry, block);
	hasher_digest(&maker->hasher, data, entry + 8);
	return true;
}

bool digests_end(const struct chain *chain, struct digests_maker *maker,
		 const char *layer, struct error *err)
{
	auto_of(list) list =
		list_new(maker->size, maker->count, mark_of(&maker->hasher));

	if (!list)
		return fail_memory(err);
	if (maker->count)
		memcpy(list_entry(list, 0), maker->entries,
		       maker->count * LIST_ENTRY_SIZE);
	return list_write(chain, layer, list, err);
}

bool digests_exist(const struct chain *chain, const char *layer)
{
	return list_exists(chain, layer);
}

bool digests_remove(struct chain *chain, const char *layer, struct error *err)
{
	return list_remove(chain, layer, err);
}

/* What the layer holds and its list does not know. */
static bool find_unknown(const struct chain *chain,
			 const struct layer_ref *layer, const struct list *list,
			 void (*bad)(void *data, uint64_t block), void *data,
			 struct error *err)
{
	auto_blocks blocks = { 0 };
	uint64_t at = 0;

	if (!layer_map(chain, layer, add_blocks, &blocks, err))
		return false;
	for (size_t i = 0; i < blocks.count; i++) {
		while (at < list->count &&
		       entry_block(list_entry(list, at)) < blocks.numbers[i])
			at++;
		if (at == list->count ||
		    entry_block(list_entry(list, at)) != blocks.numbers[i])
			bad(data, blocks.numbers[i]);
	}
	return true;
}

/* Whether the list's digests are what the hasher makes. */
static bool is_made_by(const struct list *list, const struct hasher *hasher)
{
	const uint8_t *mark = list_mark(list);

	if (!mark || !hasher->keyed)
		return !mark && !hasher->keyed;
	return memcmp(mark, hasher->mark, BLOCK_DIGEST_SIZE) == 0;
}

bool digests_verify(struct chain *chain, const struct layer_ref *layer,
		    usec_t until, uint64_t *block,
		    void (*bad)(void *data, uint64_t block), void *data,
		    struct error *err)
{
	auto_of(list) list = NULL;
	auto_of(disk) disk = NULL;
	uint8_t digests[BATCH][BLOCK_DIGEST_SIZE];
	auto_hasher hasher = { .keyed = false };
	uint64_t i = 0;

	if (!list_read(chain, layer->name, &list, err))
		return false;
	if (!list)
		return fail(err, FAULT_INTERNAL, "%s has no digests yet",
			    layer->name);
	if (!hasher_find(chain, layer->name, &hasher, err))
		return false;
	if (!is_made_by(list, &hasher))
		return fail(err, FAULT_INTERNAL,
			    "the digests of %s were made with another key",
			    layer->name);
	if (*block == 0 && !find_unknown(chain, layer, list, bad, data, err))
		return false;
	if (!disk_open(chain, layer, &disk, err))
		return false;
	while (i < list->count && entry_block(list_entry(list, i)) < *block)
		i++;
	while (i < list->count) {
		uint64_t rest = list->count - i;
		uint64_t count = rest < BATCH ? rest : BATCH;

		if (!take_digests(&hasher, disk, list, i, count, digests[0],
				  BLOCK_DIGEST_SIZE, err))
			return false;
		for (uint64_t k = 0; k < count; k++) {
			const uint8_t *entry = list_entry(list, i + k);

			if (memcmp(entry + 8, digests[k], BLOCK_DIGEST_SIZE) !=
			    0)
				bad(data, entry_block(entry));
		}
		i += count;
		if (i == list->count)
			break;
		*block = entry_block(list_entry(list, i));
		if (until && clock_monotonic() >= until)
			return true;
	}
	*block = UINT64_MAX;
	return true;
}
