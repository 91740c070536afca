/* enable-image.c - bring a disabled image back into use */

#include "images/withdraw.h"
#include "launcher/action/action.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	node_bool(reply->root, "Return", "return", true);
	return image_enable(call, args_str(args, "ImageId", ""), err);
}

const struct action action_enable_image = {
	.name = "EnableImage",
	.brief = "bring a disabled image back into use",
	.about = "The image can be launched again. Launch permissions that it "
		 "had before it was disabled do not come back. Snapshots of it "
		 "that were archived must be restored permanently first.",
	.params = (const struct param[]) {
		{ "ImageId", PARAM_ID, PARAM_REQUIRED, "ami", "the image" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_IMAGE_NOT_FOUND,
		FAULT_IMAGE_UNAVAILABLE, FAULT_AUTH_FAILURE,
		FAULT_INCORRECT_STATE, FAULT_NONE },
	.example = "qami enable-image --image-id "
		   "ami-0123456789abcdef0",
	.run = run,
};
