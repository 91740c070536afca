/* visit.c - what a verb at somebody's terminal asks of the store */
#include "launcher/cli/visit.h"

#include <string.h>

#include "launcher/action/named.h"
#include "launcher/cli/progress.h"
#include "launcher/cli/remote.h"
#include "launcher/cli/render.h"
#include "launcher/cli/verbs.h"

static bool ask_here(const struct visit *visit, const struct action *action,
		     struct args *args, struct reply *reply, struct error *err)
{
	struct call *call = visit->call;
	struct progress progress;
	bool done;

	call->now = clock_now();
	call->own_key = visit->own_key;
	call->gone = visit->gone;
	if (action->local)
		progress_attach(&progress, call, visit->options->color);
	if (action->local && visit->since)
		progress.start = visit->since;
	if (visit->quiet)
		call->stage = NULL;
	done = named_resolve(action, call, args, err) &&
	       action_run(action, call, args, reply, err);
	if (action->local)
		progress_detach(&progress, call);
	call->gone = NULL;
	return done;
}

static bool ask_there(const struct visit *visit, const struct action *action,
		      const struct args *args, struct reply *reply,
		      struct error *err)
{
	switch (remote_run(action, visit, args, reply, err)) {
	case REMOTE_ANSWERED:
		return true;
	case REMOTE_NOT:
		return fail(err, FAULT_HOST, "the store is not there any more");
	case REMOTE_FAILED:
	case REMOTE_CLOSED:
	default:
		return false;
	}
}

bool visit_ask(struct visit *visit, const char *verb, json_t *params,
	       struct reply *ret_reply, struct error *err)
{
	const char *words[] = { verb, NULL };
	struct args args = { .root = params };
	size_t used;
	const struct action *action = verb_find(words, &used);
	bool done;

	if (!params) {
		fail_memory(err);
		done = false;
	} else if (!reply_init(ret_reply, err)) {
		done = false;
	} else if (visit->call) {
		ret_reply->whole = true;
		done = ask_here(visit, action, &args, ret_reply, err);
	} else {
		done = ask_there(visit, action, &args, ret_reply, err);
	}
	args_done(&args);
	return done;
}

const struct node *visit_member(const struct node *node, const char *name)
{
	const struct node *child = node ? node_first(node) : NULL;

	while (child && (!child->sdk || strcmp(child->sdk, name) != 0))
		child = node_next(child);
	return child;
}

const char *visit_text(const struct node *node, const char *name,
		       const char *fallback)
{
	const struct node *member = visit_member(node, name);

	return member && member->type == NODE_STRING ? member->text : fallback;
}

int64_t visit_number(const struct node *node, const char *name,
		     int64_t fallback)
{
	const struct node *member = visit_member(node, name);

	return member && (member->type == NODE_INTEGER ||
			  member->type == NODE_BOOLEAN) ?
		       member->integer :
		       fallback;
}
