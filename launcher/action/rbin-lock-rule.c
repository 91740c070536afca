/* rbin-lock-rule.c - let nobody change a rule of the recycle bin */
#include "launcher/action/rbin.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	struct bin_rule rule;
	int64_t days;

	return rbin_delay(args, &days, err) &&
	       bin_rule_lock(call, args_str(args, "Identifier", ""), days,
			     reply->arena, &rule, err) &&
	       reply_rbin_rule(call, &rule, RBIN_SHOWN, reply, err);
}

const struct action action_rbin_lock_rule = {
	.name = "LockRule",
	.service = "rbin",
	.brief = "let nobody change a rule of the recycle bin",
	.about = "A locked rule is neither changed nor deleted, until so many "
		 "days after it was unlocked. Only rules without resource tags "
		 "can be locked.",
	.params = (const struct param[]) {
		PARAM_RBIN_RULE,
		{ "LockConfiguration", PARAM_STRUCT, PARAM_REQUIRED, NULL,
		  "how it is unlocked", NULL, params_lock_configuration },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_EBS_PARAMETER,
		FAULT_RBIN_NOT_FOUND, FAULT_RBIN_STATE, FAULT_NONE },
	.example = "qami rbin lock-rule --identifier 0123456789A "
		   "--lock-configuration 'UnlockDelay={UnlockDelayValue=7,"
		   "UnlockDelayUnit=DAYS}'",
	.run = run,
};
