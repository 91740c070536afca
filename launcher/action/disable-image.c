/* disable-image.c - take an image out of use */

#include "images/withdraw.h"
#include "launcher/action/action.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	node_bool(reply->root, "Return", "return", true);
	return image_disable(call, args_str(args, "ImageId", ""), err);
}

const struct action action_disable_image = {
	.name = "DisableImage",
	.brief = "take an image out of use",
	.about = "The image can neither be launched nor shared, and is left "
		 "out of lists unless disabled ones are asked for. Its launch "
		 "permissions are taken away; its snapshots stay, and cannot "
		 "be deleted.",
	.params = (const struct param[]) {
		{ "ImageId", PARAM_ID, PARAM_REQUIRED, "ami", "the image" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_IMAGE_NOT_FOUND,
		FAULT_IMAGE_UNAVAILABLE, FAULT_AUTH_FAILURE, FAULT_NONE },
	.example = "qami disable-image --image-id "
		   "ami-0123456789abcdef0",
	.run = run,
};
