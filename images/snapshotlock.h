/* snapshotlock.h - snapshots that nobody deletes for a time
 *
 * In governance mode the owner may take the lock away, shorten or lengthen it.
 * In compliance mode the same goes while it cools off, if it was to; after that
 * nobody can do anything but lengthen it. A lock that has expired is none.
 */
#ifndef QAMI_IMAGES_SNAPSHOTLOCK_H
#define QAMI_IMAGES_SNAPSHOTLOCK_H

#include "images/call.h"
#include "images/registry/snapshotlock.h"

/* What LockSnapshot says; one of `days` and `until` is 0. */
struct lock_request {
	const char *snapshot;
	const char *mode; /* "governance" or "compliance" */
	int64_t cool_off; /* hours, 1 to 72; 0: none */
	int64_t days;	  /* 1 to 36500 */
	usec_t until;
};

/* Locks a snapshot that is pending or completed, or changes its lock as far as
 * the rule above has it; the lock as it is now, in the arena.
 * FAULT_INVALID_PARAMETER for numbers and dates out of range, and for a lock
 * that would be over already, FAULT_PARAMETER_COMBINATION unless exactly one
 * of duration and date is there or when governance shall cool off,
 * FAULT_OPERATION_NOT_PERMITTED for a change that a lock does not allow,
 * FAULT_INCORRECT_STATE. */
bool snapshot_lock(struct call *call, const struct lock_request *request,
		   struct arena *arena, struct snapshot_lock *ret_lock,
		   struct error *err) must_check;

/* FAULT_OPERATION_NOT_PERMITTED once compliance has cooled off,
 * FAULT_INCORRECT_STATE where there is no lock. One that has expired is taken
 * away, too. */
bool snapshot_unlock(struct call *call, const char *id, struct error *err)
	must_check;

/* Whether a snapshot is locked now. */
bool snapshot_locked(const struct call *call, const char *id, bool *ret_locked,
		     struct error *err) must_check;

/* FAULT_OPERATION_NOT_PERMITTED while it is. */
bool snapshot_unlocked(const struct call *call, const char *id,
		       struct error *err) must_check;

#endif
