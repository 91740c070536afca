/* describe-bundle-tasks.c - list what is being bundled, and what was */
#include "launcher/action/action.h"
#include "launcher/action/describe.h"
#include "launcher/action/noun/bundletask.h"
#include "launcher/instance/bundletask.h"

static bool row(void *data, const struct bundle_task *task, struct error *err)
{
	struct node *item = describe_item(data, task->seq);

	(void)err;
	if (item)
		reply_bundle_task(task, item);
	return true;
}

static bool rows(struct describe *describe, struct error *err)
{
	return bundle_task_list(describe->call->store->db,
				&describe->page.query, row, describe, err);
}

/* EC2 names the first that is not there. */
static bool see(const struct describe *describe, const char *id,
		struct error *err)
{
	struct bundle_task task;

	return bundletask_get(describe->call, id, describe->arena, &task, err);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	static const struct describe_way way = {
		.ids = "BundleIds",
		.sdk = "BundleTasks",
		.wire = "bundleInstanceTasksSet",
		.see = see,
		.rows = rows,
	};

	return describe(call, args, &way, reply, err);
}

const struct action action_describe_bundle_tasks = {
	.name = "DescribeBundleTasks",
	.brief = "list bundle tasks",
	.about = "Lists what bundle-instance was asked for by the caller, with "
		 "its state and how far it is.",
	.params = (const struct param[]) {
		{ "BundleIds", PARAM_ID, PARAM_LIST, "bun", "only these",
		  "BundleId" },
		PARAMS_FILTERS,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_BUNDLE_NOT_FOUND, FAULT_NONE },
	.example = "qami describe-bundle-tasks --filters "
		   "Name=state,Values=complete",
	.run = run,
};
