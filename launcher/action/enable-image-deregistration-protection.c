/* enable-image-deregistration-protection.c - keep an image from being
 * deregistered */

#include "images/withdraw.h"
#include "launcher/action/action.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	node_str(reply->root, "Return", "return", "true");
	return image_protect(call, args_str(args, "ImageId", ""),
			     args_bool(args, "WithCooldown", false), err);
}

const struct action action_enable_image_deregistration_protection = {
	.name = "EnableImageDeregistrationProtection",
	.brief = "keep an image registered",
	.about = "Until the protection is taken away the image cannot be "
		 "deregistered; with a cooldown, not for 24 hours after that "
		 "either.",
	.params = (const struct param[]) {
		{ "ImageId", PARAM_ID, PARAM_REQUIRED, "ami", "the image" },
		{ "WithCooldown", PARAM_BOOLEAN, 0, NULL,
		  "stay protected for 24 hours after protection ends" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_IMAGE_NOT_FOUND,
		FAULT_IMAGE_UNAVAILABLE, FAULT_AUTH_FAILURE, FAULT_NONE },
	.example = "qami enable-image-deregistration-protection --image-id "
		   "ami-0123456789abcdef0",
	.run = run,
};
