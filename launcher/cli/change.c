/* change.c - what the verbs start, stop, reboot and rm share */
#include "launcher/cli/change.h"

#include <stdio.h>

#include "images/call.h"
#include "launcher/action/query.h"
#include "launcher/instance/job.h"
#include "launcher/instance/reconcile.h"
#include "launcher/instance/wait.h"

/* Longer than any stop takes before it is forced. */
#define WAIT_SECONDS 300

static bool wait_one(struct call *call, const char *id, const char *state,
		     struct error *err)
{
	char text[80];

	if (!wait_state(call, id, state, WAIT_SECONDS, err))
		return false;
	snprintf(text, sizeof(text), "%s %s", id, state);
	if (call->stage)
		call->stage(call->watch_data, text);
	return true;
}

bool verb_change(struct call *call, const struct args *args,
		 bool (*check)(struct call *call, const char *id,
			       struct error *err),
		 bool (*carry_out)(struct call *call, const char *id,
				   const struct args *args, struct error *err),
		 const char *state, struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *const *ids;
	size_t count;

	if (!arena)
		return fail_memory(err);
	if (!args_texts(args_get(args, "Instances"), arena, &ids, &count,
			err) ||
	    !reconcile(call, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!check(call, ids[i], err))
			return false;
	for (size_t i = 0; i < count; i++)
		if (!carry_out(call, ids[i], args, err))
			return false;
	if (!job_spawn(call, err))
		return false;
	for (size_t i = 0; i < count && state; i++)
		if (!wait_one(call, ids[i], state, err))
			return false;
	return true;
}
