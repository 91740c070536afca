/* autoscaling-delete-auto-scaling-group.c - a group goes */
#include "launcher/action/noun/scaling.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	(void)reply;
	return scaling_delete(call, args_str(args, "AutoScalingGroupName", ""),
			      args_bool(args, "ForceDelete", false), err);
}

const struct action action_autoscaling_delete_auto_scaling_group = {
	.name = "DeleteAutoScalingGroup",
	.service = "autoscaling",
	.brief = "delete an Auto Scaling group",
	.about = "Deletes a group without instances; with --force-delete "
		 "its instances are terminated first, and it goes with "
		 "the last of them.",
	.params = (const struct param[]) {
		PARAMS_GROUP_NAME,
		{ "ForceDelete", PARAM_BOOLEAN, 0, NULL,
		  "with its instances" },
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_SCALING_IN_USE, FAULT_SCALING_IN_PROGRESS, FAULT_VALIDATION, FAULT_NONE },
	.example = "qami autoscaling delete-auto-scaling-group "
		 "--auto-scaling-group-name web --force-delete",
	.run = run,
};
