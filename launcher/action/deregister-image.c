/* deregister-image.c - take an image out of the registry */
#include "images/image.h"
#include "launcher/action/action.h"

static bool run(struct call *call, const struct args *args,
		struct reply *reply, struct error *err)
{
	if (!image_deregister(call, args_str(args, "ImageId", ""), false, err))
		return false;
	reply_return(reply);
	return true;
}

const struct action action_deregister_image = {
	.name = "DeregisterImage",
	.brief = "take an image out of the registry",
	.about = "The image can no longer be launched. Its snapshots and the "
		 "instances launched from it stay.",
	.params = (const struct param[]) {
		{ "ImageId", PARAM_ID, PARAM_REQUIRED, "ami|aki|ari",
		  "the image" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_IMAGE_NOT_FOUND,
		FAULT_IMAGE_UNAVAILABLE, FAULT_AUTH_FAILURE, FAULT_NONE },
	.example = "qami deregister-image --image-id ami-0123456789abcdef0",
	.run = run,
};
