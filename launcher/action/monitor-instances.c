/* monitor-instances.c - asks for detailed monitoring
 *
 * It is noted and shown: nothing here keeps figures of instances, CloudWatch
 * is not part of this.
 */
#include "launcher/action/monitoring.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	return monitoring_set(call, args, true, reply, err);
}

const struct action action_monitor_instances = {
	.name = "MonitorInstances",
	.brief = "ask for detailed monitoring of instances",
	.about = "Notes that detailed monitoring was asked for, which "
		 "DescribeInstances shows.",
	.params = (const struct param[]) {
		PARAMS_INSTANCES,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INSTANCE_NOT_FOUND,
		FAULT_NONE },
	.example = "qami monitor-instances --instance-ids i-0123456789abcdef0",
	.run = run,
};
