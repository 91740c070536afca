/* tell.c - machines that run are told what their groups allow now
 *
 * What is written down are the groups and not the instances: who is touched is
 * found in the rows when it is told, so that it does not matter how old the
 * word is, nor how often it is given.
 */
#include "launcher/instance/tell.h"

#include <jansson.h>
#include <stdio.h>

#include "images/base/log.h"
#include "images/group.h"
#include "launcher/instance/network.h"

#define AGAIN_LEAST USEC_PER_SEC
#define AGAIN_MOST (60 * USEC_PER_SEC)

static bool touches_any(struct call *call, const char *group, bool *ret_any,
			struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *const *ids;
	size_t count = 0;

	if (!arena)
		return fail_memory(err);
	if (!group_touches(call, group, arena, &ids, &count, err))
		return false;
	*ret_any = count > 0;
	return true;
}

/* The groups that touch anybody; *ret_payload is NULL when none does. */
static bool write_payload(struct call *call, const char *const *groups,
			  size_t count, struct arena *arena,
			  const char **ret_payload, struct error *err)
{
	json_t *list = json_array(), *payload;
	auto_free char *text = NULL;
	bool ok = true, any = false;

	for (size_t i = 0; ok && i < count; i++) {
		ok = touches_any(call, groups[i], &any, err);
		if (ok && any)
			json_array_append_new(list, json_string(groups[i]));
	}
	any = json_array_size(list) > 0;
	payload = json_pack("{s:o}", "groups", list);
	text = payload ? json_dumps(payload, JSON_COMPACT) : NULL;
	json_decref(payload);
	if (!ok)
		return false;
	if (text && any)
		*ret_payload = arena_str(arena, text);
	return (text && (!any || *ret_payload)) || fail_memory(err);
}

bool tell_begin(struct call *call, const char *const *groups, size_t count,
		struct arena *arena, struct tell *ret_tell, struct error *err)
{
	struct op op = {
		.kind = "tell",
		.account = call->account,
		.action = call->action,
		.request = call->request,
	};
	const char *answer;

	*ret_tell = (struct tell){ .payload = NULL };
	if (!write_payload(call, groups, count, arena, &ret_tell->payload, err))
		return false;
	if (!ret_tell->payload)
		return true;
	op.payload = ret_tell->payload;
	if (!op_begin(call->store->journal, &op, arena, &answer, err))
		return false;
	snprintf(ret_tell->op, sizeof(ret_tell->op), "%s", op.id);
	return true;
}

/* Tells the machines of one group; *missed counts those that could not be. */
static bool tell_group(struct call *call, const char *group, size_t *missed,
		       struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *const *ids;
	size_t count = 0;

	if (!arena)
		return fail_memory(err);
	if (!group_touches(call, group, arena, &ids, &count, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct error one = { 0 };

		if (network_refresh(call, ids[i], &one))
			continue;
		log_warning("%s: was not told that %s changed: %s", ids[i],
			    group, one.text);
		*missed += 1;
	}
	return true;
}

/* Tells all whom a payload means, as far as they can be told. */
static bool tell_all(struct call *call, const char *text, struct error *err)
{
	json_t *payload = json_loads(text, 0, NULL);
	const json_t *groups = json_object_get(payload, "groups"), *group;
	bool ok = json_is_array(groups);
	size_t missed = 0, i;

	if (!ok)
		fail(err, FAULT_INTERNAL, "nobody knows whom to tell: %s",
		     text);
	json_array_foreach(groups, i, group)
		ok = ok &&
		     tell_group(call, json_string_value(group), &missed, err);
	json_decref(payload);
	if (!ok || !missed)
		return ok;
	return fail(err, FAULT_UNAVAILABLE,
		    "%zu machines were not told what their groups allow",
		    missed);
}

void tell_finish(struct call *call, const struct tell *tell)
{
	struct journal *journal = call->store->journal;
	struct error err = { 0 }, again = { 0 };

	if (!*tell->op)
		return;
	if (tell_all(call, tell->payload, &err) &&
	    op_step(journal, tell->op, "done", 1, NULL, NULL, &err))
		return;
	log_warning("%s; that is tried again", err.text);
	/* what cannot even be put off is found by the next call when this
	 * process has ended */
	if (!op_postpone(journal, tell->op, clock_wall(), &again))
		log_warning("%s", again.text);
}

/* When to try again: a machine that has not listened for long will not in the
 * next second. */
static usec_t again_at(const struct op *op)
{
	usec_t now = clock_wall(), wait = now - op->created;

	if (wait < AGAIN_LEAST)
		wait = AGAIN_LEAST;
	return now + (wait < AGAIN_MOST ? wait : AGAIN_MOST);
}

bool tell_job(struct call *call, const struct op *op, usec_t *ret_due,
	      struct error *err)
{
	*ret_due = 0;
	if (tell_all(call, op->payload, err))
		return op_step(call->store->journal, op->id, "done", 1, NULL,
			       NULL, err);
	log_warning("%s", err->text);
	error_clear(err);
	*ret_due = again_at(op);
	return true;
}
