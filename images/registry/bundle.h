/* bundle.h - images that are bundles, and who stands on what they unpack to */
#ifndef QAMI_REGISTRY_BUNDLE_H
#define QAMI_REGISTRY_BUNDLE_H

#include "images/registry/db.h"

/* What an image's manifest said when it was registered. */
struct image_bundle {
	const char *digest; /* 64 hexadecimal digits: the cache's name for it */
	int64_t size;	    /* of the image, bytes */
};

bool image_bundle_insert(struct db *db, const char *image,
			 const struct image_bundle *bundle, struct error *err)
	must_check;

/* *ret_found is false for an image that is no bundle. Texts in the arena. */
bool image_bundle_get(struct db *db, const char *image, struct arena *arena,
		      struct image_bundle *ret_bundle, bool *ret_found,
		      struct error *err) must_check;

/* Whether the disk of an instance that has not ended stands on that image of
 * the cache. */
bool cache_used(struct db *db, const char *digest, bool *ret_used,
		struct error *err) must_check;

/* Calls `row` for each scratch disk of instances that have not ended. `below`
 * and `cache` may be NULL; `there` says whether the files must be there: the
 * machine runs. */
bool scratch_each(struct db *db,
		  bool (*row)(void *data, const char *instance,
			      const char *file, const char *below,
			      const char *cache, bool there, struct error *err),
		  void *data, struct error *err) must_check;

#endif
