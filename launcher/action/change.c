/* change.c - what start, stop and terminate share */
#include "launcher/action/change.h"

#include <stdio.h>

#include "images/authorise.h"
#include "launcher/action/noun/instance.h"
#include "launcher/action/query.h"
#include "launcher/instance/job.h"
#include "launcher/instance/reconcile.h"

#define STATE_SIZE 16

static bool read_state(struct call *call, const char *id,
		       char ret_state[STATE_SIZE], struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct instance instance;

	if (!arena)
		return fail_memory(err);
	if (!authorise_instance(call, RIGHT_SEE, id, arena, &instance, err))
		return false;
	snprintf(ret_state, STATE_SIZE, "%s", instance.state);
	return true;
}

static bool change_one(struct call *call, const char *id,
		       const struct change *change, bool force,
		       struct node *list, struct error *err)
{
	char before[STATE_SIZE], after[STATE_SIZE];
	struct node *item;

	if (!read_state(call, id, before, err) ||
	    !change->carry_out(call, id, force, err) ||
	    !read_state(call, id, after, err))
		return false;
	if (!list)
		return true;
	item = node_item(list);
	reply_state(item, "CurrentState", "currentState", after);
	node_str(item, "InstanceId", "instanceId", id);
	reply_state(item, "PreviousState", "previousState", before);
	return true;
}

bool change_run(struct call *call, const struct args *args,
		const struct change *change, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *const *ids;
	struct node *list = NULL;
	size_t count;

	if (!arena)
		return fail_memory(err);
	if (!args_texts(args_get(args, "InstanceIds"), arena, &ids, &count,
			err) ||
	    !reconcile(call, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!change->check(call, ids[i], err))
			return false;
	if (!call_dry_run(call, err))
		return false;
	if (change->sdk)
		list = node_list(reply->root, change->sdk, "instancesSet");
	for (size_t i = 0; i < count; i++)
		if (!change_one(call, ids[i], change,
				args_bool(args, "Force", false), list, err))
			return false;
	return !change->jobs || job_spawn(call, err);
}
