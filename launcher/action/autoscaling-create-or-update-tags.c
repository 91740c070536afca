/* autoscaling-create-or-update-tags.c - tags of groups are set */
#include "launcher/action/noun/scaling.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	(void)reply;
	return scaling_tag(call, args_get(args, "Tags"), false, err);
}

const struct action action_autoscaling_create_or_update_tags = {
	.name = "CreateOrUpdateTags",
	.service = "autoscaling",
	.brief = "set tags of Auto Scaling groups",
	.about = "Sets tags of groups, all or none. Instances that are launched from "
		 "now on carry those with PropagateAtLaunch.",
	.params = (const struct param[]) {
		{ "Tags", PARAM_STRUCT, PARAM_LIST | PARAM_REQUIRED, NULL,
		  "ResourceId=…,ResourceType=auto-scaling-group,Key=…", NULL,
		  params_group_tag },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_VALIDATION, FAULT_TAG_LIMIT, FAULT_NONE },
	.example = "qami autoscaling create-or-update-tags --tags "
		   "ResourceId=web,Key=team,Value=blue,PropagateAtLaunch=true",
	.run = run,
};
