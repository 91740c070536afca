/* update-security-group-rule-descriptions-egress.c - what rules are for */
#include "launcher/action/group.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	return group_describe_rules(call, args, true, reply, err);
}

const struct action action_update_security_group_rule_descriptions_egress = {
	.name = "UpdateSecurityGroupRuleDescriptionsEgress",
	.brief = "describe egress rules",
	.about = "Gives rules other descriptions, or none. The rules are said "
		 "as they were added, with the new descriptions, or by their "
		 "ids.",
	.params = (const struct param[]) {
		PARAMS_GROUP,
		PARAMS_PERMISSIONS,
		{ "SecurityGroupRuleDescriptions", PARAM_STRUCT, PARAM_LIST,
		  NULL, "SecurityGroupRuleId=…,Description=…",
		  "SecurityGroupRuleDescription", params_rule_description },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_GROUP_NOT_FOUND, FAULT_GROUP_RULE_NOT_FOUND,
		FAULT_PERMISSION_NOT_FOUND, FAULT_PARAMETER_COMBINATION,
		FAULT_NONE },
	.example = "qami update-security-group-rule-descriptions-egress "
		   "--group-id sg-0123456789abcdef0 "
		   "--security-group-rule-descriptions "
		   "SecurityGroupRuleId=sgr-0123456789abcdef0,Description=www",
	.run = run,
};
