/* interface.c - an instance's one interface */
#include "launcher/instance/interface.h"

#include <string.h>

#include "images/registry/interface.h"
#include "images/tags.h"
#include "launcher/instance/network.h"

#define DESCRIPTION_MOST 255

bool interface_plan(struct call *call, const struct interface_request *request,
		    size_t count, struct arena *arena,
		    struct interface_plan *ret_plan, struct error *err)
{
	char address[ADDRESS_SIZE];
	struct vpc vpc;

	if (request->subnet &&
	    !subnet_own(call, request->subnet, arena, &vpc, err))
		return false;
	if (request->address && count > 1)
		return fail(err, FAULT_PARAMETER_COMBINATION,
			    "The parameter PrivateIpAddress cannot be used "
			    "when more than one instance is launched");
	if (request->address &&
	    !address_take(call, request->address, address, err))
		return false;
	if (request->description &&
	    strlen(request->description) > DESCRIPTION_MOST)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "The description of a network interface has at "
			    "most %d characters",
			    DESCRIPTION_MOST);
	ret_plan->request = request;
	return groups_resolve(call, request->groups, request->group_count,
			      request->group_names, request->group_name_count,
			      arena, &ret_plan->groups, &ret_plan->group_count,
			      err);
}

bool interface_take(struct call *call, const struct interface_plan *plan,
		    struct instance *instance, struct arena *arena,
		    struct error *err)
{
	char address[ADDRESS_SIZE], id[ID_SIZE];

	if (strcmp(instance->network, "plain") == 0)
		return true;
	if (!address_take(call, plan->request->address, address, err))
		return false;
	id_new("eni", id);
	instance->address = arena_str(arena, address);
	instance->interface = arena_str(arena, id);
	return (instance->address && instance->interface) || fail_memory(err);
}

bool interface_write(struct call *call, const struct interface_plan *plan,
		     const struct instance *instance, struct error *err)
{
	const struct interface_request *request = plan->request;
	struct db *db = call->store->db;

	if (!instance_groups_set(db, instance->id, plan->groups,
				 plan->group_count, err))
		return false;
	if (!instance->interface)
		return true;
	if (request->description &&
	    !interface_describe(db, instance->interface, request->description,
				err))
		return false;
	for (size_t i = 0; i < request->tag_count; i++)
		if (!tags_set(call, instance->interface, request->tags[i].key,
			      request->tags[i].value, err))
			return false;
	return true;
}

bool interface_late(struct call *call, const char *id, const char *uri,
		    struct error *err)
{
	auto_of(arena) arena = arena_new();
	const struct interface_request request = { .groups = NULL };
	struct interface_plan plan;
	struct instance instance;
	bool found;

	if (!arena)
		return fail_memory(err);
	if (!instance_get(call->store->db, id, arena, &instance, &found, err))
		return false;
	if (!found || strcmp(instance.network, "plain") != 0)
		return true;
	return network_choose(uri, &instance.network, &instance.seed, err) &&
	       interface_plan(call, &request, 1, arena, &plan, err) &&
	       interface_take(call, &plan, &instance, arena, err) &&
	       interface_add(call->store->db, &instance, err) &&
	       interface_write(call, &plan, &instance, err);
}

bool interface_regroup(struct call *call, const char *instance,
		       const char *const *ids, size_t count,
		       struct arena *arena, const char *const **ret_changed,
		       size_t *ret_count, struct error *err)
{
	struct db *db = call->store->db;
	const struct security_group *old;
	const char *const *groups;
	const char **changed;
	struct instance row;
	size_t old_count;

	if (!authorise_instance(call, RIGHT_OWN, instance, arena, &row, err))
		return false;
	if (strcmp(row.state, "terminated") == 0 ||
	    strcmp(row.state, "shutting-down") == 0)
		return fail(err, FAULT_INSTANCE_STATE,
			    "The instance '%s' is terminated: its groups "
			    "cannot be changed.",
			    instance);
	if (!groups_resolve(call, ids, count, NULL, 0, arena, &groups, &count,
			    err) ||
	    !instance_groups(db, instance, arena, &old, &old_count, err) ||
	    !instance_groups_set(db, instance, groups, count, err))
		return false;
	changed = arena_alloc(arena, (old_count + count) * sizeof(*changed));
	if (!changed)
		return fail_memory(err);
	for (size_t i = 0; i < count; i++)
		changed[i] = groups[i];
	for (size_t i = 0; i < old_count; i++)
		changed[count + i] = old[i].id;
	*ret_changed = changed;
	*ret_count = count + old_count;
	return true;
}

bool interface_peers(struct call *call, const char *instance,
		     struct arena *arena, const char *const **ret_groups,
		     size_t *ret_count, struct error *err)
{
	struct db *db = call->store->db;
	const struct security_group *groups;
	struct instance row;
	const char **ids;
	bool found;

	*ret_groups = NULL;
	*ret_count = 0;
	if (!instance_get(db, instance, arena, &row, &found, err))
		return false;
	if (!found || strcmp(row.network, "bridge") != 0 ||
	    strcmp(row.state, "terminated") == 0)
		return true;
	if (!instance_groups(db, instance, arena, &groups, ret_count, err))
		return false;
	ids = arena_alloc(arena, (*ret_count + 1) * sizeof(*ids));
	if (!ids)
		return fail_memory(err);
	for (size_t i = 0; i < *ret_count; i++)
		ids[i] = groups[i].id;
	*ret_groups = ids;
	return true;
}
