/* fillblocks.c - which blocks are there, and fetching those that are not
 *
 * One block is fetched at a time: the source is one file or one server, and a
 * block takes it some milliseconds. A reader who finds his block missing goes
 * before the pouring, which waits while anybody does. A bit of the map is set
 * when the block was written to the layer, or was proven to be zeros there.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "images/base/log.h"
#include "images/fill-private.h"

#define COMPARED_AT_ONCE 64

struct fill_blocks {
	struct fill_source *source;
	uint64_t size;	/* of the layer, bytes */
	uint64_t count; /* of blocks */

	pthread_rwlock_t disk_lock; /* of `disk`, which readers share */
	struct disk *disk;

	pthread_mutex_t lock; /* of all below, and of the source */
	pthread_cond_t idle;  /* nobody waits for a block any more */
	unsigned waiting;
	uint8_t *there;	  /* bits; read without the lock, too */
	uint8_t *claimed; /* those that were not compared yet */
	uint8_t *differ;  /* those that the source does not call the same */
	uint64_t filled;  /* of the source's blocks */
	uint64_t next;	  /* where pouring goes on */
	uint64_t compare; /* where comparing goes on */
	bool broken;	  /* the layer could not be written */
	uint8_t block[PARCEL_BLOCK];
	uint8_t other[PARCEL_BLOCK];
};

static bool bit_get(const uint8_t *bits, uint64_t i)
{
	return __atomic_load_n(&bits[i / 8], __ATOMIC_ACQUIRE) & 1 << i % 8;
}

static void bit_set(uint8_t *bits, uint64_t i, bool value)
{
	uint8_t mask = (uint8_t)(1 << i % 8);

	if (value)
		__atomic_or_fetch(&bits[i / 8], mask, __ATOMIC_RELEASE);
	else
		__atomic_and_fetch(&bits[i / 8], (uint8_t)~mask,
				   __ATOMIC_RELEASE);
}

/* The bytes of a block that the layer has. */
static size_t block_size(const struct fill_blocks *blocks, uint64_t number)
{
	uint64_t rest = blocks->size - number * PARCEL_BLOCK;

	return rest < PARCEL_BLOCK ? (size_t)rest : PARCEL_BLOCK;
}

size_t fill_blocks_map_size(const struct fill_blocks *blocks)
{
	return (size_t)(blocks->count / 8 + 1);
}

static void count_filled(struct fill_blocks *blocks)
{
	uint64_t i = blocks->source->ops->next(blocks->source, 0);

	for (; i != PARCEL_NO_BLOCK;
	     i = blocks->source->ops->next(blocks->source, i + 1))
		blocks->filled += bit_get(blocks->there, i);
}

/* What the source has not, the layer shows rightly. */
static void trust_rest(struct fill_blocks *blocks)
{
	for (uint64_t i = 0; i < blocks->count; i++)
		if (!blocks->source->ops->has(blocks->source, i)) {
			bit_set(blocks->there, i, true);
			bit_set(blocks->claimed, i, false);
		}
}

bool fill_blocks_open(struct fill_source *source, struct disk *disk,
		      const uint8_t *map, struct fill_blocks **ret_blocks,
		      struct error *err)
{
	auto_of(fill_blocks) blocks = calloc(1, sizeof(*blocks));
	size_t bytes;

