/* lifecycle.h - policies that copy volumes and instances, and let go of copies
 *
 * A schedule of a policy is run for its latest moment, once, however many were
 * missed: each resource that has one of the target tags gets a snapshot or an
 * image, and of those that the schedule made of a resource the retain rule
 * says what goes. Nothing that somebody else made ever does, nor what is
 * locked, shared, protected or in use. What cannot be done is tried again; a
 * resource of which no copy could be made loses none.
 *
 * What is to be made has a row with its id before it is begun, so that a run
 * that was killed never makes a thing twice.
 */
#ifndef QAMI_IMAGES_LIFECYCLE_H
#define QAMI_IMAGES_LIFECYCLE_H

#include "images/policy.h"
#include "images/registry/journal.h"
#include "images/registry/lifecycle.h"

/* Makes a policy of the caller's, or replaces its document: schedules that keep
 * their name go on from where they are, new ones begin now. The policy's id is
 * in the arena. FAULT_INVALID_PARAMETER for a name that is not 1 to 60 of
 * A-Za-z0-9._-, those of policy_read(). */
bool lifecycle_put(struct call *call, const char *name, const char *document,
		   struct arena *arena, const char **ret_id, struct error *err)
	must_check;

/* FAULT_POLICY_NOT_FOUND where the caller has none of that name. What it made
 * stays, and is nobody's but the owner's then. */
bool lifecycle_get(struct call *call, const char *name, struct arena *arena,
		   struct lifecycle_policy *ret_policy, struct error *err)
	must_check;
bool lifecycle_delete(struct call *call, const char *name, struct error *err)
	must_check;

/* What is done about one thing. Borrowed, for the call. */
struct lifecycle_step {
	const char *policy; /* its name */
	const char *schedule;
	const char *resource;
	const char *id;	  /* NULL: it is not made yet */
	const char *what; /* "create", "keep", "delete", "stay", "fail" */
	const char *why;
};

struct lifecycle_run {
	const char *name; /* NULL: all of the caller's that are enabled */
	bool everybody;	  /* all accounts' instead */
	bool due;	  /* only schedules that are due, and not before what
			   * failed is to be tried again */
	bool dry;	  /* only say what would be done */
	void (*step)(void *data,
		     const struct lifecycle_step *step); /* or NULL */
	void *data;

	/* what came of it */
	unsigned failed;
	uint64_t frees; /* of a dry run: bytes, exactly */
};

/* Runs policies. Who comes while others do waits for them. */
bool lifecycle_run(struct call *call, struct lifecycle_run *run,
		   struct error *err) must_check;

/* The job that runs everybody's, and what leaves it behind where any is due. */
bool lifecycle_job(struct call *call, const struct op *op, usec_t *ret_due,
		   struct error *err) must_check;
bool lifecycle_look(struct call *call, struct error *err) must_check;

#endif
