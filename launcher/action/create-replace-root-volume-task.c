/* create-replace-root-volume-task.c - give a running instance another root */
#include "images/image.h"
#include "images/roottask.h"
#include "launcher/action/action.h"
#include "launcher/action/mapping.h"
#include "launcher/action/noun/roottask.h"
#include "launcher/instance/job.h"
#include "launcher/instance/reconcile.h"
#include "launcher/instance/replaceroot.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	static const char type[] = "replace-root-volume-task";
	auto_of(arena) arena = arena_new();
	struct root_request request = {
		.instance = args_str(args, "InstanceId", ""),
		.snapshot = args_str(args, "SnapshotId", NULL),
		.image = args_str(args, "ImageId", NULL),
		.remove = args_bool(args, "DeleteReplacedRootVolume", false),
	};
	struct root_task task;
	char id[ID_SIZE];

	if (!arena)
		return fail_memory(err);
	if (!args_positive(args, "VolumeInitializationRate",
			   &request.initialization_rate, err) ||
	    !args_tags(args_get(args, "TagSpecifications"), type, type, arena,
		       &request.tags, &request.tag_count, err) ||
	    !reconcile(call, err) || !replace_root(call, &request, id, err) ||
	    !root_task_own(call, id, arena, &task, err))
		return false;
	return reply_root_task(call->store->db, &task,
			       node_struct(reply->root, "ReplaceRootVolumeTask",
					   "replaceRootVolumeTask"),
			       err) &&
	       job_spawn(call, err);
}

const struct action action_create_replace_root_volume_task = {
	.name = "CreateReplaceRootVolumeTask",
	.brief = "give a running instance another root volume",
	.about = "Replaces the root volume of a running instance by one made "
		 "of what it was launched from, of a snapshot of a root volume "
		 "that it has or had, or of an image for the same kind of "
		 "machine. The guest is rebooted for it; its id, address and "
		 "other volumes stay. The old volume is kept, and free, unless "
		 "it is to be deleted. It is done when this answers.",
	.params = (const struct param[]) {
		{ "InstanceId", PARAM_ID, PARAM_REQUIRED, "i",
		  "the instance" },
		{ "SnapshotId", PARAM_ID, 0, "snap",
		  "what the new root volume is made of, or …" },
		{ "ImageId", PARAM_ID, 0, "ami",
		  "… whose root; neither: what the instance was launched "
		  "from" },
		{ "DeleteReplacedRootVolume", PARAM_BOOLEAN, 0, NULL,
		  "the old root volume goes" },
		{ "VolumeInitializationRate", PARAM_INTEGER, 0, NULL,
		  "MiB/s, 100 to 300: noted; what the snapshot holds is there "
		  "at once" },
		PARAMS_TAG_SPECIFICATIONS,
		PARAMS_CLIENT_TOKEN,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_INSTANCE_NOT_FOUND, FAULT_INSTANCE_STATE,
		FAULT_UNSUPPORTED, FAULT_SNAPSHOT_NOT_FOUND,
		FAULT_IMAGE_NOT_FOUND, FAULT_IMAGE_UNAVAILABLE,
		FAULT_INCORRECT_STATE, FAULT_VOLUME_LIMIT,
		FAULT_KMS_KEY_NOT_FOUND, FAULT_NONE },
	.example = "qami create-replace-root-volume-task --instance-id "
		   "i-0123456789abcdef0",
	.machines = true,
	.run = run,
};
