/* cancel-bundle-task.c - stop bundling an instance */
#include "launcher/action/action.h"
#include "launcher/action/noun/bundletask.h"
#include "launcher/instance/bundletask.h"
#include "launcher/instance/job.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *id = args_str(args, "BundleId", "");
	struct bundle_task task;

	if (!arena)
		return fail_memory(err);
	if (!bundletask_cancel(call, id, err) ||
	    !bundletask_get(call, id, arena, &task, err))
		return false;
	reply_bundle_task(&task, node_struct(reply->root, "BundleTask",
					     "bundleInstanceTask"));
	return job_spawn(call, err);
}

const struct action action_cancel_bundle_task = {
	.name = "CancelBundleTask",
	.brief = "stop bundling an instance",
	.about = "Stops a bundle task. What it has stored in the bucket is "
		 "removed, and the task ends as failed with the error "
		 "Client.Cancelled.",
	.params = (const struct param[]) {
		{ "BundleId", PARAM_ID, PARAM_REQUIRED, "bun", "the task" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_BUNDLE_NOT_FOUND,
		FAULT_INCORRECT_STATE, FAULT_NONE },
	.example = "qami cancel-bundle-task --bundle-id "
		   "bun-0123456789abcdef0",
	.run = run,
};
