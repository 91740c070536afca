/* security-group.c - security groups and their rules in a reply */
#include "launcher/action/noun/security-group.h"

#include <string.h>

#include "launcher/action/noun/tags.h"

static bool is_ipv6(const struct security_rule *rule)
{
	return rule->cidr && strchr(rule->cidr, ':');
}

/* The lists of one permission. */
struct permission {
	const struct security_rule *first;
	struct node *ranges;
	struct node *ranges6;
	struct node *groups;
};

/* Ports are of TCP and UDP, type and code of ICMP; others have none. */
static bool has_ports(const struct security_rule *rule)
{
	return rule->from_port != -1 || rule->protocol == 1 ||
	       rule->protocol == 58;
}

static bool begin_permission(const struct security_rule *rule,
			     struct node *list, struct permission *ret,
			     struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *protocol = arena ? rule_protocol(rule, arena) : NULL;
	struct node *item = node_item(list);

	if (!protocol)
		return fail_memory(err);
	if (has_ports(rule))
		node_int(item, "FromPort", "fromPort", rule->from_port);
	node_str(item, "IpProtocol", "ipProtocol", protocol);
	*ret = (struct permission){
		.first = rule,
		.ranges = node_list(item, "IpRanges", "ipRanges"),
		.ranges6 = node_list(item, "Ipv6Ranges", "ipv6Ranges"),
	};
	node_list(item, "PrefixListIds", "prefixListIds");
	if (has_ports(rule))
		node_int(item, "ToPort", "toPort", rule->to_port);
	ret->groups = node_list(item, "UserIdGroupPairs", "groups");
	return true;
}

static void add_peer(const struct permission *permission,
		     const struct security_rule *rule)
{
	struct node *item;

	if (is_ipv6(rule)) {
		item = node_item(permission->ranges6);
		node_str(item, "CidrIpv6", "cidrIpv6", rule->cidr);
		node_str(item, "Description", "description", rule->description);
	} else if (rule->cidr) {
		item = node_item(permission->ranges);
		node_str(item, "CidrIp", "cidrIp", rule->cidr);
		node_str(item, "Description", "description", rule->description);
	} else {
		item = node_item(permission->groups);
		node_str(item, "Description", "description", rule->description);
		node_str(item, "GroupId", "groupId", rule->peer);
		node_str(item, "UserId", "userId", rule->owner);
	}
}

bool reply_permissions(const struct security_rule *rules, size_t count,
		       bool missing, struct node *list, struct error *err)
{
	struct permission permission = { .first = NULL };

	for (size_t i = 0; i < count; i++) {
		const struct security_rule *rule = &rules[i];
		const struct security_rule *first = permission.first;

		if (missing && rule->id)
			continue;
		if ((!first || first->protocol != rule->protocol ||
		     first->from_port != rule->from_port ||
		     first->to_port != rule->to_port) &&
		    !begin_permission(rule, list, &permission, err))
			return false;
		add_peer(&permission, rule);
	}
	return true;
}

static bool reply_direction(struct db *db, const char *group, bool egress,
			    struct node *list, struct error *err)
{
	auto_of(arena) arena = arena_new();
	const struct security_rule *rules;
	size_t count;

	if (!arena)
		return fail_memory(err);
	return security_rules_of(db, group, egress, arena, &rules, &count,
				 err) &&
	       reply_permissions(rules, count, false, list, err);
}

bool reply_security_group(struct db *db, const struct security_group *group,
			  struct node *into, struct error *err)
{
	node_str(into, "Description", "groupDescription", group->description);
	node_str(into, "GroupName", "groupName", group->name);
	if (!reply_direction(db, group->id, false,
			     node_list(into, "IpPermissions", "ipPermissions"),
			     err))
		return false;
	node_str(into, "OwnerId", "ownerId", group->owner);
	node_str(into, "GroupId", "groupId", group->id);
	if (!reply_direction(db, group->id, true,
			     node_list(into, "IpPermissionsEgress",
				       "ipPermissionsEgress"),
			     err) ||
	    !reply_tags(db, group->id, false, into, err))
		return false;
	node_str(into, "VpcId", "vpcId", group->vpc);
	return true;
}

/* What both forms of a rule have between ids and peer. */
static bool reply_traffic(const struct security_rule *rule, struct node *into,
			  struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *protocol = arena ? rule_protocol(rule, arena) : NULL;

	if (!protocol)
		return fail_memory(err);
	node_bool(into, "IsEgress", "isEgress", rule->egress);
	node_str(into, "IpProtocol", "ipProtocol", protocol);
	node_int(into, "FromPort", "fromPort", rule->from_port);
	node_int(into, "ToPort", "toPort", rule->to_port);
	if (is_ipv6(rule))
		node_str(into, "CidrIpv6", "cidrIpv6", rule->cidr);
	else
		node_str(into, "CidrIpv4", "cidrIpv4", rule->cidr);
	return true;
}

bool reply_rule(struct db *db, const struct security_rule *rule, bool always,
		struct node *into, struct error *err)
{
	struct node *peer;

	node_str(into, "SecurityGroupRuleId", "securityGroupRuleId", rule->id);
	node_str(into, "GroupId", "groupId", rule->group);
	node_str(into, "GroupOwnerId", "groupOwnerId", rule->owner);
	if (!reply_traffic(rule, into, err))
		return false;
	if (rule->peer) {
		peer = node_struct(into, "ReferencedGroupInfo",
				   "referencedGroupInfo");
		node_str(peer, "GroupId", "groupId", rule->peer);
		node_str(peer, "UserId", "userId", rule->owner);
	}
	node_str(into, "Description", "description", rule->description);
	return reply_tags(db, rule->id, always, into, err);
}

bool reply_revoked_rule(const struct security_rule *rule, struct node *into,
			struct error *err)
{
	node_str(into, "SecurityGroupRuleId", "securityGroupRuleId", rule->id);
	node_str(into, "GroupId", "groupId", rule->group);
	if (!reply_traffic(rule, into, err))
		return false;
	node_str(into, "ReferencedGroupId", "referencedGroupId", rule->peer);
	node_str(into, "Description", "description", rule->description);
	return true;
}
