/* describe-security-group-rules.c - the rules of the caller's security groups
 */
#include "images/authorise.h"
#include "launcher/action/describe.h"
#include "launcher/action/group.h"
#include "launcher/action/noun/security-group.h"

static bool row(void *data, const struct security_rule *rule, struct error *err)
{
	struct describe *describe = data;
	struct node *item = describe_item(describe, rule->seq);

	return !item ||
	       reply_rule(describe->call->store->db, rule, true, item, err);
}

static bool rows(struct describe *describe, struct error *err)
{
	return security_rule_list(describe->call->store->db,
				  &describe->page.query, row, describe, err);
}

static bool prepare(struct describe *describe, struct error *err)
{
	struct vpc vpc;

	return vpc_default(describe->call, describe->arena, &vpc, err);
}

static bool see(const struct describe *describe, const char *id,
		struct error *err)
{
	struct security_rule rule;

	return authorise_group_rule(describe->call, RIGHT_SEE, id,
				    describe->arena, &rule, err);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	static const struct describe_way way = {
		.ids = "SecurityGroupRuleIds",
		.sdk = "SecurityGroupRules",
		.wire = "securityGroupRuleSet",
		.prepare = prepare,
		.see = see,
		.rows = rows,
	};

	return describe(call, args, &way, reply, err);
}

const struct action action_describe_security_group_rules = {
	.name = "DescribeSecurityGroupRules",
	.brief = "list rules of security groups",
	.about = "Lists the rules of the caller's security groups one by one.",
	.params = (const struct param[]) {
		PARAMS_FILTERS,
		{ "SecurityGroupRuleIds", PARAM_ID, PARAM_LIST, "sgr",
		  "only these rules", "SecurityGroupRuleId" },
		PARAMS_DRY_RUN,
		PARAMS_PAGES,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_GROUP_RULE_NOT_FOUND,
		FAULT_INVALID_NEXT_TOKEN, FAULT_NONE },
	.example = "qami describe-security-group-rules "
		   "--filters Name=group-id,Values=sg-0123456789abcdef0",
	.run = run,
};
