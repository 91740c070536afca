/* lifecycle-delete.c - forget a lifecycle policy */
#include "images/lifecycle.h"
#include "launcher/action/action.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	(void)reply;
	return lifecycle_delete(call, args_str(args, "Name", ""), err);
}

const struct action verb_lifecycle_delete = {
	.name = "lifecycle delete",
	.brief = "forget a lifecycle policy",
	.about = "Nothing is copied by it any more. What it made stays, and no "
		 "policy lets go of it.",
	.params = (const struct param[]) {
		{ "Name", PARAM_STRING, PARAM_POSITIONAL | PARAM_REQUIRED, NULL,
		  "which policy" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_POLICY_NOT_FOUND, FAULT_NONE },
	.example = "qami lifecycle delete nightly",
	.local = true,
	.run = run,
};
