/* revoke-security-group-egress.c - let something out no more */
#include "launcher/action/group.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	return group_revoke(call, args, true, reply, err);
}

const struct action action_revoke_security_group_egress = {
	.name = "RevokeSecurityGroupEgress",
	.brief = "remove rules of what may go out",
	.about = "Removes rules of a security group, said as they were added or "
		 "by their ids. As in a default VPC of EC2's a rule that "
		 "there is not is no error: the answer lists it as unknown. "
		 "Machines that run are told at once.",
	.params = (const struct param[]) {
		{ "GroupId", PARAM_ID, PARAM_REQUIRED, "sg", "the group" },
		PARAMS_PERMISSIONS,
		{ "SecurityGroupRuleIds", PARAM_ID, PARAM_LIST, "sgr",
		  "or these rules by id", "SecurityGroupRuleId" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_GROUP_NOT_FOUND, FAULT_GROUP_RULE_NOT_FOUND,
		FAULT_PERMISSION_MALFORMED, FAULT_PARAMETER_COMBINATION,
		FAULT_NONE },
	.example = "qami revoke-security-group-egress --group-id "
		   "sg-0123456789abcdef0 --protocol all --cidr 0.0.0.0/0",
	.run = run,
};