	if (!blocks) {
		disk_close(disk);
		return fail_memory(err);
	}
	pthread_rwlock_init(&blocks->disk_lock, NULL);
	pthread_mutex_init(&blocks->lock, NULL);
	pthread_cond_init(&blocks->idle, NULL);
	blocks->source = source;
	blocks->disk = disk;
	blocks->size = disk_size(disk);
	blocks->count = (blocks->size + PARCEL_BLOCK - 1) / PARCEL_BLOCK;
	bytes = fill_blocks_map_size(blocks);
	blocks->there = calloc(1, bytes);
	blocks->claimed = calloc(1, bytes);
	blocks->differ = calloc(1, bytes);
	if (!blocks->there || !blocks->claimed || !blocks->differ)
		return fail_memory(err);
	if (source && source->size != blocks->size)
		return fail(err, FAULT_INTERNAL,
			    "the layer has %llu bytes, and its source %llu",
			    (unsigned long long)blocks->size,
			    (unsigned long long)source->size);
	if (!source) {
		memset(blocks->there, 0xff, bytes);
	} else if (map) {
		memcpy(blocks->there, map, bytes);
		memcpy(blocks->claimed, map, bytes);
		count_filled(blocks);
	}
	if (source && source->ops->same)
		trust_rest(blocks);
	*ret_blocks = take(blocks);
	return true;
}

void fill_blocks_close(struct fill_blocks *blocks)
{
	if (!blocks)
		return;
	disk_close(blocks->disk);
	free(blocks->there);
	free(blocks->claimed);
	free(blocks->differ);
	pthread_rwlock_destroy(&blocks->disk_lock);
	pthread_mutex_destroy(&blocks->lock);
	pthread_cond_destroy(&blocks->idle);
	free(blocks);
}

static bool layer_read(struct fill_blocks *blocks, void *ret_data, size_t size,
		       uint64_t offset, struct error *err)
{
	bool ok;

	pthread_rwlock_rdlock(&blocks->disk_lock);
	ok = disk_read(blocks->disk, ret_data, size, offset, err);
	pthread_rwlock_unlock(&blocks->disk_lock);
	return ok;
}

/* Writes the block that was fetched. Whoever wanted it has it all the same;
 * `kept` says what became of that. */
static bool keep(struct fill_blocks *blocks, uint64_t number,
		 struct error *kept)
{
	bool ok;

	pthread_rwlock_rdlock(&blocks->disk_lock);
	ok = disk_write(blocks->disk, blocks->block, block_size(blocks, number),
			number * PARCEL_BLOCK, kept);
	pthread_rwlock_unlock(&blocks->disk_lock);
	if (!ok && kept->fault != FAULT_VOLUME_CAPACITY)
		blocks->broken = true;
	return ok;
}

static void note_there(struct fill_blocks *blocks, uint64_t number)
{
	bit_set(blocks->there, number, true);
	blocks->filled += blocks->source->ops->has(blocks->source, number);
}

/* Reads what the layer shows of a block into the other buffer, zeros behind the
 * end; *ret_same: it is what the source has, and need not be fetched. */
static bool look_here(struct fill_blocks *blocks, uint64_t number,
		      bool *ret_same, struct error *err)
{
	size_t size = block_size(blocks, number);

	memset(blocks->other + size, 0, PARCEL_BLOCK - size);
	if (!layer_read(blocks, blocks->other, size, number * PARCEL_BLOCK,
			err))
		return false;
	*ret_same = !bit_get(blocks->differ, number) &&
		    blocks->source->ops->same(blocks->source, number,
					      blocks->other);
	if (!*ret_same)
		bit_set(blocks->differ, number, true);
	return true;
}

/* Fetches a block into the buffer, and keeps it. With the lock. */
static bool fetch(struct fill_blocks *blocks, uint64_t number,
		  struct error *kept, struct error *err)
{
	const struct fill_source_ops *ops = blocks->source->ops;
	bool same = false;

	if (ops->same && !look_here(blocks, number, &same, err))
		return false;
	if (same)
		memcpy(blocks->block, blocks->other, PARCEL_BLOCK);
	else if (!ops->block(blocks->source, number, blocks->block, err))
		return false;
	/* where nothing could be said before, it may be here all the same */
	if (ops->same && !same)
		same = memcmp(blocks->block, blocks->other, PARCEL_BLOCK) == 0;
	if (same || !ops->has(blocks->source, number) ||
	    keep(blocks, number, kept))
		note_there(blocks, number);
	return true;
}

/* A block that is missing, for a reader. */
static bool read_missing(struct fill_blocks *blocks, uint64_t number,
			 void *ret_data, size_t size, size_t within,
			 struct error *err)
{
	struct error kept = { 0 };
	bool there, ok = true;

