/* authorize-security-group-egress.c - let something out */
#include "launcher/action/group.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	return group_authorize(call, args, true, reply, err);
}

const struct action action_authorize_security_group_egress = {
	.name = "AuthorizeSecurityGroupEgress",
	.brief = "add rules of what may go out",
	.about = "Adds rules to a security group: to which addresses, or to the "
		 "instances of which group, its instances may begin to talk, "
		 "and how. Machines that run are told at once.",
	.params = (const struct param[]) {
		{ "GroupId", PARAM_ID, PARAM_REQUIRED, "sg", "the group" },
		PARAMS_PERMISSIONS,
		PARAMS_TAG_SPECIFICATIONS,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_GROUP_NOT_FOUND, FAULT_GROUP_MALFORMED,
		FAULT_PERMISSION_DUPLICATE, FAULT_PERMISSION_MALFORMED,
		FAULT_RULES_LIMIT, FAULT_UNSUPPORTED, FAULT_NONE },
	.example = "qami authorize-security-group-egress --group-id "
		   "sg-0123456789abcdef0 --protocol tcp --port 443 "
		   "--cidr 0.0.0.0/0",
	.run = run,
};
