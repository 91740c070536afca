/* ec2-bundle-vol.c - the tool of that name, over a store */
#include "bundle/tool/bundle-vol.h"

#include "launcher/cli/tool.h"

static int run(struct call *call, const struct args *args, struct error *err)
{
	return tool_main(call, args, tool_bundle_vol_params, tool_bundle_vol,
			 err);
}

const struct action verb_ec2_bundle_vol = {
	TOOL_BUNDLE_VOL,
	.local = true,
	.tool = true,
	.main = run,
};