	__atomic_add_fetch(&blocks->waiting, 1, __ATOMIC_ACQ_REL);
	pthread_mutex_lock(&blocks->lock);
	there = bit_get(blocks->there, number);
	if (!there) {
		ok = fetch(blocks, number, &kept, err);
		if (ok)
			memcpy(ret_data, blocks->block + within, size);
	}
	if (__atomic_sub_fetch(&blocks->waiting, 1, __ATOMIC_ACQ_REL) == 0)
		pthread_cond_signal(&blocks->idle);
	pthread_mutex_unlock(&blocks->lock);
	if (kept.fault)
		log_info("block %llu was not kept: %s",
			 (unsigned long long)number, kept.text);
	if (there)
		return layer_read(blocks, ret_data, size,
				  number * PARCEL_BLOCK + within, err);
	return ok;
}

bool fill_blocks_read(struct fill_blocks *blocks, void *ret_data, size_t size,
		      uint64_t offset, struct error *err)
{
	uint8_t *to = ret_data;

	while (size) {
		uint64_t number = offset / PARCEL_BLOCK;
		size_t within = (size_t)(offset % PARCEL_BLOCK);
		size_t piece = PARCEL_BLOCK - within;
		bool ok;

		if (piece > size)
			piece = size;
		ok = bit_get(blocks->there, number) ?
			     layer_read(blocks, to, piece, offset, err) :
			     read_missing(blocks, number, to, piece, within,
					  err);
		if (!ok)
			return false;
		to += piece;
		offset += piece;
		size -= piece;
	}
	return true;
}

/* The next block of the source's that is missing, once around. */
static uint64_t find_missing(struct fill_blocks *blocks)
{
	for (unsigned round = 0; round < 2; round++) {
		uint64_t i =
			blocks->source->ops->next(blocks->source, blocks->next);

		while (i != PARCEL_NO_BLOCK && bit_get(blocks->there, i))
			i = blocks->source->ops->next(blocks->source, i + 1);
		blocks->next = i == PARCEL_NO_BLOCK ? 0 : i;
		if (i != PARCEL_NO_BLOCK)
			return i;
	}
	return PARCEL_NO_BLOCK;
}

void fill_blocks_change(struct fill_blocks *blocks, struct fill_source *source)
{
	pthread_mutex_lock(&blocks->lock);
	blocks->source = source;
	pthread_mutex_unlock(&blocks->lock);
}

/* The next block from one on that is missing; what the layer shows rightly is
 * found to be there on the way. PARCEL_NO_BLOCK: there is none, or somebody
 * waits. */
static uint64_t find_differing(struct fill_blocks *blocks, uint64_t number)
{
	const struct fill_source_ops *ops = blocks->source->ops;
	struct error ignored = { 0 };
	bool same;

	for (uint64_t i = ops->next(blocks->source, number);
	     i != PARCEL_NO_BLOCK; i = ops->next(blocks->source, i + 1)) {
		if (__atomic_load_n(&blocks->waiting, __ATOMIC_ACQUIRE))
			break;
		if (bit_get(blocks->there, i))
			continue;
		if (bit_get(blocks->differ, i) || !ops->same)
			return i;
		if (!look_here(blocks, i, &same, &ignored))
			break;
		if (!same)
			return i;
		note_there(blocks, i);
	}
	return PARCEL_NO_BLOCK;
}

/* Says what will be fetched next, from a block on. */
static void look_ahead(struct fill_blocks *blocks, uint64_t number)
{
	const struct fill_source_ops *ops = blocks->source->ops;

	for (unsigned n = 0; ops->want && n < FILL_AHEAD; n++) {
		number = find_differing(blocks, number);
		if (number == PARCEL_NO_BLOCK)
			return;
		ops->want(blocks->source, number++);
	}
}

