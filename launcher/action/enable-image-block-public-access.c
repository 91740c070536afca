/* enable-image-block-public-access.c - let no image become public */
#include "images/publicaccess.h"
#include "launcher/action/action.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	const char *state = args_str(args, "ImageBlockPublicAccessState", "");

	node_str(reply->root, "ImageBlockPublicAccessState",
		 "imageBlockPublicAccessState", state);
	return public_access_set(call, "image", state, err);
}

const struct action action_enable_image_block_public_access = {
	.name = "EnableImageBlockPublicAccess",
	.brief = "let no image become public",
	.about = "From now on no image of the account can be shared with all. "
		 "Those that are public already stay so.",
	.params = (const struct param[]) {
		{ "ImageBlockPublicAccessState", PARAM_STRING, PARAM_REQUIRED,
		  "block-new-sharing", "what is blocked" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INVALID_PARAMETER,
		FAULT_DRY_RUN, FAULT_NONE },
	.example = "qami enable-image-block-public-access "
		   "--image-block-public-access-state block-new-sharing",
	.run = run,
};
