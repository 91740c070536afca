/* snapshotlock.c - snapshots that nobody deletes for a time
 *
 * A duration counts from the lock's beginning whenever it is changed, so that
 * "more days" always means "later".
 */
#include "images/snapshotlock.h"

#include <string.h>

#include "images/authorise.h"

#define HOUR (3600 * USEC_PER_SEC)
#define DAY (24 * HOUR)
#define DAYS_MOST 36500
#define HOURS_MOST 72

static bool is_state(const struct snapshot_lock *lock, const char *state)
{
	return strcmp(lock->state, state) == 0;
}

static bool check_request(const struct call *call,
			  const struct lock_request *request, struct error *err)
{
	bool compliance = strcmp(request->mode, "compliance") == 0;

	if (!request->days == !request->until)
		return fail(err, FAULT_PARAMETER_COMBINATION,
			    "The request must have either LockDuration or "
			    "ExpirationDate");
	if (request->days && (request->days < 1 || request->days > DAYS_MOST))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "LockDuration must be between 1 and %d days",
			    DAYS_MOST);
	if (request->days &&
	    time_after(call->now, request->days * DAY) == TIME_MOST)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "A lock of %lld days would outlast the year 9999",
			    (long long)request->days);
	if (request->until && (request->until <= call->now ||
			       request->until > call->now + DAYS_MOST * DAY))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "ExpirationDate must be in the future, and within "
			    "%d days",
			    DAYS_MOST);
	if (request->cool_off && !compliance)
		return fail(err, FAULT_PARAMETER_COMBINATION,
			    "CoolOffPeriod is for the compliance mode only");
	if (request->cool_off &&
	    (request->cool_off < 1 || request->cool_off > HOURS_MOST))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "CoolOffPeriod must be between 1 and %d hours",
			    HOURS_MOST);
	return true;
}

/* When a lock expires, if its duration began at `start`. */
static usec_t expiry(const struct lock_request *request, usec_t start)
{
	return request->until ? request->until :
				time_after(start, request->days * DAY);
}

/* A lock that has cooled off may become longer, and nothing else. */
static bool check_longer(const struct lock_request *request,
			 const struct snapshot_lock *old, struct error *err)
{
	usec_t start = old->started ? old->started : old->created;
	usec_t end = old->expires ? old->expires :
				    time_after(start, old->days * DAY);

	if (strcmp(request->mode, "compliance") != 0)
		return fail(err, FAULT_OPERATION_NOT_PERMITTED,
			    "The snapshot '%s' is locked in compliance mode, "
			    "which cannot be changed any more",
			    request->snapshot);
	if (request->cool_off)
		return fail(err, FAULT_OPERATION_NOT_PERMITTED,
			    "The snapshot '%s' is locked in compliance mode, "
			    "and has no cooling-off period any more",
			    request->snapshot);
	if (expiry(request, start) < end)
		return fail(err, FAULT_OPERATION_NOT_PERMITTED,
			    "The snapshot '%s' is locked in compliance mode: "
			    "its lock can be lengthened only",
			    request->snapshot);
	return true;
}

/* The new lock in the place of the old one, which may be NULL. */
static bool change(const struct call *call, const struct lock_request *request,
		   const struct snapshot_lock *old,
		   struct snapshot_lock *ret_lock, struct error *err)
{
	bool compliance = strcmp(request->mode, "compliance") == 0;
	struct snapshot_lock lock = {
		.id = request->snapshot,
		.mode = request->mode,
		.created = old ? old->created : call->now,
		.days = request->days,
		.until = request->until,
	};
	usec_t start = old && old->started ? old->started : lock.created;

	if (old && is_state(old, "compliance")) {
		if (!check_longer(request, old, err))
			return false;
		lock.cool_off = old->cool_off;
		lock.cooling = old->cooling;
	} else if (compliance && request->cool_off) {
		lock.cool_off = request->cool_off;
		lock.cooling = old && old->cooling ? old->cooling : call->now;
	}
	if (expiry(request, start) <= call->now)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "A lock of %lld days, which began with the "
			    "snapshot's, would be over already",
			    (long long)request->days);
	if (lock.until)
		lock.days = (lock.until - start + DAY - 1) / DAY;
	*ret_lock = lock;
	return true;
}

