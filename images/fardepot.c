/* fardepot.c - a region that is a bucket, as it is asked by who copies from
 * there
 *
 * Blocks come over several connections at a time: those that are wanted are
 * fetched by threads into a ring, from which they are read in the same order.
 */
#include <inttypes.h>
#include <pthread.h>
#include <string.h>

#include "images/base/digest.h"
#include "images/base/hex.h"
#include "images/base/id.h"
#include "images/chain/digests.h"
#include "images/depotrecord.h"

#define THREADS 8

struct far_place {
	struct far far;
	struct call call; /* who asks, here */
	struct depot_place *place;
};

/* A block on its way. */
struct coming {
	uint64_t block;
	const uint8_t *digest;
	bool done;
	struct error err; /* why it will not come */
	uint8_t *data;	  /* DEPOT_BLOCK bytes; owned */
};

struct place_disk {
	struct far_disk disk;
	struct depot_place *place;
	struct depot_list list;
	struct arena *arena; /* of the lineage; owned */

	pthread_mutex_t lock; /* of all that follows */
	pthread_cond_t wanted, came;
	struct coming ring[FAR_AHEAD];
	size_t first, fetched, count; /* in the ring: those from `first` on,
				       * `fetched` of which somebody has taken
				       * on */
	struct worker {
		struct place_disk *disk;
		struct depot_room *room; /* owned */
		pthread_t thread;
	} workers[THREADS];
	unsigned worker_count;
	bool ends;
};

static struct far_place *place_of(struct far *far)
{
	return (struct far_place *)far;
}

static struct place_disk *disk_of(struct far_disk *disk)
{
	return (struct place_disk *)disk;
}

/* What a server refuses today it may not tomorrow, when its keys were set
 * right; only what it answers can be damaged. */
static bool as_far(bool ok, struct error *err)
{
	struct error was = *err;

	if (ok || (was.fault != FAULT_AUTH_FAILURE &&
		   was.fault != FAULT_BUCKET_NOT_FOUND))
		return ok;
	error_clear(err);
	return fail(err, FAULT_UNAVAILABLE, "%s", was.text);
}

/* What an account may not see answers like what is not there. */
static bool find_item(struct far_place *far, const char *account,
		      const char *id, struct arena *arena,
		      struct depot_item *ret_item, bool *ret_found,
		      struct error *err)
{
	*ret_found = false;
	if (depot_item_get(&far->call, far->place, id, arena, ret_item, err)) {
		*ret_found = depot_item_visible(ret_item, account);
		return true;
	}
	if (err->fault != FAULT_KEY_NOT_FOUND)
		return false;
	error_clear(err);
	return true;
}

static bool place_snapshot(struct far *far, const char *account, const char *id,
			   struct arena *arena, struct snapshot *ret_snapshot,
			   struct error *err)
{
	struct depot_item item;
	bool found = false;

	if (id_valid(id, "snap") &&
	    !find_item(place_of(far), account, id, arena, &item, &found, err))
		return false;
	if (!found)
		return fail(err, FAULT_SNAPSHOT_NOT_FOUND,
			    "The snapshot '%s' does not exist.", id);
	*ret_snapshot = item.snapshot;
	return true;
}

static bool place_image(struct far *far, const char *account, const char *id,
			struct arena *arena, struct far_image *ret_image,
			struct error *err)
{
	struct depot_item item;
	bool found = false;

	if (id_valid(id, "ami") &&
	    !find_item(place_of(far), account, id, arena, &item, &found, err))
		return false;
	if (!found)
		return fail(err, FAULT_IMAGE_NOT_FOUND,
			    "The image id '[%s]' does not exist", id);
	*ret_image = item.image;
	return true;
}

/* The list's entry of a block; NULL: it is zeros. */
static const struct depot_entry *entry_of(const struct place_disk *disk,
					  uint64_t block)
{
	size_t low = 0, high = disk->list.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (disk->list.entries[middle].number < block)
			low = middle + 1;
		else
			high = middle;
	}
	return low < disk->list.count &&
			       disk->list.entries[low].number == block ?
		       disk->list.entries + low :
		       NULL;
}

static bool place_has(const struct far_disk *disk, uint64_t block)
{
	return entry_of((const struct place_disk *)disk, block) != NULL;
}

static const uint8_t *place_digest(const struct far_disk *disk, uint64_t block)
{
	const struct depot_entry *entry =
		entry_of((const struct place_disk *)disk, block);

	return entry ? entry->digest : digest_of_zeros;
}

static bool place_matches(const struct far_disk *disk, uint64_t block,
			  const uint8_t *data)
{
	uint8_t is[SHA256_SIZE];

	sha256(data, DEPOT_BLOCK, is);
	return memcmp(is, place_digest(disk, block), sizeof(is)) == 0;
}

