/* autoscaling-set-desired-capacity.c - how many instances there shall be */
#include "launcher/action/noun/scaling.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	(void)reply;
	return scaling_set_desired(
		call, args_str(args, "AutoScalingGroupName", ""),
		args_int(args, "DesiredCapacity", 0),
		args_bool(args, "HonorCooldown", false), err);
}

const struct action action_autoscaling_set_desired_capacity = {
	.name = "SetDesiredCapacity",
	.service = "autoscaling",
	.brief = "say how many instances a group shall have",
	.about = "Sets the number, within the group's bounds.",
	.params = (const struct param[]) {
		PARAMS_GROUP_NAME,
		{ "DesiredCapacity", PARAM_INTEGER, PARAM_REQUIRED, NULL,
		  "the number" },
		{ "HonorCooldown", PARAM_BOOLEAN, 0, NULL,
		  "not while the group cools down from its last activity" },
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_SCALING_IN_PROGRESS, FAULT_VALIDATION, FAULT_NONE },
	.example = "qami autoscaling set-desired-capacity "
		 "--auto-scaling-group-name web --desired-capacity 3",
	.run = run,
};
