/* autoscaling-cancel-instance-refresh.c - a refresh ends where it is */
#include "launcher/action/noun/scaling.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	char id[UUID_SIZE];

	if (!scaling_refresh_cancel(
		    call, args_str(args, "AutoScalingGroupName", ""), id, err))
		return false;
	node_str(reply->root, "InstanceRefreshId", "InstanceRefreshId", id);
	return true;
}

const struct action action_autoscaling_cancel_instance_refresh = {
	.name = "CancelInstanceRefresh",
	.service = "autoscaling",
	.brief = "end an instance refresh where it is",
	.about = "What has been replaced stays; what lacks is launched "
		 "of the group's own template.",
	.params = (const struct param[]) {
		PARAMS_GROUP_NAME,
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_REFRESH_NOT_FOUND, FAULT_VALIDATION, FAULT_NONE },
	.example = "qami autoscaling cancel-instance-refresh "
		 "--auto-scaling-group-name web",
	.run = run,
};
