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
	.about = GROUP_DESCRIBE_RULES_ABOUT,
	.params = (const struct param[]) {
		PARAMS_GROUP,
		PARAMS_PERMISSIONS,
		PARAMS_RULE_DESCRIPTIONS,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = group_describe_rules_faults,
	.example = "qami update-security-group-rule-descriptions-egress "
		   "--group-id sg-0123456789abcdef0 "
		   "--security-group-rule-descriptions "
		   "SecurityGroupRuleId=sgr-0123456789abcdef0,Description=www",
	.run = run,
};
