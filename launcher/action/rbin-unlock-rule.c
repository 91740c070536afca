/* rbin-unlock-rule.c - let a rule of the recycle bin be changed, some day */
#include "launcher/action/rbin.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	struct bin_rule rule;

	return bin_rule_unlock(call, args_str(args, "Identifier", ""),
			       reply->arena, &rule, err) &&
	       reply_rbin_rule(call, &rule, RBIN_SHOWN, reply, err);
}

const struct action action_rbin_unlock_rule = {
	.name = "UnlockRule",
	.service = "rbin",
	.brief = "let a rule of the recycle bin be changed again",
	.about = "Begins the unlock delay that the rule was locked with; when "
		 "it is over the rule can be changed and deleted. Until then "
		 "it can be locked again.",
	.params = (const struct param[]) { PARAM_RBIN_RULE, { 0 } },
	.faults = (const enum fault[]) { FAULT_RBIN_NOT_FOUND,
		FAULT_RBIN_STATE, FAULT_NONE },
	.example = "qami rbin unlock-rule --identifier 0123456789A",
	.run = run,
};
