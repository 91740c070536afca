/* describe-bundle-tasks.c - list what is being bundled, and what was */
#include "launcher/action/action.h"
#include "launcher/action/noun/bundletask.h"
#include "launcher/action/query.h"
#include "launcher/instance/bundletask.h"

static bool row(void *data, const struct bundle_task *task, struct error *err)
{
	(void)err;
	reply_bundle_task(task, node_item(data));
	return true;
}

/* EC2 names the first that is not there. */
static bool check_ids(struct call *call, const struct query *query,
		      struct arena *arena, struct error *err)
{
	struct bundle_task task;

	for (size_t i = 0; i < query->id_count; i++)
		if (!bundletask_get(call, query->ids[i], arena, &task, err))
			return false;
	return true;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct page page;

	if (!arena)
		return fail_memory(err);
	return page_open(call, args, "BundleIds", arena, &page, err) &&
	       check_ids(call, &page.query, arena, err) &&
	       bundle_task_list(call->store->db, &page.query, row,
				node_list(reply->root, "BundleTasks",
					  "bundleInstanceTasksSet"),
				err) &&
	       page_close(call, &page, reply->root, err);
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
