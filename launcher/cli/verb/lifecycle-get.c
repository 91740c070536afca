/* lifecycle-get.c - a lifecycle policy's document */
#include "images/lifecycle.h"
#include "launcher/action/action.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct lifecycle_policy policy;

	if (!arena)
		return fail_memory(err);
	if (!lifecycle_get(call, args_str(args, "Name", ""), arena, &policy,
			   err))
		return false;
	node_str(reply->root, "Document", NULL, policy.document);
	node_str(reply->root, "PolicyId", NULL, policy.id);
	node_time(reply->root, "DateCreated", NULL, policy.created);
	node_time(reply->root, "DateModified", NULL, policy.modified);
	reply->raw_text = true;
	return true;
}

const struct action verb_lifecycle_get = {
	.name = "lifecycle get",
	.brief = "show a lifecycle policy's document",
	.about = "Prints the document as it was put.",
	.params = (const struct param[]) {
		{ "Name", PARAM_STRING, PARAM_POSITIONAL | PARAM_REQUIRED, NULL,
		  "which policy" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_POLICY_NOT_FOUND, FAULT_NONE },
	.example = "qami lifecycle get nightly",
	.local = true,
	.run = run,
};
