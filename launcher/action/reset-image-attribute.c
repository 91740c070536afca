/* reset-image-attribute.c - take every launch permission back */
#include "images/image.h"
#include "launcher/action/action.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	if (!image_unshare(call, args_str(args, "ImageId", ""), err))
		return false;
	reply_return(reply);
	return true;
}

const struct action action_reset_image_attribute = {
	.name = "ResetImageAttribute",
	.brief = "take every launch permission back",
	.about = "Afterwards only its owner may launch the image.",
	.params = (const struct param[]) {
		{ "ImageId", PARAM_ID, PARAM_REQUIRED, "ami|aki|ari",
		  "the image" },
		{ "Attribute", PARAM_STRING, PARAM_REQUIRED | PARAM_LOOSE,
		  "launchPermission", "which" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_IMAGE_NOT_FOUND,
		FAULT_IMAGE_UNAVAILABLE, FAULT_AUTH_FAILURE, FAULT_NONE },
	.example = "qami reset-image-attribute --image-id "
		   "ami-0123456789abcdef0 --attribute launchPermission",
	.run = run,
};
