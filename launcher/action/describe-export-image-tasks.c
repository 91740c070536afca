/* describe-export-image-tasks.c - images that are being exported, and that were
 */
#include "images/imagetask.h"
#include "launcher/action/action.h"
#include "launcher/action/describe.h"
#include "launcher/action/noun/imagetask.h"

static bool row(void *data, const struct image_task *task, struct error *err)
{
	struct describe *describe = data;
	struct node *item = describe_item(describe, task->seq);

	return !item ||
	       reply_export_task(describe->call->store->db, task, item, err);
}

static bool rows(struct describe *describe, struct error *err)
{
	return image_task_list(describe->call->store->db, "export",
			       &describe->page.query, row, describe, err);
}

static bool see(const struct describe *describe, const char *id,
		struct error *err)
{
	struct image_task task;

	return imagetask_get(describe->call, "export", id, describe->arena,
			     &task, err);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	static const struct describe_way way = {
		.ids = "ExportImageTaskIds",
		.sdk = "ExportImageTasks",
		.wire = "exportImageTaskSet",
		.most = 500,
		.see = see,
		.rows = rows,
	};

	return describe(call, args, &way, reply, err);
}

const struct action action_describe_export_image_tasks = {
	.name = "DescribeExportImageTasks",
	.brief = "list the images that were exported",
	.about = "Lists what export-image was asked for by the caller, with its "
		 "state and how far it is. One that came to nothing is "
		 "deleted, and says why.",
	.params = (const struct param[]) {
		{ "ExportImageTaskIds", PARAM_ID, PARAM_LIST, "export-ami",
		  "only these", "ExportImageTaskId" },
		PARAMS_FILTERS,
		PARAMS_PAGES,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_EXPORT_TASK_NOT_FOUND,
		FAULT_INVALID_NEXT_TOKEN, FAULT_NONE },
	.example = "qami describe-export-image-tasks",
	.run = run,
};
