/* rbin-get-rule.c - one of the recycle bin's rules */
#include "launcher/action/rbin.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	struct bin_rule rule;

	return bin_rule_own(call, args_str(args, "Identifier", ""),
			    reply->arena, &rule, err) &&
	       reply_rbin_rule(call, &rule, RBIN_SHOWN, reply, err);
}

const struct action action_rbin_get_rule = {
	.name = "GetRule",
	.service = "rbin",
	.brief = "show a rule of the recycle bin",
	.about = "Shows what a rule keeps and for how long, its ARN, and how "
		 "it is locked.",
	.params = (const struct param[]) { PARAM_RBIN_RULE, { 0 } },
	.faults = (const enum fault[]) { FAULT_RBIN_NOT_FOUND, FAULT_NONE },
	.example = "qami rbin get-rule --identifier 0123456789A",
	.run = run,
};
