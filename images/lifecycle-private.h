/* lifecycle-private.h - a run of one schedule, between lifecycle.c and its
 * siblings
 */
#ifndef QAMI_IMAGES_LIFECYCLE_PRIVATE_H
#define QAMI_IMAGES_LIFECYCLE_PRIVATE_H

#include "images/lifecycle.h"

/* What a dry run would let go, of one account. */
struct going {
	struct call call; /* the owner's */
	struct arena *arena;
	const char **ids;
	size_t count;
};

struct working {
	struct call *call; /* the owner's */
	struct lifecycle_run *run;
	const struct lifecycle_policy *row;
	const struct policy *policy;
	const struct policy_schedule *schedule;
	size_t number; /* of the schedule, from 1 on */
	usec_t moment; /* the latest one */
	struct arena *arena;

	/* what there is of the schedule, by resource, the latest first */
	struct lifecycle_item *items;
	size_t count;
	const char **failed; /* resources of which no copy could be made */
	size_t failed_count;
	const char **coming; /* resources that a dry run would copy */
	size_t coming_count;
	struct going *going;
};

void lifecycle_tell(const struct working *working, const char *resource,
		    const char *id, const char *what, const char *why);

/* Whether a thing of the owner's is there. */
bool lifecycle_there(const struct working *working, const char *id,
		     bool *ret_there, struct error *err) must_check;

/* Makes what the moment wants, of each resource, unless it is there. What
 * fails is told, noted, and no failure of the run. */
bool lifecycle_make(struct working *working, struct error *err) must_check;

/* Gives what came to be its tags, and notes that. */
bool lifecycle_finish(struct working *working,
		      const struct lifecycle_item *item, struct error *err)
	must_check;

/* Lets go of what the rule does not keep. */
bool lifecycle_prune(struct working *working, struct error *err) must_check;

#endif
