/* cancel-import-task.c - stop importing an image */
#include "images/imagetask.h"
#include "launcher/action/action.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *id = args_str(args, "ImportTaskId", NULL), *before;

	if (!arena)
		return fail_memory(err);
	if (!id)
		return fail(err, FAULT_MISSING_PARAMETER,
			    "The request must contain the parameter "
			    "ImportTaskId");
	if (!imagetask_cancel(call, "import", id, arena, &before, err))
		return false;
	node_str(reply->root, "ImportTaskId", "importTaskId", id);
	node_str(reply->root, "PreviousState", "previousState", before);
	node_str(reply->root, "State", "state", "deleting");
	return true;
}

const struct action action_cancel_import_task = {
	.name = "CancelImportTask",
	.brief = "stop importing an image",
	.about = "Stops an import-image that is not over yet; what was made of "
		 "it goes.",
	.params = (const struct param[]) {
		{ "ImportTaskId", PARAM_ID, 0, "import-ami", "the task" },
		{ "CancelReason", PARAM_STRING, 0, NULL, "accepted" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_IMPORT_TASK_NOT_FOUND,
		FAULT_INCORRECT_STATE, FAULT_NONE },
	.example = "qami cancel-import-task "
		   "--import-task-id import-ami-0123456789abcdef0",
	.run = run,
};
