/* set.c - a set of objects' names, by what they were made of
 *
 * Names are HMACs, so that their first bytes are as good a place in the table
 * as any hash. All zeros, which no HMAC is, stand for none.
 */
#include <string.h>

#include "images/depot/depot-private.h"

#define FIRST_ROOM 1024

struct depot_set {
	pthread_mutex_t lock;
	uint8_t (*macs)[SHA256_SIZE];
	size_t room; /* a power of two */
	size_t count;
};

static const uint8_t none[SHA256_SIZE];

bool set_new(struct depot_set **ret_set, struct error *err)
{
	struct depot_set *set = calloc(1, sizeof(*set));

	if (set)
		set->macs = calloc(FIRST_ROOM, sizeof(*set->macs));
	if (!set || !set->macs) {
		free(set);
		return fail_memory(err);
	}
	set->room = FIRST_ROOM;
	pthread_mutex_init(&set->lock, NULL);
	*ret_set = set;
	return true;
}

void depot_set_free(struct depot_set *set)
{
	if (!set)
		return;
	pthread_mutex_destroy(&set->lock);
	free(set->macs);
	free(set);
}

/* Where it is, or would be. */
static uint8_t *place(uint8_t (*macs)[SHA256_SIZE], size_t room,
		      const uint8_t mac[SHA256_SIZE])
{
	size_t at = (size_t)get64(mac) & (room - 1);

	while (memcmp(macs[at], none, sizeof(none)) != 0 &&
	       memcmp(macs[at], mac, sizeof(none)) != 0)
		at = (at + 1) & (room - 1);
	return macs[at];
}

static bool grow(struct depot_set *set, struct error *err)
{
	size_t room = 2 * set->room;
	uint8_t(*macs)[SHA256_SIZE] = calloc(room, sizeof(*macs));

	if (!macs)
		return fail_memory(err);
	for (size_t i = 0; i < set->room; i++)
		if (memcmp(set->macs[i], none, sizeof(none)) != 0)
			memcpy(place(macs, room, set->macs[i]), set->macs[i],
			       sizeof(none));
	free(set->macs);
	set->macs = macs;
	set->room = room;
	return true;
}

bool set_add(struct depot_set *set, const uint8_t mac[SHA256_SIZE],
	     bool *ret_added, struct error *err)
{
	uint8_t *at;

	if (2 * set->count >= set->room && !grow(set, err))
		return false;
	at = place(set->macs, set->room, mac);
	*ret_added = memcmp(at, none, sizeof(none)) == 0;
	if (*ret_added) {
		memcpy(at, mac, sizeof(none));
		set->count++;
	}
	return true;
}

bool set_has(const struct depot_set *set, const uint8_t mac[SHA256_SIZE])
{
	return memcmp(place(set->macs, set->room, mac), mac, sizeof(none)) == 0;
}

/* A listing on its way into a set. */
struct listing {
	struct depot_set *set;
	struct error *err;
	bool failed;
};

static bool add_block(void *data, const char *name, uint64_t size)
{
	struct listing *listing = data;
	uint8_t mac[SHA256_SIZE];
	bool added;

	(void)size;
	if (!block_name_read(name, mac)) /* nobody's: it names no block */
		return true;
	listing->failed = !set_add(listing->set, mac, &added, listing->err);
	return !listing->failed;
}

bool depot_blocks(struct depot *depot, struct depot_set **ret_set,
		  struct error *err)
{
	auto_of(depot_set) set = NULL;
	struct listing listing = { .err = err };

	if (!set_new(&set, err))
		return false;
	listing.set = set;
	if (!depot->ops->list(depot->data, "blocks/", add_block, &listing,
			      err) ||
	    listing.failed)
		return false;
	*ret_set = take(set);
	return true;
}

bool depot_set_lacks(struct depot *depot, struct depot_set *set,
		     const uint8_t digest[DEPOT_DIGEST], bool *ret_lacks,
		     struct error *err)
{
	uint8_t mac[SHA256_SIZE];
	bool done;

	name_of(depot, "block", digest, mac);
	pthread_mutex_lock(&set->lock);
	done = set_add(set, mac, ret_lacks, err);
	pthread_mutex_unlock(&set->lock);
	return done;
}
