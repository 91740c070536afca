/* ec2-upload-bundle.c - the tool of that name, over a store */
#include "bundle/tool/upload-bundle.h"

#include "launcher/cli/tool.h"

static int run(struct call *call, const struct args *args, struct error *err)
{
	return tool_main(call, args, tool_upload_bundle_params,
			 tool_upload_bundle, err);
}

const struct action verb_ec2_upload_bundle = {
	TOOL_UPLOAD_BUNDLE,
	.local = true,
	.tool = true,
	.main = run,
};
