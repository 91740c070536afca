/* deregister-image.c - take an image out of the registry */
#include "images/image.h"
#include "launcher/action/action.h"
#include "launcher/instance/job.h"

static void report(void *data, const char *snapshot, const char *code)
{
	struct node *item = node_item(data);

	node_str(item, "SnapshotId", "snapshotId", snapshot);
	node_str(item, "ReturnCode", "returnCode", code);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	bool snapshots = args_bool(args, "DeleteAssociatedSnapshots", false);
	struct node *results = NULL;

	node_bool(reply->root, "Return", "return", true);
	if (snapshots)
		results = node_list(reply->root, "DeleteSnapshotResults",
				    "deleteSnapshotResultSet");
	return image_deregister(call, args_str(args, "ImageId", ""), snapshots,
				report, results, err) &&
	       job_spawn(call, err);
}

const struct action action_deregister_image = {
	.name = "DeregisterImage",
	.brief = "take an image out of the registry",
	.about = "The image can no longer be launched. Its snapshots and the "
		 "instances launched from it stay, unless the snapshots are to "
		 "be deleted as well: then those go that are the caller's own "
		 "and that no other image uses, unless they are locked. A "
		 "protected image has to be unprotected first. What a rule of "
		 "the recycle bin keeps can be restored from there.",
	.params = (const struct param[]) {
		{ "ImageId", PARAM_ID, PARAM_REQUIRED, "ami|aki|ari",
		  "the image" },
		{ "DeleteAssociatedSnapshots", PARAM_BOOLEAN, 0, NULL,
		  "delete its snapshots, too" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_IMAGE_NOT_FOUND,
		FAULT_IMAGE_UNAVAILABLE, FAULT_AUTH_FAILURE,
		FAULT_OPERATION_NOT_PERMITTED, FAULT_NONE },
	.example = "qami deregister-image --image-id ami-0123456789abcdef0",
	.run = run,
};
