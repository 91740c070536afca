/* autoscaling-update-auto-scaling-group.c - a group is to be otherwise */
#include "launcher/action/noun/scaling.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct scaling_said said;

	(void)reply;
	if (!arena)
		return fail_memory(err);
	return args_scaling(args, arena, &said, err) &&
	       scaling_update(call, &said.request, err);
}

const struct action action_autoscaling_update_auto_scaling_group = {
	.name = "UpdateAutoScalingGroup",
	.service = "autoscaling",
	.brief = "change an Auto Scaling group",
	.about = "Changes what is said. The desired capacity follows new "
		 "bounds. Another launch template is for instances that "
		 "are launched from now on: start-instance-refresh "
		 "replaces those that there are.",
	.params = (const struct param[]) {
		PARAMS_GROUP_NAME,
		{ "MinSize", PARAM_INTEGER, 0, NULL, "never fewer" },
		{ "MaxSize", PARAM_INTEGER, 0, NULL, "never more" },
		PARAMS_GROUP_SHAPE,
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_SCALING_IN_PROGRESS, FAULT_VALIDATION, FAULT_NONE },
	.example = "qami autoscaling update-auto-scaling-group "
		 "--auto-scaling-group-name web --max-size 6",
	.run = run,
};
