/* scaling-private.h - what the verbs of groups and their job share */
#ifndef QAMI_INSTANCE_SCALING_PRIVATE_H
#define QAMI_INSTANCE_SCALING_PRIVATE_H

#include "launcher/instance/scaling.h"

#define SCALING_KIND "scaling" /* of the job */

/* Intends to end a member: it is "Terminating", and the activity tells why.
 * Within the caller's transaction; ret_id is the activity's. */
bool scaling_intend_end(struct call *call, const struct scaling_group *group,
			const char *instance, const char *cause,
			char ret_id[UUID_SIZE], struct error *err) must_check;

/* The choice of a group's version of its template. */
struct template_choice scaling_choice(const struct scaling_group *group);

/* Has the group's job look now. */
bool scaling_hasten(struct call *call, const struct scaling_group *group,
		    struct error *err) must_check;

/* Whether the template could be launched now: what a dry run says. */
bool scaling_check_template(struct call *call,
			    const struct template_choice *choice,
			    struct arena *arena,
			    struct template_version *ret_version,
			    struct error *err) must_check;

/* FAULT_SCALING_IN_PROGRESS for a group that is being removed. */
bool scaling_check_stays(const struct scaling_group *group, struct error *err)
	must_check;

/* A round: the group as it is now. */
struct round {
	struct call *call; /* the owner's */
	struct arena *arena;
	struct scaling_group group;
	struct scaling_member *members; /* that are in service */
	size_t count;
	struct instance_refresh refresh;
	bool refreshing;
	const char *activity; /* that was decided on; or NULL */
};

/* Reads the group that is meant, with its members and its refresh. */
bool scaling_read(struct round *round, const char *id, bool *ret_found,
		  struct error *err) must_check;

/* Finishes the oldest activity that is not over; *ret_some is whether there was
 * one. FAULT_UNAVAILABLE when it has to be tried again: whether it came to
 * something is not known. */
bool scaling_finish(struct round *round, bool *ret_some, struct error *err)
	must_check;

/* Notes that a launch came to nothing: it is tried again later, a refresh is
 * not for ever. Within the transaction that read the round. */
bool scaling_note_failure(struct round *round, const struct error *why,
			  struct error *err) must_check;

/* How long after so many failures in a row nothing is tried. */
usec_t scaling_delay(int64_t failures);

#endif
