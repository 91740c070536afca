/* ec2-delete-bundle.c - the tool of that name, over a store */
#include "bundle/tool/delete-bundle.h"

#include "launcher/cli/tool.h"

static int run(struct call *call, const struct args *args, struct error *err)
{
	return tool_main(call, args, tool_delete_bundle_params,
			 tool_delete_bundle, err);
}

const struct action verb_ec2_delete_bundle = {
	TOOL_DELETE_BUNDLE,
	.local = true,
	.tool = true,
	.main = run,
};
