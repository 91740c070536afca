/* group.c - what the actions on security groups share: parameters
 *
 * IpPermissions say one protocol and port range for many peers. Here each peer
 * becomes a rule, in the order in which they were said.
 */
#include "launcher/action/group.h"

#include <string.h>

static const struct param params_range[] = {
	{ "CidrIp", PARAM_STRING, PARAM_REQUIRED, NULL, "192.0.2.0/24, …" },
	{ "Description", PARAM_STRING, 0, NULL, "what for" },
	{ 0 },
};

static const struct param params_range6[] = {
	{ "CidrIpv6", PARAM_STRING, PARAM_REQUIRED, NULL, "2001:db8::/32, …" },
	{ "Description", PARAM_STRING, 0, NULL, "what for" },
	{ 0 },
};

static const struct param params_prefix_list[] = {
	{ "Description", PARAM_STRING, 0, NULL, "what for" },
	{ "PrefixListId", PARAM_ID, 0, "pl", "none: there are no such lists" },
	{ 0 },
};

static const struct param params_peer[] = {
	{ "Description", PARAM_STRING, 0, NULL, "what for" },
	{ "GroupId", PARAM_ID, 0, "sg", "a group of the same account" },
	{ "GroupName", PARAM_STRING, 0, NULL, "or its name" },
	{ "PeeringStatus", PARAM_STRING, 0, NULL, "accepted" },
	{ "UserId", PARAM_STRING, 0, NULL, "that account" },
	{ "VpcId", PARAM_ID, 0, "vpc", "accepted" },
	{ "VpcPeeringConnectionId", PARAM_ID, 0, "pcx", "accepted" },
	{ 0 },
};

const struct param params_permission[] = {
	{ "FromPort", PARAM_INTEGER, 0, NULL,
	  "the first port, or ICMP's type; -1: all" },
	{ "IpProtocol", PARAM_STRING, 0, NULL,
	  "tcp, udp, icmp, icmpv6, a number, or -1: all" },
	{ "IpRanges", PARAM_STRUCT, PARAM_LIST, NULL, "ranges of addresses",
	  NULL, params_range },
	{ "Ipv6Ranges", PARAM_STRUCT, PARAM_LIST, NULL,
	  "kept and listed; machines have no IPv6", NULL, params_range6 },
	{ "PrefixListIds", PARAM_STRUCT, PARAM_LIST, NULL,
	  "none: there are no such lists", NULL, params_prefix_list },
	{ "ToPort", PARAM_INTEGER, 0, NULL,
	  "the last port, or ICMP's code; -1: all" },
	{ "UserIdGroupPairs", PARAM_STRUCT, PARAM_LIST, NULL,
	  "security groups", "Groups", params_peer },
	{ 0 },
};

const struct param params_rule_description[] = {
	{ "SecurityGroupRuleId", PARAM_ID, PARAM_REQUIRED, "sgr", "the rule" },
	{ "Description", PARAM_STRING, 0, NULL, "what for; none: it goes" },
	{ 0 },
};

bool args_group(const struct call *call, const struct args *args,
		struct arena *arena, struct security_group *ret_group,
		struct error *err)
{
	const char *id = args_str(args, "GroupId", NULL);
	const char *name = args_str(args, "GroupName", NULL);

	if (!id && !name)
		return fail(err, FAULT_MISSING_PARAMETER,
			    "The request must contain the parameter groupName "
			    "or groupId");
	if (id && name)
		return fail(err, FAULT_PARAMETER_COMBINATION,
			    "The parameter groupName cannot be used with the "
			    "parameter groupId");
	return group_find(call, id, name, arena, ret_group, err);
}

/* Rules as they are read. */
struct reading {
	const struct call *call;
	const char *group;
	bool egress;
	struct arena *arena;
	struct security_rule *rules;
	size_t count;
};

static bool read_one(struct reading *reading,
		     const struct rule_request *request, struct error *err)
{
	reading->rules = arena_more(reading->arena, reading->rules,
				    reading->count, sizeof(*reading->rules));
	if (!reading->rules)
		return fail_memory(err);
	return rule_read(reading->call, request, reading->group,
			 reading->egress, reading->arena,
			 &reading->rules[reading->count++], err);
}

static bool read_peer(struct reading *reading, struct rule_request request,
		      const json_t *peer, struct error *err)
{
	request.peer = arg_str(peer, "GroupId", NULL);
	request.peer_name = arg_str(peer, "GroupName", NULL);
	request.peer_owner = arg_str(peer, "UserId", NULL);
	request.description = arg_str(peer, "Description", NULL);
	if (!request.peer && !request.peer_name)
		return fail(err, FAULT_MISSING_PARAMETER,
			    "The request must contain the parameter "
			    "Groups.GroupId or Groups.GroupName");
	return read_one(reading, &request, err);
}

