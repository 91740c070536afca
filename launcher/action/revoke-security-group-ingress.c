/* revoke-security-group-ingress.c - let somebody in no more */
#include "launcher/action/group.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	return group_revoke(call, args, false, reply, err);
}

const struct action action_revoke_security_group_ingress = {
	.name = "RevokeSecurityGroupIngress",
	.brief = "remove rules of what may come in",
	.about = "Removes rules of a security group, said as they were added or "
		 "by their ids. As in a default VPC of EC2's a rule that "
		 "there is not is no error: the answer lists it as unknown. "
		 "Machines that run are told at once.",
	.params = (const struct param[]) {
		PARAMS_GROUP,
		PARAMS_PERMISSIONS,
		PARAMS_PERMISSION,
		{ "SecurityGroupRuleIds", PARAM_ID, PARAM_LIST, "sgr",
		  "or these rules by id", "SecurityGroupRuleId" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_GROUP_NOT_FOUND, FAULT_GROUP_RULE_NOT_FOUND,
		FAULT_PERMISSION_MALFORMED, FAULT_PARAMETER_COMBINATION,
		FAULT_NONE },
	.example = "qami revoke-security-group-ingress --group-name web "
		   "--protocol tcp --port 80 --cidr 127.0.0.1/32",
	.run = run,
};
