/* snapshot.h - the snapshot table: names for frozen layers */
#ifndef QAMI_REGISTRY_SNAPSHOT_H
#define QAMI_REGISTRY_SNAPSHOT_H

#include "images/base/clock.h"
#include "images/registry/db.h"
#include "images/registry/query.h"

struct snapshot {
	int64_t seq; /* set by listings; the order of creation */
	const char *id;
	const char *owner;
	const char *layer;
	const char *volume;	 /* what it was taken of; vol-ffffffff: none */
	int64_t size;		 /* GiB */
	const char *description; /* "" when none was given */
	const char *state;	 /* "pending", "completed" or "error" */
	usec_t created;
};

bool snapshot_insert(struct db *db, const struct snapshot *snapshot,
		     struct error *err) must_check;

/* By id, for anyone; *ret_found is false when there is none. */
bool snapshot_get(struct db *db, const char *id, struct arena *arena,
		  struct snapshot *ret_snapshot, bool *ret_found,
		  struct error *err) must_check;

/* Calls `row` for each snapshot the account may see and the query asks for;
 * stops with its error when it returns false. The row lives for the call. */
bool snapshot_list(struct db *db, const struct query *query,
		   bool (*row)(void *data, const struct snapshot *snapshot,
			       struct error *err),
		   void *data, struct error *err) must_check;

bool snapshot_delete(struct db *db, const char *id, struct error *err)
	must_check;

/* The id of a registered image that uses the snapshot; *ret_image is NULL when
 * none does. */
bool snapshot_user(struct db *db, const char *id, struct arena *arena,
		   const char **ret_image, struct error *err) must_check;

#endif
