/* enable-image-deprecation.c - hide an image from others, from a time on */

#include "images/withdraw.h"
#include "launcher/action/action.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	usec_t when;

	if (!time_parse(args_str(args, "DeprecateAt", ""), &when))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "DeprecateAt is no point in time");
	node_bool(reply->root, "Return", "return", true);
	return image_deprecate(call, args_str(args, "ImageId", ""), when, err);
}

const struct action action_enable_image_deprecation = {
	.name = "EnableImageDeprecation",
	.brief = "hide an image from others, from a time on",
	.about = "From then on, rounded to a minute, accounts that may only "
		 "launch the image do not find it in lists any more, unless "
		 "they name it or ask for deprecated ones. It can still be "
		 "launched. What is public is deprecated two years after it "
		 "was made at the latest.",
	.params = (const struct param[]) {
		{ "ImageId", PARAM_ID, PARAM_REQUIRED, "ami", "the image" },
		{ "DeprecateAt", PARAM_TIME, PARAM_REQUIRED, NULL,
		  "within ten years; two after its creation when public" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_IMAGE_NOT_FOUND,
		FAULT_IMAGE_UNAVAILABLE, FAULT_AUTH_FAILURE, FAULT_NONE },
	.example = "qami enable-image-deprecation --image-id "
		   "ami-0123456789abcdef0 --deprecate-at 2030-01-01T00:00:00Z",
	.run = run,
};
