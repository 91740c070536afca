/* rbin-list-tags-for-resource.c - the tags of a rule of the recycle bin */
#include "launcher/action/rbin.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	struct bin_rule rule;

	return bin_rule_own(call, args_str(args, "ResourceArn", ""),
			    reply->arena, &rule, err) &&
	       reply_rbin_tags(call, &rule, BIN_OWN, reply->root, err);
}

const struct action action_rbin_list_tags_for_resource = {
	.name = "ListTagsForResource",
	.service = "rbin",
	.brief = "list the tags of a rule of the recycle bin",
	.about = "Lists the tags of the rule's own.",
	.params = (const struct param[]) { PARAM_RBIN_ARN, { 0 } },
	.faults = (const enum fault[]) { FAULT_RBIN_NOT_FOUND, FAULT_NONE },
	.example = "qami rbin list-tags-for-resource --resource-arn "
		   "arn:aws:rbin:us-east-1:123456789012:rule/0123456789A",
	.run = run,
};
