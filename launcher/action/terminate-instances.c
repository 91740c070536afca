/* terminate-instances.c - end instances for good */
#include "launcher/action/change.h"
#include "launcher/instance/end.h"

static bool carry_out(struct call *call, const char *id, bool force,
		      struct error *err)
{
	(void)force;
	return terminate_instance(call, id, &ending_user, err);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	static const struct change change = {
		.check = terminate_check,
		.carry_out = carry_out,
		.sdk = "TerminatingInstances",
	};

	return change_run(call, args, &change, reply, err);
}

const struct action action_terminate_instances = {
	.name = "TerminateInstances",
	.brief = "end instances for good",
	.about = "Ends machines at once and deletes the volumes that are marked so; "
		 "the others are available when it answers. Terminating twice is no "
		 "error.",
	.params = (const struct param[]) {
		PARAMS_INSTANCES,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INSTANCE_NOT_FOUND,
		FAULT_OPERATION_NOT_PERMITTED, FAULT_NONE },
	.example = "qami terminate-instances --instance-ids i-0123456789abcdef0",
	.run = run,
};
