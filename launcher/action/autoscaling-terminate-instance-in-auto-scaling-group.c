/* autoscaling-terminate-instance-in-auto-scaling-group.c - a member of a group
 * goes */
#include "launcher/action/noun/scaling.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct scaling_activity activity;

	if (!arena)
		return fail_memory(err);
	if (!scaling_terminate(
		    call, args_str(args, "InstanceId", ""),
		    args_bool(args, "ShouldDecrementDesiredCapacity", false),
		    arena, &activity, err))
		return false;
	reply_scaling_activity(
		call, &activity,
		node_struct(reply->root, "Activity", "Activity"));
	return true;
}

const struct action action_autoscaling_terminate_instance_in_auto_scaling_group = {
	.name = "TerminateInstanceInAutoScalingGroup",
	.service = "autoscaling",
	.brief = "terminate an instance of a group",
	.about = "Terminates an instance, which the group replaces "
		 "unless one less is desired from now on. Answers with "
		 "the activity, which goes on.",
	.params = (const struct param[]) {
		{ "InstanceId", PARAM_ID, PARAM_REQUIRED, "i",
		  "the instance" },
		{ "ShouldDecrementDesiredCapacity", PARAM_BOOLEAN,
		  PARAM_REQUIRED | PARAM_UNLESS, NULL,
		  "whether one less is desired" },
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_SCALING_IN_PROGRESS, FAULT_VALIDATION, FAULT_NONE },
	.example = "qami autoscaling "
		 "terminate-instance-in-auto-scaling-group --instance-id "
		 "i-0123456789abcdef0 "
		 "--no-should-decrement-desired-capacity",
	.run = run,
};
