/* rbin-delete-rule.c - keep nothing more by a rule */
#include "launcher/action/rbin.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	(void)reply;
	return bin_rule_remove(call, args_str(args, "Identifier", ""), err);
}

const struct action action_rbin_delete_rule = {
	.name = "DeleteRule",
	.service = "rbin",
	.brief = "delete a rule of the recycle bin",
	.about = "Nothing more is kept by the rule, unless it is locked. What "
		 "is in the bin stays there for the time that it had.",
	.params = (const struct param[]) { PARAM_RBIN_RULE, { 0 } },
	.faults = (const enum fault[]) { FAULT_RBIN_NOT_FOUND,
		FAULT_RBIN_STATE, FAULT_NONE },
	.example = "qami rbin delete-rule --identifier 0123456789A",
	.run = run,
};
