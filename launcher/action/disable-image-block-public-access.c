/* disable-image-block-public-access.c - let images be shared with all again */
#include "images/publicaccess.h"
#include "launcher/action/action.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	(void)args;
	node_str(reply->root, "ImageBlockPublicAccessState",
		 "imageBlockPublicAccessState", "unblocked");
	return public_access_set(call, "image", "unblocked", err);
}

const struct action action_disable_image_block_public_access = {
	.name = "DisableImageBlockPublicAccess",
	.brief = "let images be shared with all again",
	.about = "From now on images of the account can be shared with all.",
	.params = (const struct param[]) {
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_DRY_RUN, FAULT_NONE },
	.example = "qami disable-image-block-public-access",
	.run = run,
};
