/* bucket.h - the bucket table: whose a bucket of the store is */
#ifndef QAMI_REGISTRY_BUCKET_H
#define QAMI_REGISTRY_BUCKET_H

#include "images/base/clock.h"
#include "images/registry/db.h"

bool bucket_row_insert(struct db *db, const char *name, const char *owner,
		       usec_t created, struct error *err) must_check;

/* The account that made a bucket, in the arena; NULL: there is none. */
bool bucket_row_owner(struct db *db, const char *name, struct arena *arena,
		      const char **ret_owner, struct error *err) must_check;
bool bucket_row_delete(struct db *db, const char *name, struct error *err)
	must_check;

struct bucket_row {
	const char *name;
	usec_t created;
};

/* An account's buckets in the order of their names; in the arena. */
bool bucket_rows(struct db *db, const char *owner, struct arena *arena,
		 const struct bucket_row **ret_rows, size_t *ret_count,
		 struct error *err) must_check;

#endif
