/* interface.h - where in the network an instance is: its one interface
 *
 * An interface is made with its instance and goes with it, so that the
 * instance's row is the interface's, too (images/registry/interface.h).
 */
#ifndef QAMI_INSTANCE_INTERFACE_H
#define QAMI_INSTANCE_INTERFACE_H

#include "images/authorise.h"
#include "images/group.h"

/* What RunInstances says of it. All borrowed; NULL and 0 where nothing was
 * said. */
struct interface_request {
	const char *const *groups; /* ids … */
	size_t group_count;
	const char *const *group_names; /* … and names */
	size_t group_name_count;
	const char *subnet;
	const char *address;
	const char *description;
	const struct pair *tags;
	size_t tag_count;
};

/* What was decided. */
struct interface_plan {
	const struct interface_request *request;
	const char *const *groups; /* ids */
	size_t group_count;
};

/* Checks a request for `count` instances. FAULT_GROUP_NOT_FOUND,
 * FAULT_GROUPS_LIMIT, FAULT_SUBNET_NOT_FOUND, FAULT_PARAMETER_COMBINATION for
 * one address and several instances, and address_take()'s. */
bool interface_plan(struct call *call, const struct interface_request *request,
		    size_t count, struct arena *arena,
		    struct interface_plan *ret_plan, struct error *err)
	must_check;

/* Gives an instance that is about to be inserted an address and an interface of
 * its own, in `arena`; a plain network (schema.sql) has neither. In the
 * transaction that inserts it. */
bool interface_take(struct call *call, const struct interface_plan *plan,
		    struct instance *instance, struct arena *arena,
		    struct error *err) must_check;

/* Writes what hangs on the inserted row: groups, description, tags. */
bool interface_write(struct call *call, const struct interface_plan *plan,
		     const struct instance *instance, struct error *err)
	must_check;

/* Gives an instance from before there were interfaces one, in the group
 * "default", when it is started under `uri`; any other keeps its own. Within
 * the caller's transaction. network_choose()'s and address_take()'s faults. */
bool interface_late(struct call *call, const char *id, const char *uri,
		    struct error *err) must_check;

/* Gives an instance the groups of these ids, at least one, instead of its own.
 * *ret_changed, in the arena, are all that it was or is in: their machines have
 * to be told (tell.h). Within the caller's transaction.
 * FAULT_INSTANCE_NOT_FOUND, FAULT_INSTANCE_STATE when it is terminated, and
 * groups_resolve()'s. */
bool interface_regroup(struct call *call, const char *instance,
		       const char *const *ids, size_t count,
		       struct arena *arena, const char *const **ret_changed,
		       size_t *ret_count, struct error *err) must_check;

/* The groups whose machines have to be told (tell.h) when an instance comes or
 * goes: on the bridge machines let each other in by their addresses, and an
 * address becomes somebody else's. None elsewhere, where machines do not meet,
 * and of one that is terminated already. In the arena. */
bool interface_peers(struct call *call, const char *instance,
		     struct arena *arena, const char *const **ret_groups,
		     size_t *ret_count, struct error *err) must_check;

#endif
