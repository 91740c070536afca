/* regiondepot.h - the region_depot table: which regions are buckets, whose, and
 * under which key; region_seen, how new their records were; and
 * region_published, what of ours is there
 */
#ifndef QAMI_REGISTRY_REGIONDEPOT_H
#define QAMI_REGISTRY_REGIONDEPOT_H

#include "images/base/cipher.h"
#include "images/registry/db.h"

struct region_depot {
	const char *region;
	const char *place;   /* as the row of the region has it */
	const char *account; /* whose bucket, or whose server's, it is */
	struct sealed_key sealed;
};

/* Its region is there already; it goes with that. */
bool region_depot_insert(struct db *db, const struct region_depot *depot,
			 struct error *err) must_check;

/* *ret_found is false for a region that is none, or no bucket. */
bool region_depot_get(struct db *db, const char *region, struct arena *arena,
		      struct region_depot *ret_depot, bool *ret_found,
		      struct error *err) must_check;

/* All of them, by name. */
bool region_depot_list(struct db *db,
		       bool (*row)(void *data, const struct region_depot *depot,
				   struct error *err),
		       void *data, struct error *err) must_check;

/* The greatest serial that was seen of a record; 0: none. */
bool region_seen_get(struct db *db, const char *region, const char *id,
		     int64_t *ret_serial, struct error *err) must_check;

/* Notes one; a smaller one than before changes nothing. */
bool region_seen_note(struct db *db, const char *region, const char *id,
		      int64_t serial, struct error *err) must_check;

/* Notes that a snapshot's content has a name there, unless the snapshot or the
 * region has gone meanwhile; again does no harm. */
bool region_published_note(struct db *db, const char *region,
			   const char *content, const char *snapshot,
			   struct error *err) must_check;

/* The name there of what a layer shows, because a snapshot of it was published
 * or copied from there; NULL: none is known. */
bool region_content_of(struct db *db, const char *region, const char *layer,
		       struct arena *arena, const char **ret_content,
		       struct error *err) must_check;

#endif
