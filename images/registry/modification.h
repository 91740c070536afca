/* modification.h - the modification table: what ModifyVolume did to volumes */
#ifndef QAMI_REGISTRY_MODIFICATION_H
#define QAMI_REGISTRY_MODIFICATION_H

#include "images/base/clock.h"
#include "images/registry/db.h"
#include "images/registry/query.h"

/* What a volume was, or shall be. */
struct volume_shape {
	int64_t size; /* GiB */
	const char *type;
	int64_t iops;	    /* 0: the type has none */
	int64_t throughput; /* MiB/s; 0: the type has none */
};

struct modification {
	int64_t seq; /* set by modification_insert() */
	const char *volume;
	const char *state;   /* "modifying", …, "completed" or "failed" */
	const char *message; /* why it failed, "" otherwise */
	struct volume_shape target;
	struct volume_shape original;
	usec_t started;
	usec_t ended; /* 0: not yet */
};

/* FAULT_VOLUME_LIMIT: the volume would grow beyond its owner's quota. */
bool modification_insert(struct db *db, struct modification *modification,
			 struct error *err) must_check;

/* The last modification of a volume; *ret_found is false when it has had
 * none. */
bool modification_get(struct db *db, const char *volume, struct arena *arena,
		      struct modification *ret_modification, bool *ret_found,
		      struct error *err) must_check;

/* How many of a volume's modifications began from `since` until `until`; failed
 * ones do not count. */
bool modification_count(struct db *db, const char *volume, usec_t since,
			usec_t until, int64_t *ret_count, struct error *err)
	must_check;

/* Ends a modification as "completed" or "failed". */
bool modification_end(struct db *db, int64_t seq, const char *state,
		      const char *message, usec_t now, struct error *err)
	must_check;

/* Calls `row` for the last modification of each volume that the account owns
 * and the query asks for. The row lives for the call. */
bool modification_list(struct db *db, const struct query *query,
		       bool (*row)(void *data,
				   const struct modification *modification,
				   struct error *err),
		       void *data, struct error *err) must_check;

#endif
