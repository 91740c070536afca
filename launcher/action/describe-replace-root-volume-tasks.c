/* describe-replace-root-volume-tasks.c - list which root volumes were replaced
 */
#include "images/roottask.h"
#include "images/store.h"
#include "launcher/action/action.h"
#include "launcher/action/describe.h"
#include "launcher/action/noun/roottask.h"

#define PAGE_MOST_HERE 50 /* EC2's */

static bool prepare(struct describe *describe, struct error *err)
{
	int64_t most = args_int(describe->args, "MaxResults", 0);

	return most <= PAGE_MOST_HERE ||
	       fail(err, FAULT_INVALID_PARAMETER,
		    "Value ( %lld ) for parameter maxResults is invalid. "
		    "Expecting a value of at most %d.",
		    (long long)most, PAGE_MOST_HERE);
}

static bool row(void *data, const struct root_task *task, struct error *err)
{
	struct describe *describe = data;
	struct node *item = describe_item(describe, task->seq);

	return !item ||
	       reply_root_task(describe->call->store->db, task, item, err);
}

static bool rows(struct describe *describe, struct error *err)
{
	return root_task_list(describe->call->store->db, &describe->page.query,
			      row, describe, err);
}

static bool see(const struct describe *describe, const char *id,
		struct error *err)
{
	struct root_task task;

	return root_task_own(describe->call, id, describe->arena, &task, err);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	static const struct describe_way way = {
		.ids = "ReplaceRootVolumeTaskIds",
		.sdk = "ReplaceRootVolumeTasks",
		.wire = "replaceRootVolumeTaskSet",
		.prepare = prepare,
		.see = see,
		.rows = rows,
	};

	return describe(call, args, &way, reply, err);
}

const struct action action_describe_replace_root_volume_tasks = {
	.name = "DescribeReplaceRootVolumeTasks",
	.brief = "list which root volumes were replaced",
	.about = "Lists what create-replace-root-volume-task was asked for by "
		 "the caller, and what came of it: succeeded, failed (the "
		 "instance has the root volume that it had), or how far it is.",
	.params = (const struct param[]) {
		{ "ReplaceRootVolumeTaskIds", PARAM_ID, PARAM_LIST,
		  "replacevol", "only these", "ReplaceRootVolumeTaskId" },
		PARAMS_FILTERS,
		PARAMS_PAGES,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_ROOT_TASK_NOT_FOUND,
		FAULT_NONE },
	.example = "qami describe-replace-root-volume-tasks --filters "
		   "Name=instance-id,Values=i-0123456789abcdef0",
	.run = run,
};
