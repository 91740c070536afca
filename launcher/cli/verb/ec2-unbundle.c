/* ec2-unbundle.c - the tool of that name, over a store */
#include "bundle/tool/unbundle.h"

#include "launcher/cli/tool.h"

static int run(struct call *call, const struct args *args, struct error *err)
{
	return tool_main(call, args, tool_unbundle_params, tool_unbundle, err);
}

const struct action verb_ec2_unbundle = {
	TOOL_UNBUNDLE,
	.local = true,
	.tool = true,
	.main = run,
};
