/* start.c - start stopped instances */
#include "launcher/cli/change.h"
#include "launcher/instance/start.h"

static bool carry_out(struct call *call, const char *id,
		      const struct args *args, struct error *err)
{
	(void)args;
	return start_instance(call, id, err);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	(void)reply;
	return verb_change(call, args, start_check, carry_out, "running", err);
}

const struct action verb_start = {
	.name = "start",
	.brief = "start stopped instances",
	.about = "Returns when they run.",
	.params = (const struct param[]) {
		PARAMS_INSTANCE_NAMES,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INSTANCE_NOT_FOUND,
		FAULT_INSTANCE_STATE, FAULT_INSTANCE_CAPACITY,
		FAULT_UNSUPPORTED, FAULT_NONE },
	.example = "qami start web1",
	.local = true,
	.travels = true,
	.waits = true,
	.machines = true,
	.run = run,
};
