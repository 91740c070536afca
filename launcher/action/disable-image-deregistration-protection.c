/* disable-image-deregistration-protection.c - let an image be deregistered
 * again */

#include "images/withdraw.h"
#include "launcher/action/action.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	node_str(reply->root, "Return", "return", "true");
	return image_unprotect(call, args_str(args, "ImageId", ""), err);
}

const struct action action_disable_image_deregistration_protection = {
	.name = "DisableImageDeregistrationProtection",
	.brief = "let it be deregistered again",
	.about = "The image can be deregistered: at once, or after 24 hours if "
		 "it was protected with a cooldown.",
	.params = (const struct param[]) {
		{ "ImageId", PARAM_ID, PARAM_REQUIRED, "ami", "the image" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_IMAGE_NOT_FOUND,
		FAULT_IMAGE_UNAVAILABLE, FAULT_AUTH_FAILURE, FAULT_NONE },
	.example = "qami disable-image-deregistration-protection --image-id "
		   "ami-0123456789abcdef0",
	.run = run,
};
