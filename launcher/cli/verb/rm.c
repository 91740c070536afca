/* rm.c - terminate instances */
#include "launcher/cli/change.h"
#include "launcher/instance/end.h"

static bool carry_out(struct call *call, const char *id,
		      const struct args *args, struct error *err)
{
	(void)args;
	return terminate_instance(call, id, &ending_user, err);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	(void)reply;
	return verb_change(call, args, terminate_check, carry_out, NULL, err);
}

const struct action verb_rm = {
	.name = "rm",
	.brief = "terminate instances",
	.about = "Ends machines at once and deletes the volumes that go with them.",
	.params = (const struct param[]) {
		PARAMS_INSTANCE_NAMES,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INSTANCE_NOT_FOUND,
		FAULT_OPERATION_NOT_PERMITTED, FAULT_NONE },
	.example = "qami rm web1",
	.local = true,
	.travels = true,
	.run = run,
};
