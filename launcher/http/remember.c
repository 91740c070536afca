/* remember.c - what the server remembers of signatures
 *
 * The one state of this room that no request brings along: it belongs to the
 * process, as its threads do.
 */
#include "launcher/http/remember.h"

#include <pthread.h>
#include <string.h>

#define KEYS 64
#define SIGNATURES 8192 /* in sets of … */
#define WAYS 4

struct signing_key {
	uint8_t name[SHA256_SIZE];
	uint8_t key[SHA256_SIZE];
};

struct seen {
	uint8_t signature[16]; /* the half of it is enough to tell them apart */
	usec_t time;	       /* 0: nothing here */
	unsigned count;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct signing_key keys[KEYS];
static size_t key_count;
static struct seen seen[SIGNATURES];

bool remember_key(const uint8_t name[SHA256_SIZE], uint8_t ret_key[SHA256_SIZE])
{
	bool found = false;

	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < KEYS && i < key_count && !found; i++)
		if (memcmp(keys[i].name, name, SHA256_SIZE) == 0) {
			memcpy(ret_key, keys[i].key, SHA256_SIZE);
			found = true;
		}
	pthread_mutex_unlock(&lock);
	return found;
}

void remember_key_put(const uint8_t name[SHA256_SIZE],
		      const uint8_t key[SHA256_SIZE])
{
	struct signing_key *place;

	pthread_mutex_lock(&lock);
	place = &keys[key_count++ % KEYS];
	memcpy(place->name, name, SHA256_SIZE);
	memcpy(place->key, key, SHA256_SIZE);
	pthread_mutex_unlock(&lock);
}

/* Where a signature is, or else where it may be put: the oldest place of its
 * set. */
static struct seen *find_place(const uint8_t signature[SHA256_SIZE])
{
	size_t set =
		(signature[SHA256_SIZE - 1] << 8 | signature[SHA256_SIZE - 2]) %
		(SIGNATURES / WAYS);
	struct seen *ways = &seen[set * WAYS], *oldest = ways;

	for (size_t i = 0; i < WAYS; i++) {
		if (ways[i].time && memcmp(ways[i].signature, signature,
					   sizeof(ways[i].signature)) == 0)
			return &ways[i];
		if (ways[i].time < oldest->time)
			oldest = &ways[i];
	}
	return oldest;
}

unsigned remember_signature(const uint8_t signature[SHA256_SIZE], usec_t now,
			    usec_t window)
{
	struct seen *place;
	unsigned before = 0;

	pthread_mutex_lock(&lock);
	place = find_place(signature);
	if (place->time && place->time > now - window &&
	    memcmp(place->signature, signature, sizeof(place->signature)) == 0)
		before = place->count;
	else
		memcpy(place->signature, signature, sizeof(place->signature));
	place->time = now;
	place->count = before + 1;
	pthread_mutex_unlock(&lock);
	return before;
}
