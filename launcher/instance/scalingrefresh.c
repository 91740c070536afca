/* scalingrefresh.c - a group's instances are to be replaced
 *
 * What is replaced is settled when it begins: members that joined later are of
 * the new version. How it goes on is the job's (scalingjob.c).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "images/member.h"
#include "launcher/instance/scaling-private.h"

/* What a refresh has to replace. */
struct census {
	const struct template_version *target;
	bool skip_matching;
	bool protected_too;
	int64_t last;
	int64_t total;
};

static bool count_old(void *data, const struct scaling_member *member,
		      struct error *err)
{
	struct census *census = data;
	bool same = member->version == census->target->number &&
		    strcmp(member->template, census->target->template) == 0;

	(void)err;
	census->last = member->seq;
	if (strcmp(member->state, "InService") == 0 &&
	    !(same && census->skip_matching) &&
	    (!member->protected || census->protected_too))
		census->total++;
	return true;
}

static bool write_refresh(struct call *call, const struct scaling_group *group,
			  const struct refresh_request *request,
			  const struct template_version *target,
			  char ret_id[UUID_SIZE], struct error *err)
{
	const json_t *wishes = request->preferences;
	auto_free char *text = wishes ? json_dumps(wishes, JSON_COMPACT) :
					strdup("{}");
	struct census census = {
		.target = target,
		.skip_matching = arg_bool(wishes, "SkipMatching", false),
		.protected_too =
			strcmp(arg_str(wishes, "ScaleInProtectedInstances",
				       "Ignore"),
			       "Refresh") == 0,
	};
	struct instance_refresh refresh = {
		.id = ret_id,
		.group = group->id,
		.template = target->template,
		.template_name = target->name,
		.version = request->template && request->template->version ?
				   request->template->version :
				   group->version,
		.number = target->number,
		.given = request->template,
		.preferences = text,
		.started = call->now,
	};

	if (!text)
		return fail_memory(err);
	if (!scaling_members(call->store->db, group->id, count_old, &census,
			     err))
		return false;
	uuid_random(ret_id);
	refresh.boundary = census.last;
	refresh.total = census.total;
	return instance_refresh_insert(call->store->db, &refresh, err);
}

bool scaling_refresh(struct call *call, const char *name,
		     const struct refresh_request *request,
		     char ret_id[UUID_SIZE], struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct db *db = call->store->db;
	struct template_version target;
	struct template_choice choice;
	struct instance_refresh other;
	struct scaling_group group;
	bool found;
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	if (!scaling_find(call, name, arena, &group, err))
		return false;
	choice = request->template ? *request->template :
				     scaling_choice(&group);
	if (!scaling_check_template(call, &choice, arena, &target, err) ||
	    !tx_begin(&tx, db, err) ||
	    !scaling_find(call, name, arena, &group, err) ||
	    !scaling_check_stays(&group, err) ||
	    !instance_refresh_active(db, group.id, arena, &other, &found, err))
		return false;
	if (found)
		return fail(err, FAULT_REFRESH_IN_PROGRESS,
			    "An instance refresh is already in progress and "
			    "blocks the execution of this instance refresh.");
	group.failures = 0;
	group.again = 0;
	return scaling_group_update(db, &group, err) &&
	       write_refresh(call, &group, request, &target, ret_id, err) &&
	       scaling_hasten(call, &group, err) && tx_commit(&tx, err);
}

bool scaling_refresh_cancel(struct call *call, const char *name,
			    char ret_id[UUID_SIZE], struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct db *db = call->store->db;
	struct instance_refresh refresh;
	struct scaling_group group;
	bool found;
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	if (!tx_begin(&tx, db, err) ||
	    !scaling_find(call, name, arena, &group, err) ||
	    !instance_refresh_active(db, group.id, arena, &refresh, &found,
				     err))
		return false;
	if (!found)
		return fail(err, FAULT_REFRESH_NOT_FOUND,
			    "No in progress or pending instance refresh found "
			    "for Auto Scaling group %.100s",
			    name);
	snprintf(ret_id, UUID_SIZE, "%s", refresh.id);
	return instance_refresh_move(db, refresh.id, "Cancelling",
				     "Cancelled by user.", refresh.left, 0,
				     err) &&
	       scaling_hasten(call, &group, err) && tx_commit(&tx, err);
}
