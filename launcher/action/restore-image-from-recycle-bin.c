/* restore-image-from-recycle-bin.c - undo the deregistration of an image */
#include "images/recyclebin.h"
#include "launcher/action/action.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	node_bool(reply->root, "Return", "return", true);
	return recycle_restore_image(call, args_str(args, "ImageId", ""), err);
}

const struct action action_restore_image_from_recycle_bin = {
	.name = "RestoreImageFromRecycleBin",
	.brief = "undo the deregistration of an image",
	.about = "The image is what it was before it was deregistered, with "
		 "its tags and launch permissions; not with that for all, "
		 "though, where the account blocks it by now. Its snapshots "
		 "have to be restored before it, from the recycle bin and "
		 "from the archive, and its name has to be free.",
	.params = (const struct param[]) {
		{ "ImageId", PARAM_ID, PARAM_REQUIRED, "ami",
		  "the image, which is in the recycle bin" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_IMAGE_NOT_FOUND,
		FAULT_SNAPSHOT_NOT_FOUND, FAULT_IMAGE_NAME_DUPLICATE,
		FAULT_INCORRECT_STATE, FAULT_NONE },
	.example = "qami restore-image-from-recycle-bin --image-id "
		   "ami-0123456789abcdef0",
	.run = run,
};
