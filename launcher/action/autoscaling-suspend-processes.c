/* autoscaling-suspend-processes.c - what a group leaves */
#include "launcher/action/noun/scaling.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	(void)reply;
	return args_suspend(call, args, true, err);
}

const struct action action_autoscaling_suspend_processes = {
	.name = "SuspendProcesses",
	.service = "autoscaling",
	.brief = "keep a group from some of what it does",
	.about = "Suspends processes until they are resumed: Launch, "
		 "Terminate, HealthCheck, ReplaceUnhealthy and "
		 "InstanceRefresh are what there is to suspend; the "
		 "others that Auto Scaling knows are noted.",
	.params = (const struct param[]) {
		PARAMS_GROUP_NAME,
		{ "ScalingProcesses", PARAM_STRING, PARAM_LIST, NULL,
		  "their names; all if none is given" },
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_VALIDATION, FAULT_NONE },
	.example = "qami autoscaling suspend-processes "
		 "--auto-scaling-group-name web --scaling-processes "
		 "Launch",
	.run = run,
};
