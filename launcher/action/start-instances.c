/* start-instances.c - start stopped instances */
#include "launcher/action/change.h"
#include "launcher/instance/start.h"

static bool carry_out(struct call *call, const char *id, bool force,
		      struct error *err)
{
	(void)force;
	return start_instance(call, id, err);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	static const struct change change = {
		.check = start_check,
		.carry_out = carry_out,
		.sdk = "StartingInstances",
	};

	return change_run(call, args, &change, reply, err);
}

const struct action action_start_instances = {
	.name = "StartInstances",
	.brief = "start stopped instances",
	.about = "Starts stopped instances with the volumes they had; instance-store "
		 "disks come back empty. When it answers they run.",
	.params = (const struct param[]) {
		PARAMS_INSTANCES,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INSTANCE_NOT_FOUND,
		FAULT_INSTANCE_STATE, FAULT_INSTANCE_CAPACITY,
		FAULT_UNSUPPORTED,
		FAULT_INSTANCE_LIMIT, FAULT_VCPU_LIMIT,
		FAULT_RESOURCE_LIMIT, FAULT_NONE },
	.example = "qami start-instances --instance-ids i-0123456789abcdef0",
	.machines = true,
	.run = run,
};
