/* modify-security-group-rules.c - rules become others and keep their ids */
#include "launcher/action/group.h"
#include "launcher/instance/tell.h"

static bool read_rule(const struct call *call, const json_t *said,
		      const char *group, struct arena *arena,
		      struct security_rule *ret_rule, struct error *err)
{
	const int64_t from = arg_int(said, "FromPort", -1);
	const int64_t to = arg_int(said, "ToPort", -1);
	const struct rule_request request = {
		.protocol = arg_str(said, "IpProtocol", NULL),
		.from = json_object_get(said, "FromPort") ? &from : NULL,
		.to = json_object_get(said, "ToPort") ? &to : NULL,
		.cidr = arg_str(said, "CidrIpv4", NULL),
		.cidr6 = arg_str(said, "CidrIpv6", NULL),
		.peer = arg_str(said, "ReferencedGroupId", NULL),
		.description = arg_str(said, "Description", NULL),
	};

	if (json_object_get(said, "PrefixListId"))
		return fail(err, FAULT_UNSUPPORTED,
			    "There are no prefix lists: name their ranges");
	if (!!request.cidr + !!request.cidr6 + !!request.peer != 1)
		return fail(err, FAULT_PARAMETER_COMBINATION,
			    "A rule has one of CidrIpv4, CidrIpv6 and "
			    "ReferencedGroupId");
	return rule_read(call, &request, group, false, arena, ret_rule, err);
}

static bool replace_one(const struct call *call, const json_t *one,
			const char *group, struct arena *arena,
			struct error *err)
{
	struct security_rule rule;

	if (!read_rule(call, json_object_get(one, "SecurityGroupRule"), group,
		       arena, &rule, err))
		return false;
	rule.id = arg_str(one, "SecurityGroupRuleId", "");
	return rule_replace(call, &rule, arena, err);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct security_group group;
	const json_t *one;
	struct tell tell;
	auto_tx tx = TX_INIT;
	size_t i;

	if (!arena)
		return fail_memory(err);
	if (!tx_begin(&tx, call->store->db, err) ||
	    !args_group(call, args, arena, &group, err))
		return false;
	json_array_foreach(args_get(args, "SecurityGroupRules"), i, one)
		if (!replace_one(call, one, group.id, arena, err))
			return false;
	if (!call_dry_run(call, err) ||
	    !tell_begin(call, &group.id, 1, arena, &tell, err) ||
	    !tx_commit(&tx, err))
		return false;
	tell_finish(call, &tell);
	node_bool(reply->root, "Return", "return", true);
	return true;
}

static const struct param params_rule[] = {
	{ "IpProtocol", PARAM_STRING, PARAM_REQUIRED, NULL,
	  "tcp, udp, icmp, icmpv6, a number, or -1: all" },
	{ "FromPort", PARAM_INTEGER, 0, NULL, "the first port" },
	{ "ToPort", PARAM_INTEGER, 0, NULL, "the last port" },
	{ "CidrIpv4", PARAM_STRING, 0, NULL, "a range of addresses, …" },
	{ "CidrIpv6", PARAM_STRING, 0, NULL, "… or one of IPv6, …" },
	{ "PrefixListId", PARAM_ID, 0, "pl", "none: there are no such lists" },
	{ "ReferencedGroupId", PARAM_ID, 0, "sg", "… or a group" },
	{ "Description", PARAM_STRING, 0, NULL, "what for" },
	{ 0 },
};

static const struct param params_update[] = {
	{ "SecurityGroupRuleId", PARAM_ID, PARAM_REQUIRED, "sgr", "the rule" },
	{ "SecurityGroupRule", PARAM_STRUCT, PARAM_REQUIRED, NULL,
	  "what it is to say", NULL, params_rule },
	{ 0 },
};

const struct action action_modify_security_group_rules = {
	.name = "ModifySecurityGroupRules",
	.brief = "replace rules of a security group",
	.about = "Replaces what rules say, all or none; they keep their ids, "
		 "tags and direction. What is left out is not kept: a rule "
		 "without a description has none any more. Machines that run "
		 "are told at once.",
	.params = (const struct param[]) {
		{ "GroupId", PARAM_ID, PARAM_REQUIRED, "sg", "the group" },
		{ "SecurityGroupRules", PARAM_STRUCT,
		  PARAM_LIST | PARAM_REQUIRED, NULL,
		  "SecurityGroupRuleId=…,SecurityGroupRule={…}",
		  "SecurityGroupRule", params_update },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_GROUP_NOT_FOUND, FAULT_GROUP_RULE_NOT_FOUND,
		FAULT_PERMISSION_DUPLICATE, FAULT_PERMISSION_MALFORMED,
		FAULT_PARAMETER_COMBINATION, FAULT_UNSUPPORTED, FAULT_NONE },
	.example = "qami modify-security-group-rules --group-id "
		   "sg-0123456789abcdef0 --security-group-rules "
		   "'SecurityGroupRuleId=sgr-0123456789abcdef0,"
		   "SecurityGroupRule={IpProtocol=tcp,FromPort=80,ToPort=80,"
		   "CidrIpv4=127.0.0.1/32}'",
	.run = run,
};