static bool read_peers(struct reading *reading, const struct rule_request *base,
		       const json_t *permission, struct error *err)
{
	struct rule_request request = *base;
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(permission, "IpRanges"), i, one) {
		request.cidr = arg_str(one, "CidrIp", NULL);
		request.description = arg_str(one, "Description", NULL);
		if (!read_one(reading, &request, err))
			return false;
	}
	request.cidr = NULL;
	json_array_foreach(json_object_get(permission, "Ipv6Ranges"), i, one) {
		request.cidr6 = arg_str(one, "CidrIpv6", NULL);
		request.description = arg_str(one, "Description", NULL);
		if (!read_one(reading, &request, err))
			return false;
	}
	json_array_foreach(json_object_get(permission, "UserIdGroupPairs"), i,
			   one)
		if (!read_peer(reading, *base, one, err))
			return false;
	return true;
}

static bool read_permission(struct reading *reading, const json_t *permission,
			    struct error *err)
{
	const int64_t from = arg_int(permission, "FromPort", -1);
	const int64_t to = arg_int(permission, "ToPort", -1);
	const struct rule_request request = {
		.protocol = arg_str(permission, "IpProtocol", NULL),
		.from = json_object_get(permission, "FromPort") ? &from : NULL,
		.to = json_object_get(permission, "ToPort") ? &to : NULL,
	};
	size_t before = reading->count;

	if (json_object_get(permission, "PrefixListIds"))
		return fail(err, FAULT_UNSUPPORTED,
			    "There are no prefix lists: name their ranges");
	if (!read_peers(reading, &request, permission, err))
		return false;
	if (reading->count == before)
		return fail(err, FAULT_MISSING_PARAMETER,
			    "The request must contain the parameter IpRanges, "
			    "Ipv6Ranges or Groups of a permission");
	return true;
}

/* A source group alone lets it in with TCP, UDP and ICMP. */
static bool read_source(struct reading *reading, const struct args *args,
			const char *name, struct error *err)
{
	static const struct {
		const char *protocol;
		int64_t from, to;
	} all[] = { { "tcp", 0, 65535 },
		    { "udp", 0, 65535 },
		    { "icmp", -1, -1 } };

	if (args_has(args, "CidrIp") || args_has(args, "IpProtocol") ||
	    args_has(args, "FromPort") || args_has(args, "ToPort"))
		return fail(err, FAULT_PARAMETER_COMBINATION,
			    "The parameter sourceSecurityGroupName cannot be "
			    "used with a range, protocol or ports: use "
			    "ipPermissions");
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		const struct rule_request request = {
			.protocol = all[i].protocol,
			.from = &all[i].from,
			.to = &all[i].to,
			.peer_name = name,
			.peer_owner = args_str(
				args, "SourceSecurityGroupOwnerId", NULL),
		};

		if (!read_one(reading, &request, err))
			return false;
	}
	return true;
}

static bool read_flat(struct reading *reading, const struct args *args,
		      struct error *err)
{
	const char *source = args_str(args, "SourceSecurityGroupName", NULL);
	const int64_t from = args_int(args, "FromPort", -1);
	const int64_t to = args_int(args, "ToPort", -1);
	const struct rule_request request = {
		.protocol = args_str(args, "IpProtocol", NULL),
		.from = args_has(args, "FromPort") ? &from : NULL,
		.to = args_has(args, "ToPort") ? &to : NULL,
		.cidr = args_str(args, "CidrIp", NULL),
	};

	if (source)
		return read_source(reading, args, source, err);
	if (!request.cidr && !request.protocol && !request.from && !request.to)
		return true;
	if (!request.cidr)
		return fail(err, FAULT_MISSING_PARAMETER,
			    "The request must contain the parameter cidrIp or "
			    "sourceSecurityGroupName");
	return read_one(reading, &request, err);
}

bool args_rules(const struct call *call, const struct args *args,
		const char *group, bool egress, struct arena *arena,
		struct security_rule **ret_rules, size_t *ret_count,
		struct error *err)
{
	struct reading reading = {
		.call = call,
		.group = group,
		.egress = egress,
		.arena = arena,
	};
	const json_t *one;
	size_t i;

	if (!read_flat(&reading, args, err))
		return false;
	if (reading.count && args_has(args, "IpPermissions"))
		return fail(err, FAULT_PARAMETER_COMBINATION,
			    "The parameter ipPermissions cannot be used with "
			    "the parameters of one permission");
	json_array_foreach(args_get(args, "IpPermissions"), i, one)
		if (!read_permission(&reading, one, err))
			return false;
	*ret_rules = reading.rules;
	*ret_count = reading.count;
	return true;
}
