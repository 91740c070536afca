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

/* The names of an account's buckets, in their order. */
bool bucket_rows(struct db *db, const char *owner, struct arena *arena,
		 const char ***ret_names, size_t *ret_count, struct error *err)
	must_check;

#endif
