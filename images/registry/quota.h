/* quota.h - the quota table: what an account may have at most
 *
 * What it has is counted from the rows themselves, in the transaction that
 * adds one: volume_insert(), snapshot_insert() and modification_insert() look
 * here, so that no way to a row leads around a quota and no two calls at once
 * exceed it. No row is no limit.
 */
#ifndef QAMI_REGISTRY_QUOTA_H
#define QAMI_REGISTRY_QUOTA_H

#include "images/registry/db.h"

enum quota {
	QUOTA_INSTANCES, /* that are not stopped or terminated … */
	QUOTA_VCPUS,	 /* … and what these have together … */
	QUOTA_MEMORY,	 /* … MiB */
	QUOTA_STORAGE,	 /* of volumes, attached or not, GiB */
	QUOTA_SNAPSHOTS,
	QUOTA_COUNT,
};

#define QUOTA_NONE (-1) /* no limit */

/* "instances", "vcpus", "memory", "storage", "snapshots". */
extern const char *const quota_names[QUOTA_COUNT];

/* QUOTA_NONE takes the limit away. The account's row must be there. */
bool quota_set(struct db *db, const char *account, enum quota which,
	       int64_t most, struct error *err) must_check;

bool quota_get(struct db *db, const char *account, enum quota which,
	       int64_t *ret_most, struct error *err) must_check;

/* What the account has by its rows, of QUOTA_STORAGE and QUOTA_SNAPSHOTS. A
 * volume that is growing counts as large as it will be, one that is going to
 * replace a root volume that goes then, not yet. */
bool quota_used(struct db *db, const char *account, enum quota which,
		int64_t *ret_used, struct error *err) must_check;

/* Calls `row` for each type of the instances that count, with how many there
 * are. */
bool quota_machines(struct db *db, const char *account,
		    void (*row)(void *data, const char *type, int64_t count),
		    void *data, struct error *err) must_check;

/* Fails when `used` is more than the account's limit: FAULT_INSTANCE_LIMIT,
 * FAULT_VCPU_LIMIT, FAULT_RESOURCE_LIMIT (memory), FAULT_VOLUME_LIMIT,
 * FAULT_SNAPSHOT_LIMIT. Called in the transaction that has just written what
 * counts: it is undone then. */
bool quota_hold(struct db *db, const char *account, enum quota which,
		int64_t used, struct error *err) must_check;

/* The same of what quota_used() counts. */
bool quota_hold_rows(struct db *db, const char *account, enum quota which,
		     struct error *err) must_check;

/* Whether so many more rows would do. For who works long before he writes: it
 * is looked again then. */
bool quota_room(struct db *db, const char *account, enum quota which,
		int64_t more, struct error *err) must_check;

#endif
