/* describe-store-image-tasks.c - images that are being stored, and that were */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "images/imagetask.h"
#include "launcher/action/action.h"
#include "launcher/action/describe.h"
#include "launcher/action/why.h"

/* EC2's words; a reason is the code and what was said with it. */
static void reply_task(const struct image_task *task, struct node *into)
{
	bool failed = task->code != NULL;
	char reason[400];

	node_str(into, "AmiId", "amiId", task->image);
	node_time(into, "TaskStartTime", "taskStartTime", task->started);
	node_str(into, "Bucket", "bucket", task->bucket);
	node_str(into, "S3objectKey", "s3objectKey", task->key);
	node_int(into, "ProgressPercentage", "progressPercentage",
		 task->progress);
	node_str(into, "StoreTaskState", "storeTaskState",
		 strcmp(task->state, "completed") == 0 ? "Completed" :
		 failed				       ? "Failed" :
							 "InProgress");
	if (failed) {
		snprintf(reason, sizeof(reason), "%s: %s", task->code,
			 task->message);
		node_why(into, "StoreTaskFailureReason",
			 "storeTaskFailureReason", reason);
	}
}

static bool row(void *data, const struct image_task *task, struct error *err)
{
	struct node *item = describe_item(data, task->seq);

	(void)err;
	if (item)
		reply_task(task, item);
	return true;
}

static bool rows(struct describe *describe, struct error *err)
{
	return image_task_list(describe->call->store->db, "store",
			       &describe->page.query, row, describe, err);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	static const struct describe_way way = {
		.ids = "ImageIds",
		.sdk = "StoreImageTaskResults",
		.wire = "storeImageTaskResultSet",
		.most = 200,
		.see = describe_see_image,
		.rows = rows,
	};

	return describe(call, args, &way, reply, err);
}

const struct action action_describe_store_image_tasks = {
	.name = "DescribeStoreImageTasks",
	.brief = "list the images that were stored in buckets",
	.about = "Lists what create-store-image-task was asked for by the "
		 "caller, with its state and how far it is.",
	.params = (const struct param[]) {
		{ "ImageIds", PARAM_ID, PARAM_LIST | PARAM_NAMED, "ami",
		  "only these images' tasks", "ImageId" },
		PARAMS_FILTERS,
		PARAMS_PAGES,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_IMAGE_NOT_FOUND,
		FAULT_INVALID_NEXT_TOKEN, FAULT_NONE },
	.example = "qami describe-store-image-tasks",
	.run = run,
};
