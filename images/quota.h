/* quota.h - how much an account may have, and how much it has
 *
 * As on EC2, instances that are stopped count against nothing but storage:
 * StartInstances is held against the limits like RunInstances.
 */
#ifndef QAMI_IMAGES_QUOTA_H
#define QAMI_IMAGES_QUOTA_H

#include "images/call.h"
#include "images/registry/quota.h"

#define QUOTA_KEEP (-2) /* the limit stays what it is */

/* How one of them stands. */
struct quota_state {
	int64_t used;
	int64_t most; /* QUOTA_NONE: no limit */
};

/* How the caller's account stands. */
bool quota_look(const struct call *call,
		struct quota_state ret_states[QUOTA_COUNT], struct error *err)
	must_check;

/* Sets limits of the caller's account: a number, QUOTA_NONE or QUOTA_KEEP
 * each. What the account has beyond one stays; it gets no more. */
bool quota_change(const struct call *call, const int64_t most[QUOTA_COUNT],
		  struct error *err) must_check;

/* Holds the caller's machines against its limits, in the transaction that has
 * written one more: FAULT_INSTANCE_LIMIT, FAULT_VCPU_LIMIT,
 * FAULT_RESOURCE_LIMIT for memory. */
bool quota_hold_machines(const struct call *call, struct error *err) must_check;

#endif
