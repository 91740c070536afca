/* rbin-untag-resource.c - take tags off a rule of the recycle bin */
#include "launcher/action/query.h"
#include "launcher/action/rbin.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	const char *const *keys;
	size_t count;

	return args_texts(args_get(args, "TagKeys"), reply->arena, &keys,
			  &count, err) &&
	       bin_rule_untag(call, args_str(args, "ResourceArn", ""), keys,
			      count, err);
}

const struct action action_rbin_untag_resource = {
	.name = "UntagResource",
	.service = "rbin",
	.brief = "take tags off a rule of the recycle bin",
	.about = "Takes tags of the rule's own away; one that it does not "
		 "have is no error.",
	.params = (const struct param[]) {
		PARAM_RBIN_ARN,
		{ "TagKeys", PARAM_STRING, PARAM_LIST | PARAM_REQUIRED, NULL,
		  "their keys" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_RBIN_NOT_FOUND, FAULT_NONE },
	.example = "qami rbin untag-resource --resource-arn "
		   "arn:aws:rbin:us-east-1:123456789012:rule/0123456789A "
		   "--tag-keys team",
	.run = run,
};
