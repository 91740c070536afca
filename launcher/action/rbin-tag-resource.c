/* rbin-tag-resource.c - put tags on a rule of the recycle bin */
#include "launcher/action/rbin.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	const struct bin_tag_list *tags;

	return rbin_tags(args, "Tags", reply->arena, &tags, err) &&
	       bin_rule_tag(call, args_str(args, "ResourceArn", ""), tags, err);
}

const struct action action_rbin_tag_resource = {
	.name = "TagResource",
	.service = "rbin",
	.brief = "put tags on a rule of the recycle bin",
	.about = "Sets tags of the rule's own; one with the same key is "
		 "replaced. What it keeps does not depend on them.",
	.params = (const struct param[]) {
		PARAM_RBIN_ARN,
		{ "Tags", PARAM_STRUCT, PARAM_LIST | PARAM_REQUIRED, NULL,
		  "Key=…,Value=…", NULL, params_tag },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_EBS_PARAMETER,
		FAULT_RBIN_NOT_FOUND, FAULT_RBIN_QUOTA, FAULT_NONE },
	.example = "qami rbin tag-resource --resource-arn "
		   "arn:aws:rbin:us-east-1:123456789012:rule/0123456789A "
		   "--tags Key=team,Value=web",
	.run = run,
};
