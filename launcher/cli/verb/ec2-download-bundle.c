/* ec2-download-bundle.c - the tool of that name, over a store */
#include "bundle/tool/download-bundle.h"

#include "launcher/cli/tool.h"

static int run(struct call *call, const struct args *args, struct error *err)
{
	return tool_main(call, args, tool_download_bundle_params,
			 tool_download_bundle, err);
}

const struct action verb_ec2_download_bundle = {
	TOOL_DOWNLOAD_BUNDLE,
	.local = true,
	.tool = true,
	.main = run,
};
