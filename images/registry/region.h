/* region.h - the region table: stores by the names of regions; and region_copy,
 * what was copied from them
 */
#ifndef QAMI_REGISTRY_REGION_H
#define QAMI_REGISTRY_REGION_H

#include "images/base/clock.h"
#include "images/registry/db.h"

struct region {
	const char *name;
	const char *place; /* the directory of its store, or "SCHEME://…" */
	usec_t created;
};

bool region_insert(struct db *db, const struct region *region,
		   struct error *err) must_check;
bool region_delete(struct db *db, const char *name, struct error *err)
	must_check;

/* *ret_found is false when there is none of that name. */
bool region_get(struct db *db, const char *name, struct arena *arena,
		struct region *ret_region, bool *ret_found, struct error *err)
	must_check;

/* All of them, by name. */
bool region_rows(struct db *db,
		 bool (*row)(void *data, const struct region *region,
			     struct error *err),
		 void *data, struct error *err) must_check;

/* Where a snapshot was copied from. It goes with the snapshot. */
struct region_copy {
	const char *snapshot; /* of this store */
	const char *region;
	const char *source; /* the snapshot's id there, … */
	const char *layer;  /* … the name of its layer, … */
	const char *volume; /* … and the volume that it was taken of */
};

bool region_copy_insert(struct db *db, const struct region_copy *copy,
			struct error *err) must_check;
bool region_copy_get(struct db *db, const char *snapshot, struct arena *arena,
		     struct region_copy *ret_copy, bool *ret_found,
		     struct error *err) must_check;

/* The layer of a completed snapshot here, under that key (NULL: plain), that
 * was copied of such a layer there, or published there as it; *ret_layer is
 * NULL when there is none. */
bool region_copy_of_layer(struct db *db, const char *region, const char *layer,
			  const char *kms_key, struct arena *arena,
			  const char **ret_layer, struct error *err) must_check;

/* Whether such a snapshot is pending, and its layer filled. */
bool region_copy_fills(struct db *db, const char *region, const char *layer,
		       const char *kms_key, bool *ret_fills, struct error *err)
	must_check;

/* region_copy_of_layer() of the last one that was taken of such a volume
 * there. */
bool region_copy_of_volume(struct db *db, const char *region,
			   const char *volume, const char *kms_key,
			   struct arena *arena, const char **ret_layer,
			   struct error *err) must_check;

/* Whether snapshots are being copied from a region, or layers filled from
 * there. */
bool region_busy(struct db *db, const char *region, bool *ret_busy,
		 struct error *err) must_check;

/* Gives a pending snapshot its layer. */
bool region_copy_set_layer(struct db *db, const char *snapshot,
			   const char *layer, struct error *err) must_check;

/* The layer of a pending snapshot is filled from now on, and may be stood on
 * meanwhile (snapshot.h: fills). */
bool region_copy_set_filling(struct db *db, const char *snapshot,
			     struct error *err) must_check;

/* A snapshot was completed, or has failed for good: pending images on it are
 * available when all of their snapshots are completed, or have failed. */
bool region_images_settle(struct db *db, const char *snapshot,
			  struct error *err) must_check;

#endif
