/* authorize-security-group-ingress.c - let somebody in */
#include "launcher/action/group.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	return group_authorize(call, args, false, reply, err);
}

const struct action action_authorize_security_group_ingress = {
	.name = "AuthorizeSecurityGroupIngress",
	.brief = "add rules of what may come in",
	.about = "Adds rules to a security group: which addresses, or the "
		 "instances of which group, may begin to talk to its "
		 "instances, and how. Machines that run are told at once. "
		 "IPv6 ranges are kept and listed; machines have no IPv6, so "
		 "that they let nothing in. On the user-mode network, where "
		 "nobody can reach a machine but from this host, a rule lets "
		 "127.0.0.1 in if its range covers that and it names one TCP "
		 "port; port 22 needs not be named.",
	.params = (const struct param[]) {
		PARAMS_GROUP,
		PARAMS_PERMISSIONS,
		PARAMS_PERMISSION,
		PARAMS_TAG_SPECIFICATIONS,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_GROUP_NOT_FOUND, FAULT_GROUP_MALFORMED,
		FAULT_PERMISSION_DUPLICATE, FAULT_PERMISSION_MALFORMED,
		FAULT_RULES_LIMIT, FAULT_PARAMETER_COMBINATION,
		FAULT_UNSUPPORTED, FAULT_NONE },
	.example = "qami authorize-security-group-ingress --group-name web "
		   "--protocol tcp --port 80 --cidr 127.0.0.1/32",
	.run = run,
};
