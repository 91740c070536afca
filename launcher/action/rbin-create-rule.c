/* rbin-create-rule.c - keep what is deleted for a time */
#include <string.h>

#include "launcher/action/rbin.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	struct bin_request request;
	struct bin_rule rule;

	if (!rbin_request(args, reply->arena, &request, err) ||
	    !rbin_delay(args, &request.delay, err) ||
	    !rbin_tags(args, "Tags", reply->arena, &request.own, err))
		return false;
	request.type = args_str(args, "ResourceType", "");
	if (strcmp(request.type, "EBS_VOLUME") == 0)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "Volumes are not kept here: the resource type is "
			    "EBS_SNAPSHOT or EC2_IMAGE");
	return bin_rule_create(call, &request, reply->arena, &rule, err) &&
	       reply_rbin_rule(call, &rule, RBIN_MADE, reply, err);
}

const struct action action_rbin_create_rule = {
	.name = "CreateRule",
	.service = "rbin",
	.brief = "keep what is deleted for a time",
	.about = "From now on snapshots, or EBS-backed images, that are "
		 "deleted stay in the recycle bin for so many days, from "
		 "where they can be restored. A rule without resource tags is "
		 "for all of them in the region, but for those with an "
		 "exclusion tag; the longest of several rules counts. A rule "
		 "with a lock cannot be changed or deleted.",
	.params = (const struct param[]) {
		PARAM_RBIN_RETENTION(PARAM_REQUIRED),
		{ "Description", PARAM_STRING, 0, NULL,
		  "free text for people" },
		{ "Tags", PARAM_STRUCT, PARAM_LIST, NULL,
		  "the rule's own: Key=…,Value=…", NULL, params_tag },
		{ "ResourceType", PARAM_STRING, PARAM_REQUIRED,
		  "EBS_SNAPSHOT|EC2_IMAGE|EBS_VOLUME",
		  "what it keeps; volumes are not kept here" },
		PARAMS_RBIN_KEEPS,
		{ "LockConfiguration", PARAM_STRUCT, 0, NULL,
		  "lock the rule", NULL, params_lock_configuration },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_EBS_PARAMETER, FAULT_RBIN_QUOTA,
		FAULT_NONE },
	.example = "qami rbin create-rule --resource-type EBS_SNAPSHOT "
		   "--retention-period "
		   "RetentionPeriodValue=7,RetentionPeriodUnit=DAYS",
	.run = run,
};
