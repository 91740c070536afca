/* reboot-instances.c - ask instances to start over */
#include "launcher/action/change.h"
#include "launcher/instance/reboot.h"

static bool carry_out(struct call *call, const char *id, bool force,
		      struct error *err)
{
	(void)force;
	return reboot_begin(call, id, err);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	static const struct change change = {
		.check = reboot_check,
		.carry_out = carry_out,
		.jobs = true,
	};

	if (!change_run(call, args, &change, reply, err))
		return false;
	reply_return(reply);
	return true;
}

const struct action action_reboot_instances = {
	.name = "RebootInstances",
	.brief = "reboot running instances",
	.about = "Presses the power button and starts the machine again with the "
		 "same disks, instance-store disks included. A guest that does not "
		 "listen is reset after four minutes.",
	.params = (const struct param[]) {
		PARAMS_INSTANCES,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INSTANCE_NOT_FOUND,
		FAULT_INSTANCE_STATE, FAULT_KMS_KEY_STATE, FAULT_NONE },
	.example = "qami reboot-instances --instance-ids i-0123456789abcdef0",
	.run = run,
};
