/* publishdisk.c - the blocks of a snapshot, into a region of objects
 *
 * They are read one at a time, as a store answers one question at a time, and
 * packed, sealed and put by several threads: what takes long is the bucket.
 */
#include <pthread.h>
#include <string.h>

#include "images/base/digest.h"
#include "images/base/hex.h"
#include "images/chain/digests.h"
#include "images/publish-private.h"

#define THREADS 8

/* A disk on its way. */
struct pushing {
	struct publishing *publishing;
	struct far_disk *source;
	struct depot_entry *entries; /* owned; of each block that has any */
	size_t count;
	uint64_t blocks;

	pthread_mutex_t lock; /* of all that follows, and of the source */
	uint64_t next;	      /* block to look at */
	size_t taken;	      /* entries */
	size_t done;
	bool failed;
	struct error err; /* of the first that has */
};

struct hand {
	struct pushing *pushing;
	struct depot_room *room; /* owned */
	uint8_t *block;		 /* owned */
	pthread_t thread;
};

static void tell(const struct pushing *pushing)
{
	const struct call *call = pushing->publishing->call;

	if (call->progress)
		call->progress(call->watch_data,
			       (uint64_t)pushing->done * DEPOT_BLOCK,
			       (uint64_t)pushing->count * DEPOT_BLOCK);
}

/* Reads the next block that the region may lack, with the lock; *ret_entry is
 * NULL when there is none left. What is known to be there is passed over. */
static bool next_block(struct hand *hand, struct depot_entry **ret_entry,
		       bool *ret_known, struct error *err)
{
	struct pushing *pushing = hand->pushing;
	struct publishing *publishing = pushing->publishing;
	struct far_disk *source = pushing->source;
	bool lacks = true;

	for (; pushing->next < pushing->blocks; pushing->next++) {
		struct depot_entry *entry = pushing->entries + pushing->taken;
		const uint8_t *digest;

		if (!source->ops->has(source, pushing->next))
			continue;
		digest = source->ops->digest(source, pushing->next);
		entry->number = pushing->next;
		pushing->taken++;
		if (digest) {
			memcpy(entry->digest, digest, DEPOT_DIGEST);
			lacks = memcmp(digest, digest_of_zeros, DEPOT_DIGEST) !=
				0;
			if (lacks && !depot_set_lacks(publishing->depot,
						      publishing->there, digest,
						      &lacks, err))
				return false;
		}
		if (!lacks) {
			pushing->done++;
			tell(pushing);
			continue;
		}
		*ret_entry = entry;
		*ret_known = digest != NULL;
		return source->ops->read(source, pushing->next++, hand->block,
					 err) &&
		       depot_publish_renew(publishing->depot, clock_wall(),
					   &publishing->mark, err);
	}
	*ret_entry = NULL;
	return true;
}

/* Puts a block that was read. One that turns out to be zeros has the digest of
 * zeros from here on. */
static bool put_block(struct hand *hand, struct depot_entry *entry, bool known,
		      uint64_t *ret_size, struct error *err)
{
	struct publishing *publishing = hand->pushing->publishing;
	bool lacks = true;

	if (!known) {
		sha256(hand->block, DEPOT_BLOCK, entry->digest);
		if (memcmp(entry->digest, digest_of_zeros, DEPOT_DIGEST) == 0)
			return true;
		if (!depot_set_lacks(publishing->depot, publishing->there,
				     entry->digest, &lacks, err))
			return false;
	}
	return !lacks ||
	       depot_put_block(publishing->depot, hand->room, hand->block,
			       entry->digest, ret_size, err);
}

static void *push_blocks(void *data)
{
	struct hand *hand = data;
	struct pushing *pushing = hand->pushing;
	struct publish_told *told = pushing->publishing->told;
	struct error err = { 0 };
	bool ok = true;

	pthread_mutex_lock(&pushing->lock);
	while (ok && !pushing->failed) {
		struct depot_entry *entry = NULL;
		uint64_t size = 0;
		bool known;

		ok = next_block(hand, &entry, &known, &err);
		if (!ok || !entry)
			break;
		pthread_mutex_unlock(&pushing->lock);
		ok = put_block(hand, entry, known, &size, &err);
		pthread_mutex_lock(&pushing->lock);
		told->put += size > 0;
		told->bytes += size;
		pushing->done++;
		tell(pushing);
	}
	if (!ok && !pushing->failed) {
		pushing->failed = true;
		pushing->err = err;
	}
	pthread_mutex_unlock(&pushing->lock);
	return NULL;
}

static bool hand_make(struct pushing *pushing, struct hand *hand,
		      struct error *err)
{
	hand->pushing = pushing;
	hand->block = malloc(DEPOT_BLOCK);
	return hand->block ? depot_room_new(&hand->room, err) :
			     fail_memory(err);
}

static void hand_done(struct hand *hand)
{
	depot_room_free(hand->room);
	free(hand->block);
}

/* All blocks, by this thread and others. */
static bool push_all(struct pushing *pushing, struct error *err)
{
	struct hand hands[THREADS] = { { .pushing = NULL } };
	size_t wanted = pushing->count < THREADS ? pushing->count : THREADS;
	size_t count = 0;

	if (!hand_make(pushing, &hands[0], err)) {
		hand_done(&hands[0]);
		return false;
	}
	while (count + 1 < wanted) {
		struct hand *hand = &hands[count + 1];
		struct error few = { 0 }; /* then there are fewer */

		if (!hand_make(pushing, hand, &few) ||
		    pthread_create(&hand->thread, NULL, push_blocks, hand) !=
			    0) {
			hand_done(hand);
			break;
		}
		count++;
	}
	push_blocks(&hands[0]);
	for (; count; count--) {
		pthread_join(hands[count].thread, NULL);
		hand_done(&hands[count]);
	}
	hand_done(&hands[0]);
	return !pushing->failed ||
	       fail(err, pushing->err.fault, "%s", pushing->err.text);
}

/* Leaves out what turned out to be zeros, and puts the list. */
static bool put_list(struct pushing *pushing, struct depot_item *item,
		     struct error *err)
{
	struct publishing *publishing = pushing->publishing;
	struct depot_list list = { pushing->source->size, pushing->entries, 0 };
	char digits[2 * DEPOT_DIGEST + 1];

	for (size_t i = 0; i < pushing->taken; i++)
		if (memcmp(pushing->entries[i].digest, digest_of_zeros,
			   DEPOT_DIGEST) != 0)
			list.entries[list.count++] = pushing->entries[i];
	publishing->told->blocks += list.count;
	if (!depot_put_list(publishing->depot, &list, item->list, err))
		return false;
	hex_write(item->list, sizeof(item->list), digits);
	item->snapshot.layer = arena_str(publishing->arena, digits);
	return item->snapshot.layer || fail_memory(err);
}

bool publish_disk(struct publishing *publishing, struct far_disk *source,
		  struct depot_item *item, struct error *err)
{
	struct pushing pushing = {
		.publishing = publishing,
		.source = source,
		.blocks = (source->size + DEPOT_BLOCK - 1) / DEPOT_BLOCK,
		.lock = PTHREAD_MUTEX_INITIALIZER,
	};
	bool ok;

	for (uint64_t block = 0; block < pushing.blocks; block++)
		pushing.count += source->ops->has(source, block);
	pushing.entries = calloc(pushing.count + 1, sizeof(*pushing.entries));
	if (!pushing.entries)
		return fail_memory(err);
	ok = push_all(&pushing, err) && put_list(&pushing, item, err);
	free(pushing.entries);
	return ok;
}
