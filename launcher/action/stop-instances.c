/* stop-instances.c - ask instances to power off */
#include "launcher/action/change.h"
#include "launcher/instance/stop.h"

static bool carry_out(struct call *call, const char *id, bool force,
		      struct error *err)
{
	return stop_begin(call, id, force, err);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	static const struct change change = {
		.check = stop_check,
		.carry_out = carry_out,
		.sdk = "StoppingInstances",
		.jobs = true,
	};

	if (args_bool(args, "Hibernate", false))
		return fail(err, FAULT_UNSUPPORTED,
			    "Instances cannot be hibernated.");
	return change_run(call, args, &change, reply, err);
}

const struct action action_stop_instances = {
	.name = "StopInstances",
	.brief = "stop running instances",
	.about = "Presses the power button; a guest that has not powered off after "
		 "two minutes is ended. With Force it is ended at once. Volumes "
		 "stay, instance-store disks are lost.",
	.params = (const struct param[]) {
		PARAMS_INSTANCES,
		{ "Force", PARAM_BOOLEAN, 0, NULL, "do not wait for the guest" },
		{ "Hibernate", PARAM_BOOLEAN, 0, NULL, "must be false" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INSTANCE_NOT_FOUND,
		FAULT_INSTANCE_STATE, FAULT_OPERATION_NOT_PERMITTED,
		FAULT_UNSUPPORTED, FAULT_NONE },
	.example = "qami stop-instances --instance-ids i-0123456789abcdef0",
	.run = run,
};
