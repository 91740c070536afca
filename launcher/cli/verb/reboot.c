/* reboot.c - reboot instances */
#include "launcher/cli/change.h"
#include "launcher/instance/reboot.h"

static bool carry_out(struct call *call, const char *id,
		      const struct args *args, struct error *err)
{
	(void)args;
	return reboot_begin(call, id, err);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	(void)reply;
	return verb_change(call, args, reboot_check, carry_out, NULL, err);
}

const struct action verb_reboot = {
	.name = "reboot",
	.brief = "reboot running instances",
	.about = "Presses the power button and starts the machines again; returns "
		 "at once.",
	.params = (const struct param[]) {
		PARAMS_INSTANCE_NAMES,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INSTANCE_NOT_FOUND,
		FAULT_INSTANCE_STATE, FAULT_NONE },
	.example = "qami reboot web1",
	.local = true,
	.travels = true,
	.run = run,
};
