/* cancel-export-task.c - stop exporting an image */
#include "images/imagetask.h"
#include "launcher/action/action.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *before;

	(void)reply;
	if (!arena)
		return fail_memory(err);
	return imagetask_cancel(call, "export",
				args_str(args, "ExportTaskId", ""), arena,
				&before, err);
}

const struct action action_cancel_export_task = {
	.name = "CancelExportTask",
	.brief = "stop exporting an image",
	.about = "Stops an export that is not over yet; what was written of it "
		 "goes.",
	.params = (const struct param[]) {
		{ "ExportTaskId", PARAM_ID, PARAM_REQUIRED, "export-ami",
		  "the task" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_EXPORT_TASK_NOT_FOUND,
		FAULT_INCORRECT_STATE, FAULT_NONE },
	.example = "qami cancel-export-task "
		   "--export-task-id export-ami-0123456789abcdef0",
	.run = run,
};
