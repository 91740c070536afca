/* stop.c - stop instances and wait for it */
#include "launcher/cli/change.h"
#include "launcher/instance/stop.h"

static bool carry_out(struct call *call, const char *id,
		      const struct args *args, struct error *err)
{
	return stop_begin(call, id, args_bool(args, "Force", false), err);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	(void)reply;
	return verb_change(call, args, stop_check, carry_out,
			   args_bool(args, "Wait", true) ? "stopped" : NULL,
			   err);
}

const struct action verb_stop = {
	.name = "stop",
	.brief = "stop running instances",
	.about = "Presses the power button and waits until the guests have powered "
		 "off; after two minutes they are ended. Volumes stay.",
	.params = (const struct param[]) {
		PARAMS_INSTANCE_NAMES,
		{ "Force", PARAM_BOOLEAN, 0, NULL, "do not wait for the guest",
		  NULL, NULL, 'f' },
		{ "Wait", PARAM_BOOLEAN, PARAM_UNLESS, NULL,
		  "until they have stopped, as without either, or not" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INSTANCE_NOT_FOUND,
		FAULT_INSTANCE_STATE, FAULT_OPERATION_NOT_PERMITTED,
		FAULT_UNSUPPORTED, FAULT_NONE },
	.example = "qami stop web1",
	.local = true,
	.travels = true,
	.waits = true,
	.run = run,
};