/* Adds the blocks in which two lists differ, as far as the newer disk goes. */
static bool add_changes(const struct depot_list *newer,
			const struct depot_list *older, struct blockmap *map,
			struct error *err)
{
	uint64_t blocks = (newer->size + DEPOT_BLOCK - 1) / DEPOT_BLOCK;
	const struct depot_entry *left = newer->entries,
				 *right = older->entries;
	const struct depot_entry *left_end = left + newer->count;
	const struct depot_entry *right_end = right + older->count;

	while (left < left_end || right < right_end) {
		bool first = right == right_end ||
			     (left < left_end && left->number <= right->number);
		bool both = left < left_end && right < right_end &&
			    left->number == right->number;
		uint64_t block = first ? left->number : right->number;
		bool same = both && memcmp(left->digest, right->digest,
					   DEPOT_DIGEST) == 0;

		left += first;
		right += both || !first;
		if (!same && block < blocks && !blockmap_add(map, block, err))
			return false;
	}
	return true;
}

/* By the list of the older one, while that is there: it may have been withdrawn
 * and collected. */
static bool place_since(struct far_disk *far_disk, size_t older,
			struct blockmap *map, bool *ret_known,
			struct error *err)
{
	struct place_disk *disk = disk_of(far_disk);
	struct depot_list list;
	uint8_t digest[DEPOT_DIGEST];
	bool ok;

	*ret_known = false;
	if (!hex_read(far_disk->lineage[older], digest, sizeof(digest)))
		return true;
	if (!depot_get_list(depot_place_depot(disk->place), digest, &list,
			    err)) {
		if (err->fault != FAULT_INTERNAL)
			return as_far(false, err);
		error_clear(err);
		return true;
	}
	*ret_known = true;
	ok = add_changes(&disk->list, &list, map, err);
	depot_list_done(&list);
	return ok;
}

/* Takes on the next block that nobody fetches; NULL: there is none, or no more
 * to do. With the lock. */
static struct coming *next_coming(struct place_disk *disk)
{
	if (disk->ends || disk->fetched == disk->count)
		return NULL;
	return disk->ring + (disk->first + disk->fetched++) % FAR_AHEAD;
}

static void fetch(struct place_disk *disk, struct depot_room *room,
		  struct coming *coming)
{
	struct error err = { 0 };

	pthread_mutex_unlock(&disk->lock);
	(void)!depot_get_block(depot_place_depot(disk->place), room,
			       coming->digest, coming->data, &err);
	pthread_mutex_lock(&disk->lock);
	coming->err = err;
	coming->done = true;
	pthread_cond_broadcast(&disk->came);
}

static void *work(void *data)
{
	const struct worker *worker = data;
	struct place_disk *disk = worker->disk;
	struct coming *coming;

	pthread_mutex_lock(&disk->lock);
	while (!disk->ends) {
		coming = next_coming(disk);
		if (coming)
			fetch(disk, worker->room, coming);
		else
			pthread_cond_wait(&disk->wanted, &disk->lock);
	}
	pthread_mutex_unlock(&disk->lock);
	return NULL;
}

/* One more who works, for each block that is wanted, until there are enough. */
static bool hire(struct place_disk *disk, struct error *err)
{
	struct worker *worker = disk->workers + disk->worker_count;

	if (disk->worker_count == THREADS)
		return true;
	if (!depot_room_new(&worker->room, err))
		return false;
	worker->disk = disk;
	if (pthread_create(&worker->thread, NULL, work, worker) == 0) {
		disk->worker_count++;
		return true;
	}
	depot_room_free(worker->room);
	return disk->worker_count || fail_memory(err);
}

static bool place_want(struct far_disk *far_disk, uint64_t block,
		       struct error *err)
{
	struct place_disk *disk = disk_of(far_disk);
	const struct depot_entry *entry = entry_of(disk, block);
	struct coming *coming;

	if (!hire(disk, err))
		return false;
	pthread_mutex_lock(&disk->lock);
	coming = disk->ring + (disk->first + disk->count) % FAR_AHEAD;
	coming->block = block;
	coming->digest = entry ? entry->digest : digest_of_zeros;
	coming->done = false;
	if (!coming->data)
		coming->data = malloc(DEPOT_BLOCK);
	if (coming->data) {
		disk->count++;
		pthread_cond_signal(&disk->wanted);
	}
	pthread_mutex_unlock(&disk->lock);
	return coming->data || fail_memory(err);
}

