/* rbin-update-rule.c - change what a rule of the recycle bin keeps */
#include <string.h>

#include "launcher/action/rbin.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	struct bin_request request;
	struct bin_rule rule;

	if (args_has(args, "ResourceType"))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "The resource type of a rule cannot be changed");
	return rbin_request(args, reply->arena, &request, err) &&
	       bin_rule_change(call, args_str(args, "Identifier", ""), &request,
			       reply->arena, &rule, err) &&
	       reply_rbin_rule(call, &rule, RBIN_CHANGED, reply, err);
}

const struct action action_rbin_update_rule = {
	.name = "UpdateRule",
	.service = "rbin",
	.brief = "change a rule of the recycle bin",
	.about = "Changes the period of a rule, its description or the tags "
		 "that it goes by, unless it is locked. What is in the bin "
		 "stays there for the time that it had.",
	.params = (const struct param[]) {
		PARAM_RBIN_RULE,
		PARAM_RBIN_RETENTION(0),
		{ "Description", PARAM_STRING, PARAM_EMPTY, NULL,
		  "free text for people" },
		{ "ResourceType", PARAM_STRING, 0,
		  "EBS_SNAPSHOT|EC2_IMAGE|EBS_VOLUME", "cannot be changed" },
		PARAMS_RBIN_KEEPS,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_EBS_PARAMETER,
		FAULT_RBIN_NOT_FOUND, FAULT_RBIN_STATE, FAULT_RBIN_QUOTA,
		FAULT_NONE },
	.example = "qami rbin update-rule --identifier 0123456789A "
		   "--retention-period "
		   "RetentionPeriodValue=14,RetentionPeriodUnit=DAYS",
	.run = run,
};
