/* depotplace.h - regions that are buckets: naming them, and opening them
 *
 * Stores that never reach each other have such a region in common. Nobody
 * answers there: what it is made of is in images/depot/depot.h. Its key
 * is drawn by the first store that names the region, for its owner to carry to
 * the others, and kept in each of them under the master key.
 *
 * What is in a region belongs to the account of the number that published it,
 * and may be copied by the accounts that it was shared with then. That is what
 * stores that have the key hold each other to; it is no secret from those who
 * have it.
 */
#ifndef QAMI_IMAGES_DEPOTPLACE_H
#define QAMI_IMAGES_DEPOTPLACE_H

#include "images/depot/depot.h"
#include "images/far.h"

/* What `qami region add` says of one. All borrowed; NULL where nothing was
 * said. */
struct depot_request {
	const char *name;
	const char *place;    /* "s3://BUCKET/PREFIX" on the account's server,
			       * "BUCKET/PREFIX" of the account's buckets here,
			       * or a directory by its whole path */
	const char *endpoint; /* another server for s3://, with the keys that
			       * the environment has */
	const char *key_file; /* 64 digits; NULL: keys/region-NAME of the store,
			       * which is made with a new key where there is
			       * none */
};

/* Names a bucket as a region of this store, and makes it one where it is none
 * yet. *ret_key_file, unless the key was given, is where it is now, in the
 * arena; else NULL. FAULT_INVALID_PARAMETER for a name or place that cannot be;
 * FAULT_AUTH_FAILURE for another key than the region's, or none for one that is
 * there; those of the bucket. */
bool region_add_depot(struct call *call, const struct depot_request *request,
		      struct arena *arena, const char **ret_key_file,
		      struct error *err) must_check;

/* Whoever names a region, or forgets one, does so alone: the descriptor is
 * closed when that is done; -1 on failure. */
int region_lock(const struct call *call, struct error *err) must_check;

/* Forgets what is kept of a region that has no row any more: its server, with
 * the keys to that. The key's file stays: it may be the last one. */
bool depot_place_forget(const struct call *call, const char *region,
			struct error *err) must_check;

/* Calls `found` for each region whose key does not open, and why. */
bool depot_place_check(const struct call *call,
		       void (*found)(void *data, const char *id,
				     const char *why),
		       void *data, struct error *err) must_check;

/* A region that is a bucket, opened. */
struct depot_place;

/* *ret_place is NULL (and no error) for a region that is none, or no bucket. */
bool depot_place_open(const struct call *call, const char *region,
		      struct depot_place **ret_place, struct error *err)
	must_check;
void depot_place_close(struct depot_place *place);
AUTO_DEFINE(depot_place, depot_place_close)

/* Borrowed from it. */
struct depot *depot_place_depot(const struct depot_place *place);
const char *depot_place_region(const struct depot_place *place);

/* Ends what other threads are at there. */
void depot_place_cancel(struct depot_place *place);

/* To copy from; *ret_far is NULL for a region that is none, or no bucket. */
bool far_depot_open(const struct call *call, const char *region,
		    struct far **ret_far, struct error *err) must_check;

#endif
