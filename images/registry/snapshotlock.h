/* snapshotlock.h - the snapshot_lock table: what keeps snapshots from being
 * deleted, and until when */
#ifndef QAMI_REGISTRY_SNAPSHOTLOCK_H
#define QAMI_REGISTRY_SNAPSHOTLOCK_H

#include "images/base/clock.h"
#include "images/registry/db.h"
#include "images/registry/query.h"

struct snapshot_lock {
	int64_t seq;	   /* read only: the snapshot's */
	const char *id;	   /* the snapshot */
	const char *owner; /* read only */
	const char *mode;  /* "governance" or "compliance" */
	usec_t created;
	int64_t days;
	usec_t until;	  /* 0: `days` after it started */
	int64_t cool_off; /* hours; 0: none */
	usec_t cooling;	  /* from when on it cools off; 0: it does not */

	/* Read only, as it is at the time that was asked about. */
	const char *state; /* "compliance-cooloff", "compliance", "governance"
			    * or "expired" */
	usec_t started;	   /* 0: not yet, the snapshot is pending */
	usec_t expires;	   /* 0: not known yet */
	usec_t cooled;	   /* when it will have cooled off; 0: as `cooling` */
};

/* Locks a snapshot, or changes its lock. */
bool snapshot_lock_put(struct db *db, const struct snapshot_lock *lock,
		       struct error *err) must_check;
bool snapshot_lock_drop(struct db *db, const char *id, struct error *err)
	must_check;

/* A snapshot's lock as it is at `now`; *ret_found is false when there is none,
 * not even one that has expired, and in the recycle bin. */
bool snapshot_lock_get(struct db *db, const char *id, usec_t now,
		       struct arena *arena, struct snapshot_lock *ret_lock,
		       bool *ret_found, struct error *err) must_check;

/* Calls `row` for each lock of the account's snapshots that the query asks for,
 * expired ones included. */
bool snapshot_lock_list(struct db *db, const struct query *query, usec_t now,
			bool (*row)(void *data,
				    const struct snapshot_lock *lock,
				    struct error *err),
			void *data, struct error *err) must_check;

#endif
