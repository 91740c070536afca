/* update-security-group-rule-descriptions-ingress.c - what rules are for */
#include "launcher/action/group.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	return group_describe_rules(call, args, false, reply, err);
}

const struct action action_update_security_group_rule_descriptions_ingress = {
	.name = "UpdateSecurityGroupRuleDescriptionsIngress",
	.brief = "describe ingress rules",
	.about = GROUP_DESCRIBE_RULES_ABOUT,
	.params = (const struct param[]) {
		PARAMS_GROUP,
		PARAMS_PERMISSIONS,
		PARAMS_RULE_DESCRIPTIONS,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = group_describe_rules_faults,
	.example = "qami update-security-group-rule-descriptions-ingress "
		   "--group-id sg-0123456789abcdef0 "
		   "--security-group-rule-descriptions "
		   "SecurityGroupRuleId=sgr-0123456789abcdef0,Description=www",
	.run = run,
};
