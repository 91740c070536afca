/* grouprules.c - rules added to a security group, taken away, described
 *
 * The directions differ in nothing but their names.
 */
#include "launcher/action/group.h"

#include "launcher/action/mapping.h"
#include "launcher/action/noun/security-group.h"
#include "launcher/action/query.h"
#include "launcher/instance/tell.h"

bool group_authorize(struct call *call, const struct args *args, bool egress,
		     struct reply *reply, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct security_group group;
	struct security_rule *rules;
	const struct pair *tags;
	size_t count, tag_count;
	struct node *list;
	struct tell tell;
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	if (!args_group(call, args, arena, &group, err) ||
	    !args_rules(call, args, group.id, egress, arena, &rules, &count,
			err) ||
	    !args_tags(args_get(args, "TagSpecifications"),
		       "security-group-rule", "security-group-rule", arena,
		       &tags, &tag_count, err))
		return false;
	if (!count)
		return fail(err, FAULT_MISSING_PARAMETER,
			    "The request must contain the parameter "
			    "ipPermissions");
	if (!tx_begin(&tx, call->store->db, err) ||
	    !rules_add(call, rules, count, tags, tag_count, arena, err) ||
	    !tell_begin(call, &group.id, 1, arena, &tell, err) ||
	    !tx_commit(&tx, err))
		return false;
	tell_finish(call, &tell);
	node_bool(reply->root, "Return", "return", true);
	list = node_list(reply->root, "SecurityGroupRules",
			 "securityGroupRuleSet");
	for (size_t i = 0; i < count; i++)
		if (!reply_rule(call->store->db, &rules[i], false,
				node_item(list), err))
			return false;
	return true;
}

/* The rules of SecurityGroupRuleIds. */
static bool find_rules(const struct call *call, const struct args *args,
		       const char *group, bool egress, struct arena *arena,
		       struct security_rule **ret_rules, size_t *ret_count,
		       struct error *err)
{
	struct security_rule *rules;
	const char *const *ids;
	size_t count;

	if (!args_texts(args_get(args, "SecurityGroupRuleIds"), arena, &ids,
			&count, err))
		return false;
	rules = arena_alloc(arena, (count + 1) * sizeof(*rules));
	if (!rules)
		return fail_memory(err);
	for (size_t i = 0; i < count; i++)
		if (!rule_find(call, group, egress, ids[i], arena, &rules[i],
			       err))
			return false;
	*ret_rules = rules;
	*ret_count = count;
	return true;
}

static bool reply_revoked(const struct security_rule *rules, size_t count,
			  struct node *into, struct error *err)
{
	struct node *list;
	size_t known = 0;

	node_bool(into, "Return", "return", true);
	for (size_t i = 0; i < count; i++)
		known += rules[i].id != NULL;
	if (known < count &&
	    !reply_permissions(rules, count, true,
			       node_list(into, "UnknownIpPermissions",
					 "unknownIpPermissionSet"),
			       err))
		return false;
	list = node_list(into, "RevokedSecurityGroupRules",
			 "revokedSecurityGroupRuleSet");
	for (size_t i = 0; i < count; i++)
		if (rules[i].id &&
		    !reply_revoked_rule(&rules[i], node_item(list), err))
			return false;
	return true;
}

bool group_revoke(struct call *call, const struct args *args, bool egress,
		  struct reply *reply, struct error *err)
{
	auto_of(arena) arena = arena_new();
	bool named = args_has(args, "SecurityGroupRuleIds");
	struct security_group group;
	struct security_rule *rules;
	struct tell tell;
	size_t count;
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	if (!args_group(call, args, arena, &group, err) ||
	    !args_rules(call, args, group.id, egress, arena, &rules, &count,
			err))
		return false;
	if (!count == !named)
		return fail(err,
			    count ? FAULT_PARAMETER_COMBINATION :
				    FAULT_MISSING_PARAMETER,
			    "Either 'ipPermissions' or 'securityGroupRuleIds' "
			    "should be provided.");
	if (named && !find_rules(call, args, group.id, egress, arena, &rules,
				 &count, err))
		return false;
	if (!tx_begin(&tx, call->store->db, err) ||
	    !rules_remove(call, rules, count, arena, err) ||
	    !tell_begin(call, &group.id, 1, arena, &tell, err) ||
	    !tx_commit(&tx, err))
		return false;
	tell_finish(call, &tell);
	return reply_revoked(rules, count, reply->root, err);
}

/* Those of SecurityGroupRuleDescriptions. */
static bool describe_named(const struct call *call, const struct args *args,
			   const char *group, bool egress, struct arena *arena,
			   struct error *err)
{
	struct security_rule rule;
	const json_t *one;
	size_t i;

	json_array_foreach(args_get(args, "SecurityGroupRuleDescriptions"), i,
			   one) {
		if (!rule_find(call, group, egress,
			       arg_str(one, "SecurityGroupRuleId", ""), arena,
			       &rule, err))
			return false;
		rule.description = arg_str(one, "Description", NULL);
		if (!rule_description_check(rule.description, err) ||
		    !rule_describe(call, &rule, arena, err))
			return false;
	}
	return true;
}

const enum fault group_describe_rules_faults[] = {
	FAULT_GROUP_NOT_FOUND,	    FAULT_GROUP_RULE_NOT_FOUND,
	FAULT_PERMISSION_NOT_FOUND, FAULT_PARAMETER_COMBINATION,
	FAULT_NONE,
};

bool group_describe_rules(struct call *call, const struct args *args,
			  bool egress, struct reply *reply, struct error *err)
{
	auto_of(arena) arena = arena_new();
	bool named = args_has(args, "SecurityGroupRuleDescriptions");
	struct security_group group;
	struct security_rule *rules;
	size_t count;
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	if (!tx_begin(&tx, call->store->db, err) ||
	    !args_group(call, args, arena, &group, err) ||
	    !args_rules(call, args, group.id, egress, arena, &rules, &count,
			err))
		return false;
	if (!count == !named)
		return fail(err,
			    count ? FAULT_PARAMETER_COMBINATION :
				    FAULT_MISSING_PARAMETER,
			    "Either 'ipPermissions' or "
			    "'securityGroupRuleDescriptions' should be "
			    "provided.");
	for (size_t i = 0; i < count; i++)
		if (!rule_describe(call, &rules[i], arena, err))
			return false;
	if (!describe_named(call, args, group.id, egress, arena, err) ||
	    !call_dry_run(call, err) || !tx_commit(&tx, err))
		return false;
	node_bool(reply->root, "Return", "return", true);
	return true;
}
