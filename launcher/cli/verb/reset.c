/* reset.c - a machine is what it was at first, or at a snapshot */
#include <string.h>

#include "images/roottask.h"
#include "launcher/action/action.h"
#include "launcher/instance/job.h"
#include "launcher/instance/reconcile.h"
#include "launcher/instance/replaceroot.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *to = args_str(args, "To", NULL);
	bool image = to && strncmp(to, "ami-", 4) == 0;
	struct root_request request = {
		.instance = args_str(args, "Instance", ""),
		.snapshot = image ? NULL : to,
		.image = image ? to : NULL,
		.remove = !args_bool(args, "Keep", false),
	};
	struct root_task task;
	char id[ID_SIZE];

	if (!arena)
		return fail_memory(err);
	if (!reconcile(call, err) || !replace_root(call, &request, id, err) ||
	    !root_task_own(call, id, arena, &task, err))
		return false;
	if (!task.remove) {
		node_str(reply->root, "VolumeId", "volumeId", task.replaced);
		reply->raw_text = true;
	}
	return job_spawn(call, err);
}

const struct action verb_reset = {
	.name = "reset",
	.brief = "put a machine back to its image or to a snapshot",
	.about = "Shuts a running instance down and boots it from a new root "
		 "volume: what it was launched from, a snapshot that was taken "
		 "of its root, or another image. Its id, address and other "
		 "volumes stay; what its root held is gone, unless it is kept: "
		 "then the id of that volume is printed. A guest that does not "
		 "shut down is ended after four minutes.",
	.params = (const struct param[]) {
		{ "Instance", PARAM_ID,
		  PARAM_POSITIONAL | PARAM_REQUIRED | PARAM_NAMED, "i",
		  "instance: id, name or beginning of an id" },
		{ "To", PARAM_ID, PARAM_NAMED, "snap|ami",
		  "a snapshot or an image; else what it was launched from" },
		{ "Keep", PARAM_BOOLEAN, 0, NULL,
		  "keep the old root volume, attached to nothing" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INSTANCE_NOT_FOUND,
		FAULT_INSTANCE_STATE, FAULT_SNAPSHOT_NOT_FOUND, FAULT_NONE },
	.example = "qami reset web1",
	.local = true,
	.travels = true,
	.waits = true,
	.machines = true,
	.run = run,
};