static bool place_read(struct far_disk *far_disk, uint64_t block,
		       uint8_t *ret_data, struct error *err)
{
	struct place_disk *disk = disk_of(far_disk);
	struct coming *coming = disk->ring + disk->first;

	pthread_mutex_lock(&disk->lock);
	while (!coming->done)
		pthread_cond_wait(&disk->came, &disk->lock);
	disk->first = (disk->first + 1) % FAR_AHEAD;
	disk->fetched--;
	disk->count--;
	pthread_mutex_unlock(&disk->lock);
	if (coming->err.fault != FAULT_NONE)
		return as_far(fail(err, coming->err.fault,
				   "block %" PRIu64 " of the source: %s", block,
				   coming->err.text),
			      err);
	memcpy(ret_data, coming->data, DEPOT_BLOCK);
	return true;
}

static void place_disk_close(struct far_disk *far_disk)
{
	struct place_disk *disk = disk_of(far_disk);

	pthread_mutex_lock(&disk->lock);
	disk->ends = true;
	if (disk->fetched)
		depot_place_cancel(disk->place);
	pthread_cond_broadcast(&disk->wanted);
	pthread_mutex_unlock(&disk->lock);
	while (disk->worker_count) {
		struct worker *worker = disk->workers + --disk->worker_count;

		pthread_join(worker->thread, NULL);
		depot_room_free(worker->room);
	}
	pthread_cond_destroy(&disk->wanted);
	pthread_cond_destroy(&disk->came);
	pthread_mutex_destroy(&disk->lock);
	for (size_t i = 0; i < FAR_AHEAD; i++)
		free(disk->ring[i].data);
	depot_list_done(&disk->list);
	arena_free(disk->arena);
	free(disk);
}

static const struct far_disk_ops disk_ops = {
	.has = place_has,
	.digest = place_digest,
	.matches = place_matches,
	.since = place_since,
	.want = place_want,
	.read = place_read,
	.close = place_disk_close,
};

/* Its own name first, then those of what it was made on. */
static bool list_lineage(struct place_disk *disk, const struct depot_item *item,
			 struct error *err)
{
	const char **names = arena_alloc(
		disk->arena, (item->lineage_count + 1) * sizeof(*names));

	if (!names)
		return fail_memory(err);
	names[0] = item->snapshot.layer;
	for (size_t i = 0; i < item->lineage_count; i++)
		names[i + 1] = item->lineage[i];
	disk->disk.lineage = names;
	disk->disk.lineage_count = item->lineage_count + 1;
	return true;
}

/* Opens the list of an item, in whose arena it is. */
static bool open_list(struct far_place *far, const struct depot_item *item,
		      struct arena *arena, struct far_disk **ret_disk,
		      struct error *err)
{
	struct place_disk *disk = calloc(1, sizeof(*disk));

	if (!disk)
		return fail_memory(err);
	disk->arena = arena;
	disk->place = far->place;
	if (!list_lineage(disk, item, err) ||
	    !depot_get_list(depot_place_depot(far->place), item->list,
			    &disk->list, err)) {
		free(disk);
		return false;
	}
	pthread_mutex_init(&disk->lock, NULL);
	pthread_cond_init(&disk->wanted, NULL);
	pthread_cond_init(&disk->came, NULL);
	disk->disk.ops = &disk_ops;
	disk->disk.size = disk->list.size;
	disk->disk.listed = true;
	*ret_disk = &disk->disk;
	return true;
}

static bool place_open(struct far *far, const char *snapshot,
		       const char *content, struct far_disk **ret_disk,
		       struct error *err)
{
	struct far_place *place = place_of(far);
	auto_of(arena) arena = arena_new();
	struct depot_item item;

	*ret_disk = NULL;
	if (!arena)
		return fail_memory(err);
	if (!depot_item_get(&place->call, place->place, snapshot, arena, &item,
			    err)) {
		if (err->fault != FAULT_KEY_NOT_FOUND)
			return as_far(false, err);
		error_clear(err);
		return true;
	}
	if (strcmp(item.snapshot.layer, content) != 0)
		return true;
	if (!open_list(place, &item, arena, ret_disk, err))
		return as_far(false, err);
	take(arena); /* the disk's */
	return true;
}

static void place_close(struct far *far)
{
	struct far_place *place = place_of(far);

	depot_place_close(place->place);
	free(place);
}

static const struct far_ops ops = {
	.snapshot = place_snapshot,
	.image = place_image,
	.open = place_open,
	.close = place_close,
};

bool far_depot_open(const struct call *call, const char *region,
		    struct far **ret_far, struct error *err)
{
	auto_of(depot_place) place = NULL;
	struct far_place *far;

	*ret_far = NULL;
	if (!depot_place_open(call, region, &place, err))
		return false;
	if (!place)
		return true;
	far = calloc(1, sizeof(*far));
	if (!far)
		return fail_memory(err);
	far->far.ops = &ops;
	far->call = *call;
	far->place = take(place);
	*ret_far = &far->far;
	return true;
}
