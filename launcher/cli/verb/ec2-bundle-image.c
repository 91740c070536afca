/* ec2-bundle-image.c - the tool of that name, over a store */
#include "bundle/tool/bundle-image.h"

#include "launcher/cli/tool.h"

static int run(struct call *call, const struct args *args, struct error *err)
{
	return tool_main(call, args, tool_bundle_image_params,
			 tool_bundle_image, err);
}

const struct action verb_ec2_bundle_image = {
	TOOL_BUNDLE_IMAGE,
	.local = true,
	.tool = true,
	.main = run,
};
