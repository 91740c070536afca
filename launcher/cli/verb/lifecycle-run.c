/* lifecycle-run.c - what lifecycle policies want is done now, or said */
#include "images/lifecycle.h"
#include "launcher/action/action.h"
#include "launcher/cli/progress.h"
#include "launcher/instance/job.h"

static void add(void *data, const struct lifecycle_step *step)
{
	struct node *item = node_item(data);

	node_str(item, "Id", NULL, step->id ? step->id : "-");
	node_str(item, "Policy", NULL, step->policy);
	node_str(item, "Schedule", NULL, step->schedule);
	node_str(item, "Resource", NULL, step->resource);
	node_str(item, "What", NULL, step->what);
	node_str(item, "Why", NULL, step->why);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	struct lifecycle_run run = {
		.name = args_str(args, "Name", NULL),
		.everybody = args_bool(args, "All", false),
		.dry = args_bool(args, "DryRun", false),
		.step = add,
		.data = node_list(reply->root, "Steps", NULL),
	};
	char size[SIZE_TEXT_SIZE];
	auto_buf note = BUF_INIT;

	call->dry_run = false; /* it answers, where others only fail */
	if (!lifecycle_run(call, &run, err))
		return false;
	node_int(reply->root, "Failed", NULL, run.failed);
	if (run.dry) {
		node_int(reply->root, "FreedBytes", NULL, (int64_t)run.frees);
		size_text(run.frees, size);
		buf_printf(&note, "nothing was done; it would free %s", size);
	}
	if (note.size &&
	    !(reply->note = arena_str(reply->arena, buf_text(&note))))
		return fail_memory(err);
	reply->exit_code = run.failed ? 1 : 0;
	return job_spawn(call, err);
}

const struct action verb_lifecycle_run = {
	.name = "lifecycle run",
	.brief = "do what lifecycle policies want now",
	.about = "Runs the account's policies that are enabled, or the one that "
		 "is named: what is due is made, once for however many times "
		 "it was missed, and what no rule keeps goes, unless it is "
		 "locked, shared, protected or in use. Says what is done about "
		 "each thing, and why; exits with 1 when something could not "
		 "be done, which the next run tries again. For cron, where no "
		 "'qami serve' runs.",
	.params = (const struct param[]) {
		{ "Name", PARAM_STRING, PARAM_POSITIONAL, NULL,
		  "which policy, be it disabled" },
		{ "All", PARAM_BOOLEAN, 0, NULL, "every account's", NULL, NULL,
		  'a' },
		{ "DryRun", PARAM_BOOLEAN, 0, NULL,
		  "only say what would be done, and what bytes that frees" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_POLICY_NOT_FOUND, FAULT_NONE },
	.example = "qami lifecycle run --dry-run",
	.local = true,
	.run = run,
};