bool fill_blocks_pour(struct fill_blocks *blocks, bool again, size_t *ret_size,
		      struct error *err)
{
	struct error kept = { 0 };
	bool ok = true;
	uint64_t i;

	*ret_size = 0;
	pthread_mutex_lock(&blocks->lock);
	while (__atomic_load_n(&blocks->waiting, __ATOMIC_ACQUIRE))
		pthread_cond_wait(&blocks->idle, &blocks->lock);
	i = find_missing(blocks);
	if (i != PARCEL_NO_BLOCK)
		look_ahead(blocks, i);
	if (i != PARCEL_NO_BLOCK && bit_get(blocks->there, i)) {
		*ret_size = 1; /* which took no time to fetch */
	} else if (i != PARCEL_NO_BLOCK) {
		ok = fetch(blocks, i, &kept, err);
		*ret_size = block_size(blocks, i);
	}
	/* one that cannot be had does not keep the others from coming */
	if (!ok && !again)
		blocks->next = i + 1;
	pthread_mutex_unlock(&blocks->lock);
	if (ok && kept.fault)
		return fail(err, kept.fault, "%s", kept.text);
	return ok;
}

bool fill_blocks_flush(struct fill_blocks *blocks, uint8_t *ret_map,
		       uint64_t *ret_filled, struct error *err)
{
	bool ok, broken;

	pthread_mutex_lock(&blocks->lock);
	memcpy(ret_map, blocks->there, fill_blocks_map_size(blocks));
	*ret_filled = blocks->filled;
	broken = blocks->broken;
	pthread_mutex_unlock(&blocks->lock);
	if (broken)
		return fail(err, FAULT_INTERNAL,
			    "the layer cannot be written any more");
	pthread_rwlock_rdlock(&blocks->disk_lock);
	ok = disk_flush(blocks->disk, err);
	pthread_rwlock_unlock(&blocks->disk_lock);
	return ok;
}

/* Whether a block that was said to be there is what the source has. */
static bool compare_one(struct fill_blocks *blocks, uint64_t number,
			struct error *err)
{
	const struct fill_source_ops *ops = blocks->source->ops;
	size_t size = block_size(blocks, number);
	bool same = false;

	if (ops->same ? !look_here(blocks, number, &same, err) :
			!layer_read(blocks, blocks->other, size,
				    number * PARCEL_BLOCK, err))
		return false;
	if (!same && !ops->block(blocks->source, number, blocks->block, err))
		return false;
	if (!same && memcmp(blocks->block, blocks->other, size) != 0) {
		log_warning("block %llu was noted, and is not there: it is "
			    "fetched again",
			    (unsigned long long)number);
		bit_set(blocks->there, number, false);
		blocks->filled -= blocks->source->ops->has(blocks->source, number);
		blocks->next = 0;
	}
	bit_set(blocks->claimed, number, false);
	return true;
}

bool fill_blocks_compare(struct fill_blocks *blocks, bool *ret_done,
			 struct error *err)
{
	unsigned compared = 0;
	bool ok = true;

	pthread_mutex_lock(&blocks->lock);
	while (ok && blocks->compare < blocks->count &&
	       compared < COMPARED_AT_ONCE &&
	       !__atomic_load_n(&blocks->waiting, __ATOMIC_ACQUIRE)) {
		if (bit_get(blocks->claimed, blocks->compare)) {
			ok = compare_one(blocks, blocks->compare, err);
			compared++;
		}
		blocks->compare += ok;
	}
	*ret_done = ok && blocks->compare == blocks->count;
	pthread_mutex_unlock(&blocks->lock);
	return ok;
}

bool fill_blocks_move(struct fill_blocks *blocks,
		      bool (*open)(void *data, struct disk **ret_disk,
				   struct error *err),
		      void *data, struct error *err)
{
	pthread_rwlock_wrlock(&blocks->disk_lock);
	disk_close(take(blocks->disk));
	if (!open(data, &blocks->disk, err))
		return false;
	pthread_rwlock_unlock(&blocks->disk_lock);
	return true;
}
