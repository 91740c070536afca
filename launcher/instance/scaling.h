/* scaling.h - Auto Scaling groups: so many instances are kept running
 *
 * A group's job in the journal stays for as long as the group does. One round
 * of it looks at the members, decides on one launch or termination, notes that
 * as an activity, and carries it out; a launch bears its activity's id as its
 * client token, so that whoever finds an unfinished one finishes it and never
 * launches twice. There is one round at a time, and each counts the members in
 * the transaction in which it decides: there are never more than are desired
 * but while fewer are wished for.
 */
#ifndef QAMI_INSTANCE_SCALING_H
#define QAMI_INSTANCE_SCALING_H

#include <jansson.h>

#include "images/registry/scaling.h"
#include "images/registry/scalingactivity.h"
#include "images/store.h"
#include "images/template.h"

#define SCALING_UNSAID INT64_MIN
#define WARMUP_NONE (-1)

/* What a group will be, or what is to be another of it. All borrowed; NULL and
 * SCALING_UNSAID where nothing was said. */
struct scaling_request {
	const char *name;
	const struct template_choice *template;
	int64_t least;
	int64_t most;
	int64_t desired;
	int64_t cooldown;
	int64_t grace;
	int64_t warmup; /* or WARMUP_NONE */
	const char *const *zones;
	size_t zone_count;
	const char *subnets;   /* ids with commas */
	const json_t *protect; /* a truth value */
	const json_t *tags;    /* Key, Value, PropagateAtLaunch */
};

/* What an instance refresh is to do. */
struct refresh_request {
	const struct template_choice *template; /* NULL: the group's */
	const json_t *preferences;		/* checked; or NULL */
};

/* Makes a group; its instances are launched by its job. FAULT_SCALING_EXISTS,
 * FAULT_VALIDATION for sizes that do not fit together, a zone or subnet that
 * there is not, and whatever keeps the template from being launched now. */
bool scaling_create(struct call *call, const struct scaling_request *request,
		    struct error *err) must_check;

/* Changes what is said. FAULT_SCALING_IN_PROGRESS for another template while a
 * refresh brings one. */
bool scaling_update(struct call *call, const struct scaling_request *request,
		    struct error *err) must_check;

/* The caller's group of that name; FAULT_VALIDATION. */
bool scaling_find(const struct call *call, const char *name,
		  struct arena *arena, struct scaling_group *ret_group,
		  struct error *err) must_check;

/* FAULT_SCALING_IN_PROGRESS while the group cools down and that is honoured. */
bool scaling_set_desired(struct call *call, const char *name, int64_t desired,
			 bool honour, struct error *err) must_check;

/* Removes a group; with `force` its job ends the instances first, else they
 * must be gone: FAULT_SCALING_IN_USE, FAULT_SCALING_IN_PROGRESS. */
bool scaling_delete(struct call *call, const char *name, bool force,
		    struct error *err) must_check;

/* Begins to end a member, which is replaced unless one less is desired from now
 * on. FAULT_VALIDATION for what is no member, or fewer than the least. */
bool scaling_terminate(struct call *call, const char *instance, bool decrement,
		       struct arena *arena,
		       struct scaling_activity *ret_activity, struct error *err)
	must_check;

/* Sets tags of groups (ResourceId, Key, Value, PropagateAtLaunch), or removes
 * them; all or none. FAULT_VALIDATION for a group that there is not, those of
 * tags. */
bool scaling_tag(struct call *call, const json_t *tags, bool removes,
		 struct error *err) must_check;

/* Suspends processes by their names, or resumes them; none: all. */
bool scaling_suspend(struct call *call, const char *name,
		     const char *const *processes, size_t count, bool suspend,
		     struct error *err) must_check;
bool scaling_suspended(const struct scaling_group *group, const char *process);
extern const char *const scaling_processes[]; /* NULL ends */

/* Begins to replace the members a few at a time. FAULT_REFRESH_IN_PROGRESS,
 * and for the template as scaling_create(). */
bool scaling_refresh(struct call *call, const char *name,
		     const struct refresh_request *request,
		     char ret_id[UUID_SIZE], struct error *err) must_check;

/* Ends that where it is. FAULT_REFRESH_NOT_FOUND. */
bool scaling_refresh_cancel(struct call *call, const char *name,
			    char ret_id[UUID_SIZE], struct error *err)
	must_check;

/* Whether a member is what it should be: its machine runs, or is about to. */
bool scaling_healthy(const struct scaling_member *member);

/* One round of a group's job; *ret_due is when to look again, 0 when the group
 * is gone. */
bool scaling_job(struct call *call, const struct op *op, usec_t *ret_due,
		 struct error *err) must_check;

#endif
