/* disable-image-deprecation.c - show a deprecated image to others again */

#include "images/withdraw.h"
#include "launcher/action/action.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	node_bool(reply->root, "Return", "return", true);
	return image_undeprecate(call, args_str(args, "ImageId", ""), err);
}

const struct action action_disable_image_deprecation = {
	.name = "DisableImageDeprecation",
	.brief = "show a deprecated image to others again",
	.about = "Takes the time back from which on an image is deprecated. A "
		 "public image keeps it.",
	.params = (const struct param[]) {
		{ "ImageId", PARAM_ID, PARAM_REQUIRED, "ami", "the image" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_IMAGE_NOT_FOUND,
		FAULT_IMAGE_UNAVAILABLE, FAULT_AUTH_FAILURE, FAULT_OPERATION_NOT_PERMITTED,
		FAULT_NONE },
	.example = "qami disable-image-deprecation --image-id "
		   "ami-0123456789abcdef0",
	.run = run,
};
