/* autoscaling-delete-tags.c - tags of groups are taken off */
#include "launcher/action/noun/scaling.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	(void)reply;
	return scaling_tag(call, args_get(args, "Tags"), true, err);
}

const struct action action_autoscaling_delete_tags = {
	.name = "DeleteTags",
	.service = "autoscaling",
	.brief = "take tags off Auto Scaling groups",
	.about = "Removes tags by key, or by key and value; instances keep theirs.",
	.params = (const struct param[]) {
		{ "Tags", PARAM_STRUCT, PARAM_LIST | PARAM_REQUIRED, NULL,
		  "ResourceId=…,ResourceType=auto-scaling-group,Key=…", NULL,
		  params_group_tag },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_VALIDATION, FAULT_NONE },
	.example = "qami autoscaling delete-tags --tags ResourceId=web,Key=team",
	.run = run,
};