static bool check_state(const struct snapshot *snapshot, struct error *err)
{
	if (!snapshot->deleting && strcmp(snapshot->state, "error") != 0)
		return true;
	return fail(err, FAULT_INCORRECT_STATE,
		    "The snapshot '%s' cannot be locked: it is %s",
		    snapshot->id,
		    snapshot->deleting ? "about to be deleted" :
					 "in the state error");
}

bool snapshot_lock(struct call *call, const struct lock_request *request,
		   struct arena *arena, struct snapshot_lock *ret_lock,
		   struct error *err)
{
	struct db *db = call->store->db;
	struct snapshot_lock old, lock;
	struct snapshot snapshot;
	auto_tx tx = TX_INIT;
	bool found;

	if (!check_request(call, request, err) || !tx_begin(&tx, db, err) ||
	    !authorise_snapshot(call, RIGHT_OWN, request->snapshot, arena,
				&snapshot, err) ||
	    !check_state(&snapshot, err) ||
	    !snapshot_lock_get(db, request->snapshot, call->now, arena, &old,
			       &found, err))
		return false;
	found = found && !is_state(&old, "expired");
	return change(call, request, found ? &old : NULL, &lock, err) &&
	       call_dry_run(call, err) && snapshot_lock_put(db, &lock, err) &&
	       snapshot_lock_get(db, request->snapshot, call->now, arena,
				 ret_lock, &found, err) &&
	       tx_commit(&tx, err);
}

bool snapshot_unlock(struct call *call, const char *id, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct db *db = call->store->db;
	struct snapshot_lock lock;
	struct snapshot snapshot;
	auto_tx tx = TX_INIT;
	bool found;

	if (!arena)
		return fail_memory(err);
	if (!tx_begin(&tx, db, err) ||
	    !authorise_snapshot(call, RIGHT_OWN, id, arena, &snapshot, err) ||
	    !snapshot_lock_get(db, id, call->now, arena, &lock, &found, err))
		return false;
	if (!found)
		return fail(err, FAULT_INCORRECT_STATE,
			    "The snapshot '%s' is not locked", id);
	if (is_state(&lock, "compliance"))
		return fail(err, FAULT_OPERATION_NOT_PERMITTED,
			    "The snapshot '%s' is locked in compliance mode "
			    "and cannot be unlocked",
			    id);
	return call_dry_run(call, err) && snapshot_lock_drop(db, id, err) &&
	       tx_commit(&tx, err);
}

/* A snapshot's lock that holds now; *ret_locked is false when there is none. */
static bool lock_now(const struct call *call, const char *id,
		     struct arena *arena, struct snapshot_lock *ret_lock,
		     bool *ret_locked, struct error *err)
{
	bool found;

	if (!arena)
		return fail_memory(err);
	if (!snapshot_lock_get(call->store->db, id, call->now, arena, ret_lock,
			       &found, err))
		return false;
	*ret_locked = found && !is_state(ret_lock, "expired");
	return true;
}

bool snapshot_locked(const struct call *call, const char *id, bool *ret_locked,
		     struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct snapshot_lock lock;

	return lock_now(call, id, arena, &lock, ret_locked, err);
}

bool snapshot_unlocked(const struct call *call, const char *id,
		       struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct snapshot_lock lock;
	char until[TIME_SIZE];
	bool locked;

	if (!lock_now(call, id, arena, &lock, &locked, err))
		return false;
	if (!locked)
		return true;
	if (!lock.expires)
		return fail(err, FAULT_OPERATION_NOT_PERMITTED,
			    "The snapshot '%s' is locked in %s mode", id,
			    lock.mode);
	time_format(lock.expires, until);
	return fail(err, FAULT_OPERATION_NOT_PERMITTED,
		    "The snapshot '%s' is locked in %s mode until %s", id,
		    lock.mode, until);
}
