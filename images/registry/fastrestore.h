/* fastrestore.h - the fast_restore and fast_layer tables: which snapshots are
 * restored fast, for whom, and from what
 */
#ifndef QAMI_REGISTRY_FASTRESTORE_H
#define QAMI_REGISTRY_FASTRESTORE_H

#include "images/base/clock.h"
#include "images/registry/db.h"
#include "images/registry/query.h"

struct fast_restore {
	int64_t seq; /* read only */
	const char *snapshot;
	int64_t size; /* read only: the snapshot's, GiB */
	const char *zone;
	const char *zone_id;
	const char *owner; /* who enabled it */
	const char *state;
	usec_t enabling; /* since when it was in which state; 0: never */
	usec_t optimizing;
	usec_t due; /* when it is enabled, at the earliest; 0: not known yet */
	usec_t enabled;
	usec_t disabling;
	usec_t disabled;
	int64_t credits; /* images/credit.h */
	usec_t counted;
};

/* Writes one anew, whatever there was for that snapshot, zone and account. */
bool fast_restore_set(struct db *db, const struct fast_restore *restore,
		      struct error *err) must_check;

/* *ret_found is false when there never was one, or it was forgotten. */
bool fast_restore_get(struct db *db, const char *snapshot, const char *zone,
		      const char *owner, struct arena *arena,
		      struct fast_restore *ret_restore, bool *ret_found,
		      struct error *err) must_check;

/* Calls `row` for each that the account enabled and the query asks for. */
bool fast_restore_list(struct db *db, const struct query *query,
		       bool (*row)(void *data,
				   const struct fast_restore *restore,
				   struct error *err),
		       void *data, struct error *err) must_check;

/* How many snapshots an account has it enabled for, or is about to. */
bool fast_restore_count(struct db *db, const char *owner, int64_t *ret_count,
			struct error *err) must_check;

/* All that are not disabled, of one snapshot or (NULL) of all; in the arena. */
bool fast_restore_active(struct db *db, const char *snapshot,
			 struct arena *arena,
			 const struct fast_restore **ret_restores,
			 size_t *ret_count, struct error *err) must_check;

/* Whether any is to change by now, without a job: it is time to be enabled, its
 * account may no longer use the snapshot, or it was disabled before
 * `forget`. */
bool fast_restore_stale(struct db *db, usec_t now, usec_t forget,
			bool *ret_stale, struct error *err) must_check;

/* Those whose time has come are enabled, since then. */
bool fast_restore_ripen(struct db *db, usec_t now, struct error *err)
	must_check;

/* Those whose accounts may no longer use the snapshot become "disabling";
 * the snapshots' ids in the arena. */
bool fast_restore_revoke(struct db *db, usec_t now, struct arena *arena,
			 const char *const **ret_snapshots, size_t *ret_count,
			 struct error *err) must_check;

/* Forgets what was disabled before `before`. */
bool fast_restore_forget(struct db *db, usec_t before, struct error *err)
	must_check;

struct fast_layer {
	const char *snapshot;
	const char *layer; /* NULL: the snapshot's own */
	usec_t built;	   /* 0: not yet */
};

bool fast_layer_get(struct db *db, const char *snapshot, struct arena *arena,
		    struct fast_layer *ret_layer, bool *ret_found,
		    struct error *err) must_check;
bool fast_layer_insert(struct db *db, const char *snapshot, const char *layer,
		       struct error *err) must_check;
bool fast_layer_set_built(struct db *db, const char *snapshot, usec_t when,
			  struct error *err) must_check;
bool fast_layer_delete(struct db *db, const char *snapshot, struct error *err)
	must_check;

#endif
